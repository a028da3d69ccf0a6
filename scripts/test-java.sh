#!/usr/bin/env bash
# Builds and tests the Java artifacts on the oldest supported and on the newest JDK of this machine:
#   test-java.sh [MAVEN ARGUMENTS]...
# EVERCRED_LIB_DIR is the folder of the release libraries (default: target/release), EVERCRED_EMULATOR the emulator
# (default: target/debug/evercred-emulator), JAVA_HOMES the JDKs, separated by spaces (default: those that are found).
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
export EVERCRED_LIB_DIR=${EVERCRED_LIB_DIR:-$target/release}
export EVERCRED_EMULATOR=${EVERCRED_EMULATOR:-$target/debug/evercred-emulator}
# The bytecode is of Java 8; the tests and the build need this one.
oldest=17

fail() {
    echo "test-java: $*" >&2
    exit 1
}

# Prints "VERSION HOME" for each JDK, once.
jdks() {
    local home version
    for home in ${JAVA_HOMES:-"${JAVA_HOME:-}" /usr/lib/jvm/* /opt/*jdk* /opt/*java* \
        "$(dirname "$(dirname "$(readlink -f "$(command -v javac || echo /)")")")"}; do
        if [ -z "$home" ] || [ ! -x "$home/bin/javac" ]; then
            continue
        fi
        version=$("$home/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
        [ "${version:-0}" -lt "$oldest" ] || echo "$version $(readlink -f "$home")"
    done | sort -n | uniq
}

command -v mvn >/dev/null || fail "Maven is missing; scripts/setup.sh java installs it"
mapfile -t found < <(jdks)
[ ${#found[@]} -gt 0 ] || fail "there is no JDK $oldest or newer; scripts/setup.sh java installs one"
[ -f "$EVERCRED_LIB_DIR/libevercred.so" ] || fail "there is no $EVERCRED_LIB_DIR/libevercred.so; run make"
[ -x "$EVERCRED_EMULATOR" ] || fail "there is no $EVERCRED_EMULATOR; run cargo build -p evercred-emulator"
# Maven runs in other folders.
EVERCRED_LIB_DIR=$(cd "$EVERCRED_LIB_DIR" && pwd)
EVERCRED_EMULATOR=$(cd "$(dirname "$EVERCRED_EMULATOR")" && pwd)/$(basename "$EVERCRED_EMULATOR")

if [ -n "${JAVA_HOMES:-}" ]; then
    chosen=("${found[@]}")
else
    chosen=("${found[0]}")
    [ "${found[-1]%% *}" = "${found[0]%% *}" ] || chosen+=("${found[-1]}")
fi
for jdk in "${chosen[@]}"; do
    echo "test-java: JDK $jdk"
    JAVA_HOME=${jdk#* } mvn -B -ntp -f bindings/java/pom.xml clean verify "$@"
done
[ ${#chosen[@]} -gt 1 ] || echo "test-java: only one JDK is here, so nothing was tested on another"
