#!/usr/bin/env bash
# Completes the Go module that holds the library as an archive, bindings/go/lib/linux_amd64:
#   go-lib.sh [FOLDER]
# puts libevercred.a, evercred.h and SHA256SUMS there, or into a copy of the module in FOLDER. The archive comes from
# EVERCRED_LIB_DIR (default: target/release). It is not committed; a release commits it under the module's own tag.
set -euo pipefail

cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
libraries=${EVERCRED_LIB_DIR:-$target/release}
module=bindings/go/lib/linux_amd64
folder=${1:-$module}

if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    echo "go-lib.sh: the module is for Linux on x86-64; this is $(uname -s) on $(uname -m)" >&2
    exit 1
fi
if [ ! -s "$libraries/libevercred.a" ]; then
    echo "go-lib.sh: there is no libevercred.a in $libraries: run make, or set EVERCRED_LIB_DIR" >&2
    exit 1
fi

mkdir -p "$folder"
if [ ! "$folder" -ef "$module" ]; then
    install -m 644 "$module/go.mod" "$module/lib.go" "$folder/"
fi
work=$(mktemp -d "$folder/.new-XXXXXX")
trap 'rm -rf "$work"' EXIT
scripts/static_library.sh "$libraries/libevercred.a" "$work/libevercred.a"
install -m 644 include/evercred.h "$work/evercred.h"
(cd "$work" && sha256sum libevercred.a evercred.h >SHA256SUMS)
# What is there already stays, so that Go does not link everything again.
for file in libevercred.a evercred.h SHA256SUMS; do
    cmp -s "$work/$file" "$folder/$file" || mv "$work/$file" "$folder/$file"
done
