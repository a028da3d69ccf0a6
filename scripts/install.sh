#!/usr/bin/env bash
# Installs the release build: header, shared and static library, pkg-config file.
#   PREFIX=/usr/local DESTDIR= LIBDIR=$PREFIX/lib scripts/install.sh RELEASE_FOLDER
set -euo pipefail

cd "$(dirname "$0")/.."
build=${1:?"usage: install.sh FOLDER_OF_THE_RELEASE_BUILD"}
prefix=${PREFIX:-/usr/local}
libdir=${LIBDIR:-$prefix/lib}
destdir=${DESTDIR:-}
case $prefix in
/*) ;;
*)
    echo "install.sh: PREFIX must be an absolute path, not '$prefix'" >&2
    exit 2
    ;;
esac

version=$(sed -n 's/^version *= *"\([0-9.]*\)".*/\1/p' Cargo.toml | head -n 1)
abi=$(sed -n 's/^#define EVERCRED_ABI_VERSION *\([0-9]*\).*/\1/p' include/evercred.h)
if [ -z "$version" ] || [ -z "$abi" ]; then
    echo "install.sh: no version in Cargo.toml or include/evercred.h" >&2
    exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scripts/static_library.sh "$build/libevercred.a" "$work/libevercred.a"
sed -e "s|@PREFIX@|$prefix|" -e "s|@LIBDIR@|$libdir|" -e "s|@VERSION@|$version|" bindings/c/evercred.pc.in >"$work/evercred.pc"

install -d "$destdir$prefix/include" "$destdir$libdir/pkgconfig"
install -m 644 include/evercred.h "$destdir$prefix/include/evercred.h"
install -m 755 "$build/libevercred.so" "$destdir$libdir/libevercred.so.$version"
ln -sfn "libevercred.so.$version" "$destdir$libdir/libevercred.so.$abi"
ln -sfn "libevercred.so.$abi" "$destdir$libdir/libevercred.so"
install -m 644 "$work/libevercred.a" "$destdir$libdir/libevercred.a"
install -m 644 "$work/evercred.pc" "$destdir$libdir/pkgconfig/evercred.pc"
echo "installed evercred $version under $destdir$prefix"
