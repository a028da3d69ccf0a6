#!/usr/bin/env bash
# Measures the Go module; prints one line a figure, `name: value`.
# EVERCRED_LIB_DIR (default: target/release) has the libraries, and EVERCRED_EMULATOR (default:
# target/debug/evercred-emulator) is the emulator.
set -euo pipefail

cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
libraries=${EVERCRED_LIB_DIR:-$target/release}
emulator=${EVERCRED_EMULATOR:-$target/debug/evercred-emulator}
EVERCRED_LIB_DIR=$(cd "$libraries" && pwd)
EVERCRED_EMULATOR=$(cd "$(dirname "$emulator")" && pwd)/$(basename "$emulator")
export EVERCRED_LIB_DIR EVERCRED_EMULATOR
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

scripts/go-lib.sh
cd bindings/go/bench
go build -o "$work/bench" .
go build -ldflags='-s -w' -o "$work/smallest" ./smallest

"$work/bench"
echo "go_binary_bytes: $(stat -c %s "$work/smallest")"
