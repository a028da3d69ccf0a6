#!/usr/bin/env bash
# Tests the Go modules: every folder with a go.mod under bindings/go, or those that are named:
#   test-go.sh [FOLDER]...
# EVERCRED_LIB_DIR (default: target/release) has the libraries, and EVERCRED_EMULATOR (default:
# target/debug/evercred-emulator) is the emulator.
set -euo pipefail

cd "$(dirname "$0")/.."
root=$PWD
target=${CARGO_TARGET_DIR:-target}
libraries=${EVERCRED_LIB_DIR:-$target/release}
emulator=${EVERCRED_EMULATOR:-$target/debug/evercred-emulator}
for needed in "$libraries/libevercred.a" "$libraries/libevercred.so" "$emulator"; do
    [ -s "$needed" ] || { echo "test-go.sh: $needed is missing: use make test-go" >&2; exit 1; }
done
EVERCRED_LIB_DIR=$(cd "$libraries" && pwd)
EVERCRED_EMULATOR=$(cd "$(dirname "$emulator")" && pwd)/$(basename "$emulator")
export EVERCRED_LIB_DIR EVERCRED_EMULATOR

scripts/setup.sh go
scripts/go-lib.sh

# The module proxy serves it; what is compiled once stays in the build folder.
staticcheck_version=v0.8.2
mkdir -p "$target/go-tools"
tools=$(cd "$target/go-tools" && pwd)/$staticcheck_version
if [ ! -x "$tools/staticcheck" ]; then
    # In no module, so that none of ours depends on it.
    (cd / && GOBIN=$tools GOFLAGS='' GOWORK=off go install "honnef.co/go/tools/cmd/staticcheck@$staticcheck_version")
fi

if [ $# -eq 0 ]; then
    mapfile -t modules < <(find bindings/go -name go.mod -not -path '*/testdata/*' -printf '%h\n' | sort)
else
    modules=("$@")
fi
# test_module FOLDER: format, vet, tests.
test_module() (
    echo "test-go: $1"
    cd "$root/$1"
    unformatted=$(gofmt -l .)
    if [ -n "$unformatted" ]; then
        echo "test-go: gofmt would change in $1:" "$unformatted" >&2
        exit 1
    fi
    go vet ./...
    "$tools/staticcheck" ./...
    if [ -x ./test.sh ]; then
        # A module with more than one way to be tested says them itself.
        ./test.sh
    else
        go test ./...
    fi
)

# The minute of MariaDB under load runs beside the other adapters; the module itself, whose tests measure, runs alone.
long=bindings/go/evercredmysql
work=$(mktemp -d)
beside=
stop() {
    trap - EXIT INT TERM HUP
    # In a group of its own, since its tests have servers, which end with them.
    if [ -n "$beside" ]; then
        kill -- "-$beside" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 143' INT TERM HUP
start_long() {
    if [ ${#modules[@]} -gt 1 ] && [[ " ${modules[*]} " == *" $long "* ]]; then
        set -m
        test_module "$long" >"$work/long.log" 2>&1 &
        beside=$!
        set +m
    fi
}

for module in "${modules[@]}"; do
    if [ -z "$beside" ] && [ "$module" != bindings/go ]; then
        start_long
    fi
    if [ -z "$beside" ] || [ "$module" != "$long" ]; then
        test_module "$module"
    fi
done
if [ -n "$beside" ]; then
    status=0
    wait "$beside" || status=$?
    beside=
    cat "$work/long.log"
    exit "$status"
fi
