#!/usr/bin/env bash
# A database token from the first request to the login after a rotation, without an account anywhere:
# the emulator answers as the cloud does, over HTTPS, and rotates the password of an account of a throwaway MariaDB.
# Everything happens on loopback and in a temporary folder; nothing is left running.
set -euo pipefail

cd "$(dirname "$0")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/evercred-demo.XXXXXX")
chmod 700 "$work"
started=()
started_at=$SECONDS

region=ap-guangzhou
instance=cdb-demo1234
user=app_user
# Made for this run; the emulator knows no other.
secret_id=AKID$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
secret_key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')

step() { printf '\n== %s\n' "$*"; }
fail() {
    echo "demo: $*" >&2
    exit 1
}

# Ends what this script has started, youngest first, and makes sure that it is gone.
clean_up() {
    local status=$? pid left=
    trap - EXIT INT TERM HUP
    exec 7>&- 8>&-
    for ((index = ${#started[@]} - 1; index >= 0; --index)); do
        pid=${started[index]}
        kill -TERM "$pid" 2>/dev/null || true
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.05
        done
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        if kill -0 "$pid" 2>/dev/null; then
            left="$left $pid"
        fi
    done
    if [ "$status" -ne 0 ]; then
        tail -n 5 "$work"/*.log >&2 2>/dev/null || true
    fi
    rm -rf "$work"
    if [ -n "$left" ]; then
        echo "demo: still running:$left" >&2
        exit 1
    fi
    if [ "$status" -eq 0 ]; then
        printf '\nDone in %d s; %d processes stopped, the temporary folder is gone.\n' \
            "$((SECONDS - started_at))" "${#started[@]}"
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 143' INT TERM HUP

# wait_for SECONDS FILE PATTERN [COUNT]: until the file holds that many lines that match.
wait_for() {
    local tries=$(($1 * 20)) file=$2 pattern=$3 count=${4:-1}
    for ((; tries > 0; --tries)); do
        if [ "$(grep -c -e "$pattern" "$file" 2>/dev/null)" -ge "$count" ]; then
            return 0
        fi
        sleep 0.05
    done
    return 1
}

# Prints what the example has written since the last time.
shown=0
show() {
    tail -n "+$((shown + 1))" "$work/example.log" | sed 's/^/   /'
    shown=$(wc -l <"$work/example.log")
}

step "Setting up: what is missing is installed"
scripts/setup.sh demo

step "Building the library and the emulator (development profile: the release build takes minutes)"
# Cargo says where its files are; nothing else knows all the ways to move the build folder.
built() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | tail -n 1; }
target=$(cargo metadata --no-deps --format-version 1 | built target_directory)
cargo build --quiet -p evercred
cargo build --quiet -p evercred-emulator
ln -s "$target/debug/libevercred.so" "$work/libevercred.so"
ln -s libevercred.so "$work/libevercred.so.0"
read -ra mariadb_flags < <(pkg-config --cflags --libs libmariadb)
gcc -std=c99 -Wall -Wextra -Iinclude examples/c/database_token.c -o "$work/database_token" \
    -L"$work" -levercred -Wl,-rpath,"$work" "${mariadb_flags[@]}"
echo "   the C example: $(wc -c <"$work/database_token") bytes"

step "Starting a throwaway MariaDB on loopback"
mkfifo "$work/mariadb.in" "$work/example.in"
scripts/mariadb.sh "$work/db" <"$work/mariadb.in" >"$work/mariadb.out" 2>"$work/mariadb.log" &
started+=($!)
exec 7>"$work/mariadb.in"
wait_for 40 "$work/mariadb.out" '^ready ' || fail "MariaDB did not start"
read -r _ mariadb_port mariadb_socket <"$work/mariadb.out"
echo "   127.0.0.1:$mariadb_port"

step "Starting the emulator over HTTPS, with a certificate authority of its own"
"$target/debug/evercred-emulator" --listen 127.0.0.1:0 --tls --lifetime-s 300 \
    --mysql "mysql://root@localhost?socket=$mariadb_socket" \
    --key "$secret_id:$secret_key" --account "$region/$instance/$user" \
    </dev/null >"$work/emulator.out" 2>"$work/emulator.log" 7>&- &
started+=($!)
wait_for 20 "$work/emulator.out" '"ca_path"' || fail "the emulator did not start"
field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$work/emulator.out"; }
url=$(field url)
ca=$(field ca_path)
echo "   $url"

step "The C example asks for a token and logs in"
EVERCRED_TENCENT_SECRET_ID=$secret_id EVERCRED_TENCENT_SECRET_KEY=$secret_key \
    EVERCRED_TENCENT_ENDPOINT=$(field host_port) EVERCRED_CA_FILE=$ca EVERCRED_PROXY=none \
    "$work/database_token" "$region" "$instance" "$user" 127.0.0.1 "$mariadb_port" \
    <"$work/example.in" >"$work/example.log" 2>&1 7>&- &
started+=($!)
example=$!
exec 8>"$work/example.in"
wait_for 30 "$work/example.log" 'Success!' || fail "the first login did not succeed"
show
threads=$(sed -n 's/^Threads:[[:space:]]*//p' "/proc/$example/status" 2>/dev/null || true)
memory=$(sed -n 's/^VmRSS:[[:space:]]*//p' "/proc/$example/status" 2>/dev/null || true)
[ -z "$threads" ] || echo "   (the example now: $threads threads, $memory resident)"

step "The password is rotated early, as an administrator would in an emergency"
curl --silent --show-error --fail --max-time 10 --noproxy '*' --cacert "$ca" \
    --header 'Content-Type: application/json' \
    --data "{\"region\":\"$region\",\"instance\":\"$instance\",\"user\":\"$user\"}" \
    "$url/_emulator/rotate" >"$work/rotate.out" || fail "the emulator refused to rotate"
echo "   the account has a new password"

step "The example logs in again: the old password is refused, reported, replaced"
echo >&8
wait_for 30 "$work/example.log" 'Success!' 2 || fail "the second login did not succeed"
grep -q 'refused with 1045' "$work/example.log" || fail "the old password was not refused"
show

step "The expiry report"
exec 8>&-
wait_for 20 "$work/example.log" '^report: ' || fail "there was no report"
show
wait "$example" || fail "the example failed"
if grep -qF -e "$secret_key" "$work/example.log"; then
    fail "the example has printed a secret"
fi
