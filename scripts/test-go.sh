#!/usr/bin/env bash
# Tests the Go modules: every folder with a go.mod under bindings/go, or those that are named:
#   test-go.sh [FOLDER]...
# EVERCRED_LIB_DIR (default: target/release) has the libraries, EVERCRED_EMULATOR (default:
# target/debug/evercred-emulator) is the emulator; cargo builds the emulator if it is not named.
set -euo pipefail

cd "$(dirname "$0")/.."
root=$PWD
target=${CARGO_TARGET_DIR:-target}
export EVERCRED_LIB_DIR=${EVERCRED_LIB_DIR:-$target/release}
if [ -z "${EVERCRED_EMULATOR:-}" ]; then
    cargo build --quiet -p evercred-emulator
    EVERCRED_EMULATOR=$target/debug/evercred-emulator
fi
EVERCRED_LIB_DIR=$(cd "$EVERCRED_LIB_DIR" && pwd)
EVERCRED_EMULATOR=$(cd "$(dirname "$EVERCRED_EMULATOR")" && pwd)/$(basename "$EVERCRED_EMULATOR")
export EVERCRED_EMULATOR

scripts/go-lib.sh

if [ $# -eq 0 ]; then
    mapfile -t modules < <(find bindings/go -name go.mod -not -path '*/testdata/*' -printf '%h\n' | sort)
else
    modules=("$@")
fi
for module in "${modules[@]}"; do
    echo "test-go: $module"
    cd "$root/$module"
    unformatted=$(gofmt -l .)
    if [ -n "$unformatted" ]; then
        echo "test-go: gofmt would change $unformatted in $module" >&2
        exit 1
    fi
    go vet ./...
    if [ -x ./test.sh ]; then
        # A module with more than one way to be tested says them itself.
        ./test.sh
    else
        go test ./...
    fi
done
