#!/usr/bin/env bash
# Acts without an account anywhere; the emulator answers as the clouds do, over HTTPS:
#   1. a database token of Tencent Cloud, from the first request to the login after a rotation, at a throwaway MariaDB;
#   2. a managed access key of Alibaba Cloud, through a rotation in an emergency and the loss of a region;
#   3. where Go is installed, a pool of database/sql under load, through a rotation that nobody announced.
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

near=cn-hangzhou
far=cn-beijing
secret_name=acs/ram/user/app
asker_id=LTAI$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
asker_secret=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')

act() { printf '\n==== %s ====\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
fail() {
    echo "demo: $*" >&2
    exit 1
}

# Ends what this script has started, youngest first, and makes sure that it is gone.
clean_up() {
    local status=$? pid left=
    trap - EXIT INT TERM HUP
    exec 7>&- 8>&- 9>&-
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
    local tries=$(($1 * 20)) file=$2 pattern=$3 count=${4:-1} found
    for ((; tries > 0; --tries)); do
        # Nothing where there is no such file yet.
        found=$(grep -c -e "$pattern" "$file" 2>/dev/null || true)
        if [ "${found:-0}" -ge "$count" ]; then
            return 0
        fi
        sleep 0.05
    done
    return 1
}

# Prints what the example of this act has written since the last time.
log=$work/example.log
shown=0
show() {
    tail -n "+$((shown + 1))" "$log" | sed 's/^/   /'
    shown=$(wc -l <"$log")
}

# control NAME JSON: changes something in the emulator; prints what it answers.
control() {
    curl --silent --show-error --fail --max-time 10 --noproxy '*' --cacert "$ca" \
        --header 'Content-Type: application/json' --data "$2" "$url/_emulator/$1"
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
gcc -std=c99 -Wall -Wextra -Iinclude examples/c/managed_credential.c -o "$work/managed_credential" \
    -L"$work" -levercred -Wl,-rpath,"$work"
echo "   the C examples: $(wc -c <"$work/database_token") and $(wc -c <"$work/managed_credential") bytes"

step "Starting a throwaway MariaDB on loopback"
mkfifo "$work/mariadb.in" "$work/example.in" "$work/managed.in"
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
    --access-key "$asker_id:$asker_secret" --secret "$secret_name" --region "$near" --region "$far" --plain \
    </dev/null >"$work/emulator.out" 2>"$work/emulator.log" 7>&- &
started+=($!)
wait_for 20 "$work/emulator.out" '"ca_path"' || fail "the emulator did not start"
field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$work/emulator.out"; }
url=$(field url)
ca=$(field ca_path)
echo "   $url"

act "Act one: a database token of Tencent Cloud"

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
control rotate "{\"region\":\"$region\",\"instance\":\"$instance\",\"user\":\"$user\"}" >"$work/rotate.out" ||
    fail "the emulator refused to rotate"
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

act "Act two: a managed access key of Alibaba Cloud, with two regions"

host_port() { field "$1" | sed 's|^[a-z]*://||'; }
regions="[{\"regionId\":\"$near\",\"endpoint\":\"$(host_port "$near")\"},"
regions="$regions{\"regionId\":\"$far\",\"endpoint\":\"$(host_port "$far")\"}]"
log=$work/managed.log
shown=0

# answers COUNT WHAT: waits until so many calls of the example have succeeded.
answers() {
    wait_for 30 "$log" 'Success!' "$1" || fail "$2"
    show
}

# How many requests a region has got, and whether it is up.
asked() { control region "{\"region\":\"$1\"}" | sed 's/.*"requests":\([0-9]*\).*/\1/'; }

# In an emergency the key of before is gone at once: there is no overlap.
revoke() {
    control rotate-secret "{\"name\":\"$secret_name\",\"overlap_ms\":0}" >"$work/secret.out" ||
        fail "the emulator refused to rotate"
    sed 's/.*AccessKeySecret[^A-Za-z0-9]*\([A-Za-z0-9]*\).*/\1/' "$work/secret.out" >>"$work/secrets"
    # The answer ends without a line break, and so does what comes of it.
    echo >>"$work/secrets"
}

step "The C example fetches the key and makes a call with it, which shows that it is live"
EVERCRED_ALIYUN_ACCESS_KEY_ID=$asker_id EVERCRED_ALIYUN_ACCESS_KEY_SECRET=$asker_secret \
    EVERCRED_ALIYUN_REGIONS=$regions EVERCRED_CA_FILE=$ca EVERCRED_PROXY=none \
    "$work/managed_credential" "$secret_name" "$(host_port plain)" \
    <"$work/managed.in" >"$log" 2>&1 7>&- &
started+=($!)
example=$!
exec 9>"$work/managed.in"
answers 1 "the first call did not succeed"

step "The key has leaked: it is rotated in an emergency, and the old one revoked"
revoke
echo "   KMS keeps a new key; the old one is gone"

step "The example calls again: the old key is refused, reported, replaced"
echo >&9
answers 2 "the second call did not succeed"
grep -q 'refused with InvalidAccessKeyId.NotFound' "$log" || fail "the old key was not refused"

step "The region $near goes down, and the key is rotated once more"
control region "{\"region\":\"$near\",\"down\":true}" >/dev/null || fail "the emulator refused"
before=$(asked "$far")
revoke
echo "   $near resets every connection; requests to $far so far: $before"

step "The example calls again: the other region has the new key"
echo >&9
answers 3 "the third call did not succeed"
after=$(asked "$far")
[ "$after" -gt "$before" ] || fail "$far was not asked"
[ "$(grep -c 'refused with' "$log")" -eq 2 ] || fail "the second revoked key was not refused"
echo "   requests to $far: $after"

exec 9>&-
wait "$example" || fail "the example failed"
[ "$(grep -cx '[A-Za-z0-9]\{30\}' "$work/secrets")" -eq 2 ] || fail "the secrets to look for are not known"
echo "$asker_secret" >>"$work/secrets"
if grep -qF -f "$work/secrets" "$log"; then
    fail "the example has printed a secret"
fi

if ! command -v go >/dev/null; then
    act "Act three needs Go, which is not installed"
    exit 0
fi

act "Act three: a pool of database/sql in Go, under load"

step "Building the Go program"
# Go does not notice that pkg-config answers something else than before, so this folder is the same each time.
shared=$target/go-demo
mkdir -p "$shared"
ln -sfn "$target/debug/libevercred.so" "$shared/libevercred.so"
ln -sfn libevercred.so "$shared/libevercred.so.0"
sed -e "s|@PREFIX@|$PWD|" -e "s|@LIBDIR@|$shared|" -e "s|@VERSION@|0|" bindings/c/evercred.pc.in >"$shared/evercred.pc"
(cd bindings/go/examples/pool &&
    PKG_CONFIG_PATH="$shared" go build -tags evercred_shared -o "$work/pool" .) ||
    fail "the Go program could not be built"

step "Sixteen goroutines query; their connections are renewed all the time"
log=$work/pool.log
shown=0
mkfifo "$work/pool.in"
EVERCRED_TENCENT_SECRET_ID=$secret_id EVERCRED_TENCENT_SECRET_KEY=$secret_key \
    EVERCRED_TENCENT_ENDPOINT=$(field host_port) EVERCRED_CA_FILE=$ca EVERCRED_PROXY=none \
    LD_LIBRARY_PATH=$shared "$work/pool" "$region" "$instance" "$user" "127.0.0.1:$mariadb_port" \
    <"$work/pool.in" >"$log" 2>&1 7>&- &
started+=($!)
pool=$!
exec 8>"$work/pool.in"
wait_for 30 "$log" 'Success!' || fail "the first query did not succeed"
show

lines=0
for rotation in 1 2 3; do
    step "The password is rotated, and the program is not told ($rotation of 3)"
    control rotate "{\"region\":\"$region\",\"instance\":\"$instance\",\"user\":\"$user\"}" >"$work/rotate.out" ||
        fail "the emulator refused to rotate"
    for _ in $(seq 200); do
        echo >&8
        lines=$((lines + 1))
        wait_for 10 "$log" 'queries,' "$lines" || fail "the program does not answer"
        if tail -n 1 "$log" | grep -q ", $rotation passwords refused and replaced"; then
            break
        fi
        sleep 0.1
    done
    tail -n 1 "$log" | sed 's/^/   /'
    tail -n 1 "$log" | grep -q ", $rotation passwords refused and replaced, 0 queries failed" || fail "a query failed"
done
exec 8>&-
wait "$pool" || fail "the Go program failed"
if grep -qF -e "$secret_key" "$log"; then
    fail "the Go program has printed a secret"
fi
