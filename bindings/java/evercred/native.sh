#!/usr/bin/env bash
# Builds the glue and puts it and libevercred where the jar has them:
#   native.sh OUTPUT_FOLDER JAVA_HOME
# EVERCRED_LIB_DIR is the folder of libevercred.so (default: target/release of the repository). CC is the compiler.
set -euo pipefail

output=$1
java_home=$2
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../../.." && pwd)
libraries=${EVERCRED_LIB_DIR:-${CARGO_TARGET_DIR:-$repository/target}/release}
compiler=${CC:-gcc}

fail() {
    echo "native.sh: $*" >&2
    exit 1
}

library=$libraries/libevercred.so
[ -f "$library" ] || fail "there is no $library; build it with 'make', or set EVERCRED_LIB_DIR"
command -v "$compiler" >/dev/null || fail "the C compiler $compiler is missing"
# A JRE may lie inside its JDK.
for home in "$java_home" "$java_home/.."; do
    [ ! -f "$home/include/jni.h" ] || headers=$home/include
done
[ -n "${headers:-}" ] || fail "there is no include/jni.h under $java_home; a JDK is needed"

machine=$("$compiler" -dumpmachine)
case $machine in
*-linux-gnu*) libc=gnu ;;
*-linux-musl*) libc=musl ;;
*) fail "the machine $machine is not known; this jar is made for Linux" ;;
esac
folder=$output/linux-${machine%%-*}-$libc
mkdir -p "$folder"

# nodelete: threads of the library may be in the glue when a class loader goes.
glue=$folder/libevercred_jni.so
source=$here/src/main/c
"$compiler" -std=gnu99 -O2 -Wall -Wextra -Werror -fPIC -fvisibility=hidden -shared -s \
    -I"$repository/include" -I"$headers" -I"$headers/linux" -I"$source" \
    -Wl,-z,nodelete -Wl,-z,defs -Wl,-z,relro -Wl,-z,now \
    "$source/evercred_jni.c" -o "$glue" -ldl -lpthread
cp -L --update "$library" "$folder/libevercred.so"
for file in libevercred.so libevercred_jni.so; do
    echo "$file = $(sha256sum <"$folder/$file" | cut -d ' ' -f 1) $(stat -c %s "$folder/$file")"
done >"$folder/evercred.id"
