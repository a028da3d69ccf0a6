#!/usr/bin/env bash
# Installs what is missing for the purposes named, and nothing else:
#   setup.sh [build|test|java|go|python|demo|lint|bench]...      (default: build)
# Quick when everything is there. Without root or apt it names what is missing and fails.
set -euo pipefail

cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/usr/local/sbin

missing=()
packages=()

# want WHAT PACKAGE TEST...: the package is needed unless the test succeeds.
want() {
    local what=$1 package=$2
    shift 2
    if ! "$@" >/dev/null 2>&1; then
        missing+=("$what")
        packages+=("$package")
    fi
}
want_command() { want "$1" "$2" command -v "$1"; }

compiles() {
    echo "#include <$1>" | gcc -x c -fsyntax-only -
}

want_rust() {
    local needed have
    needed=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' Cargo.toml | head -n 1)
    if ! command -v cargo >/dev/null || ! command -v rustc >/dev/null; then
        echo "setup: Rust $needed or newer is needed, with cargo; see https://rustup.rs" >&2
        exit 1
    fi
    have=$(rustc --version | cut -d ' ' -f 2)
    if [ "$(printf '%s\n' "$needed" "${have%%-*}" | sort -V | head -n 1)" != "$needed" ]; then
        echo "setup: Rust $needed or newer is needed, this is $have" >&2
        exit 1
    fi
}

want_build() {
    want_rust
    want_command gcc gcc
    want "the C library's headers" libc6-dev compiles stdio.h
}

# The core packages hold the programs without the service, so that no server starts by itself.
want_mariadb() {
    want_command mariadbd mariadb-server-core
    want_command mariadb-install-db mariadb-server-core
    want_command mariadb mariadb-client-core
    want_command pkg-config pkg-config
    want "libmariadb" libmariadb-dev pkg-config --exists libmariadb
}

# Below, Debian's package is told not to make a cluster, which would start by itself.
want_postgresql() {
    want "PostgreSQL's server" postgresql has_postgresql
}

has_postgresql() {
    command -v postgres || find /usr/lib/postgresql -path '*/bin/postgres' | grep -q .
}

want_demo() {
    want_build
    want_mariadb
    want_command curl curl
}

want_test() {
    want_build
    want_mariadb
    want_command g++ g++
    want_command valgrind valgrind
    # valgrind cannot work without the symbols of the dynamic loader; distributions ship them apart or in place.
    want "the C library's debug symbols" libc6-dbg valgrind --quiet true
    # Where gcc itself is missing, its package brings them.
    if command -v gcc >/dev/null; then
        want "the sanitizers of gcc" "libgcc-$(gcc -dumpversion | cut -d . -f 1)-dev" sanitizes
    fi
    want_command nm binutils
    want_command readelf binutils
    want_command objcopy binutils
    want_command python3 python3
    want "python3's venv" python3-venv python3 -c 'import ensurepip, venv'
    want_command openssl openssl
    want "OpenSSL's headers" libssl-dev pkg-config --exists libcrypto
}

sanitizes() {
    echo 'int main(void) { return 0; }' | gcc -x c -fsanitize=address,undefined -o /dev/null -
}

want_lint() {
    want_rust
    want_command clang-format clang-format
    want_command shellcheck shellcheck
}

want_java() {
    want "a JDK" default-jdk command -v javac
    want_command mvn maven
    want_command gcc gcc
    want "the C library's headers" libc6-dev compiles stdio.h
}

want_bench() {
    want_build
    want_command curl curl
}

# Other packages come from PyPI, into a virtual environment that scripts/test-python.sh makes.
want_python() {
    want_build
    want_command readelf binutils
    want_command python3 python3
    want "python3's venv" python3-venv python3 -c 'import ensurepip, venv'
    # The adapters are tested against real servers.
    want_mariadb
    want_postgresql
}

# Debian's Go may be too old, so it is not installed from there.
want_go() {
    local needed have
    needed=$(sed -n 's/^go \([0-9.]*\)$/\1/p' bindings/go/go.mod)
    have=$(go env GOVERSION 2>/dev/null) || have=
    have=${have#go}
    if [ -z "$have" ] || [ "$(printf '%s\n' "$needed" "${have%%[^0-9.]*}" | sort -V | head -n 1)" != "$needed" ]; then
        echo "setup: Go $needed or newer is needed${have:+, this is $have}; see https://go.dev/doc/install" >&2
        exit 1
    fi
    want_build
    want_command pkg-config pkg-config
    # The adapters are tested against real servers.
    want_mariadb
    want_postgresql
}

[ $# -gt 0 ] || set -- build
for purpose in "$@"; do
    case $purpose in
    build | test | java | go | python | demo | lint | bench) "want_$purpose" ;;
    *)
        echo "setup: unknown purpose '$purpose' (build, test, java, go, python, demo, lint, bench)" >&2
        exit 2
        ;;
    esac
done

if [ ${#packages[@]} -eq 0 ]; then
    exit 0
fi

mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    joined=$(printf ', %s' "${missing[@]}")
    echo "setup: missing: ${joined:2} (Debian packages: ${packages[*]}); they can be installed only as root with apt" >&2
    # Lint goes on with what there is.
    [ "$*" = lint ] && exit 0
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "setup: installing ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends "$@"; }
install_all() {
    apt-get update -qq || return 1
    if [[ " ${packages[*]} " == *" postgresql "* ]]; then
        install postgresql-common || return 1
        sed -i 's/^#\? *create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf || return 1
    fi
    install "${packages[@]}"
}
if ! install_all >"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    echo "setup: these packages could not be installed: ${packages[*]}" >&2
    exit 1
fi
