#!/usr/bin/env bash
# Lints and tests the Python package on the oldest and on the newest Python of this machine:
#   test-python.sh [PYTEST ARGUMENTS]...
# EVERCRED_LIB_DIR is the folder of the release libraries (default: target/release), EVERCRED_EMULATOR the emulator
# (default: target/debug/evercred-emulator), PYTHONS the interpreters, separated by spaces (default: those that are
# found). Virtual environments with pinned packages are made under target/python, and kept for the next time.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
EVERCRED_LIB_DIR=$(realpath -m "${EVERCRED_LIB_DIR:-$target/release}")
EVERCRED_EMULATOR=$(realpath -m "${EVERCRED_EMULATOR:-$target/debug/evercred-emulator}")
export EVERCRED_LIB_DIR EVERCRED_EMULATOR EVERCRED_LIBRARY=$EVERCRED_LIB_DIR/libevercred.so
export PYTHONDONTWRITEBYTECODE=1
# The packages that the hooks are tested with need at least this Python; on an older one those tests are skipped.
recent=3.10

fail() {
    echo "test-python: $*" >&2
    exit 1
}

# Prints "VERSION PATH" for each Python 3.8 or newer, once.
pythons() {
    local python
    for python in ${PYTHONS:-python3 python3.8 python3.9 python3.10 python3.11 python3.12 python3.13 python3.14 \
        "$HOME"/.pyenv/versions/*/bin/python3}; do
        "$python" -c 'import sys, venv, ensurepip, ctypes
if sys.version_info >= (3, 8): print("%d.%d" % sys.version_info[:2], sys.executable)' 2>/dev/null || true
    done | sort -V -k 1,1 -u
}

[ -f "$EVERCRED_LIBRARY" ] || fail "there is no $EVERCRED_LIBRARY; run make"
[ -x "$EVERCRED_EMULATOR" ] || fail "there is no $EVERCRED_EMULATOR; run cargo build -p evercred-emulator"
mapfile -t found < <(pythons)
[ ${#found[@]} -gt 0 ] || fail "there is no Python 3.8 or newer with venv; scripts/setup.sh python installs one"
chosen=("${found[0]}")
[ ${#found[@]} -eq 1 ] || chosen+=("${found[-1]}")

at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# environment VERSION PATH REQUIREMENTS: prints the interpreter of a virtual environment with these packages.
# Each command is checked by itself, because `set -e` does not reach into $(...).
environment() {
    local folder=$target/python/$1
    if ! cmp -s "$3" "$folder/installed.txt"; then
        rm -rf "$folder" || return 1
        "$2" -m venv "$folder" >&2 || return 1
        "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$3" >&2 || return 1
        cp "$3" "$folder/installed.txt" || return 1
    fi
    echo "$folder/bin/python"
}

cd bindings/python
for python in "${chosen[@]}"; do
    version=${python%% *}
    echo "test-python: Python $version"
    if at_least "$recent" "$version"; then
        interpreter=$(environment "$version" "${python#* }" requirements-test.txt)
        "$interpreter" -m ruff check --quiet .
        "$interpreter" -m ruff format --quiet --check .
        "$interpreter" -m mypy --cache-dir "$target/python/mypy"
    else
        interpreter=$(environment "$version" "${python#* }" requirements-oldest.txt)
    fi
    "$interpreter" -m pytest -q -p no:cacheprovider "$@"
done
[ ${#chosen[@]} -gt 1 ] || echo "test-python: only one Python is here, so nothing was tested on another"
