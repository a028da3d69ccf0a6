#!/usr/bin/env bash
# Tests this module in each of the ways it must be clean in; scripts/test-go.sh calls it.
set -euo pipefail
cd "$(dirname "$0")"

echo "go test"
go test -timeout 10m ./...
echo "go test, shortened, with the race detector and cgocheck2"
GOEXPERIMENT=cgocheck2 go test -timeout 10m -race -short .
echo "go test, shortened, with the collector before each read of a C pointer"
GOEXPERIMENT=cgocheck2 go test -timeout 10m -race -short -tags evercred_collect .
