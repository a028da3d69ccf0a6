#!/usr/bin/env bash
# Makes the static library that is shipped from the one that cargo builds:
#   static_library.sh IN.a OUT.a
# Cargo's archive shows every symbol of Rust's library and of ring, and two such archives do not link into one
# program. The result is one object whose only global symbols are those of abi/evercred.syms.
set -euo pipefail

in=${1:?"usage: static_library.sh IN.a OUT.a"}
out=${2:?"usage: static_library.sh IN.a OUT.a"}
symbols=$(cd "$(dirname "$0")/.." && pwd)/abi/evercred.syms
[ -s "$symbols" ] || { echo "static_library.sh: there is no list of symbols: $symbols" >&2; exit 1; }
[ -s "$in" ] || { echo "static_library.sh: there is no archive: $in" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

roots=()
while read -r symbol; do
    roots+=(-u "$symbol")
done <"$symbols"

# Without --force-group-allocation the personality routine of Rust's panics stays in a group that a second Rust
# library has too, and the final link drops it.
ld -r "${roots[@]}" --gc-sections --force-group-allocation "$in" -o "$work/evercred.o" || {
    echo "static_library.sh: ld failed; an LLVM plug-in in the linker's bfd-plugins folder that is older than Rust's" \
        "LLVM is a known cause" >&2
    exit 1
}
# --strip-unneeded, since names of functions that the collected sections asked for stay behind as if they were needed,
# and a weak reference of another library to the same name then fails to link.
# The standard library's objects carry LLVM bitcode, which nobody links again and at which an older LLVM plug-in of
# binutils stumbles.
objcopy --keep-global-symbols="$symbols" --strip-unneeded --remove-section=.llvmbc --remove-section=.llvmcmd \
    "$work/evercred.o"
ar rcsD "$work/libevercred.a" "$work/evercred.o"
install -m 644 "$work/libevercred.a" "$out"
