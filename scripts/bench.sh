#!/usr/bin/env bash
# Measures the release build; ends with one line a figure, `name: value`. All ratios are of one run.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
release=$target/release
work=$(mktemp -d)
emulator_pid=
cleanup() {
    [ -z "$emulator_pid" ] || kill "$emulator_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

echo "building the release library and the emulator (some minutes at first)"
cargo build --quiet --release -p evercred
cargo build --quiet -p evercred-emulator
scripts/static_library.sh "$release/libevercred.a" "$work/libevercred.a"

ln -s "$release/libevercred.so" "$work/libevercred.so"
ln -s "$release/libevercred.so" "$work/libevercred.so.0"
flags=(-std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -O2 -Iinclude)
gcc "${flags[@]}" benches/c/cold_start.c -o "$work/cold_start" -L"$work" -levercred -Wl,-rpath,"$work"
gcc "${flags[@]}" -shared -fPIC benches/c/empty.c -o "$work/libempty.so"
gcc "${flags[@]}" -D_GNU_SOURCE benches/c/population.c -o "$work/population" -L"$work" -levercred \
    -Wl,-rpath,"$work" -pthread
gcc "${flags[@]}" benches/c/cold_start.c -o "$work/static_program" "$work/libevercred.a" \
    -Wl,--gc-sections -s -lgcc_s -lutil -lrt -lpthread -lm -ldl

"$target/debug/evercred-emulator" --listen 127.0.0.1:0 --tls --key AKIDbench:bench-key \
    --account ap-guangzhou/cdb-1/app $(seq -f '--account ap-guangzhou/cdb-1/app%.0f' 0 9999) \
    --lifetime-s 900 >"$work/emulator.json" &
emulator_pid=$!
for _ in $(seq 200); do
    [ -s "$work/emulator.json" ] && break
    sleep 0.05
done
value() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/emulator.json"; }
export EVERCRED_TENCENT_ENDPOINT EVERCRED_CA_FILE EVERCRED_TENCENT_SECRET_ID=AKIDbench EVERCRED_TENCENT_SECRET_KEY=bench-key
export EVERCRED_PROXY=none
EVERCRED_TENCENT_ENDPOINT=$(value host_port)
EVERCRED_CA_FILE=$(value ca_path)

now() { date +%s%N; }
# A body of the size of ours, signed by nobody: the emulator answers in a few microseconds more or less.
body='{"ResourceId":"cdb-1","ResourceRegion":"ap-guangzhou","ResourceAccount":"app"}'
by_curl() {
    curl --silent --noproxy '*' --cacert "$EVERCRED_CA_FILE" -H 'Content-Type: application/json' \
        -H 'X-TC-Action: BuildDataFlowAuthToken' -d "$body" -o /dev/null "https://$EVERCRED_TENCENT_ENDPOINT/"
}
touch "$work/ours" "$work/curls"
for _ in $(seq 31); do
    start=$(now); "$work/cold_start"; echo $(($(now) - start)) >>"$work/ours"
    start=$(now); by_curl; echo $(($(now) - start)) >>"$work/curls"
done
median() { sort -n "$1" | sed -n 16p; }
ours=$(median "$work/ours")
curls=$(median "$work/curls")

echo
EVERCRED_EMPTY_LIBRARY=$work/libempty.so EVERCRED_LIB_DIR=$release cargo bench --quiet --bench hot_path
cargo bench --quiet -p evercred-core --bench requests
awk -v ours="$ours" -v curls="$curls" 'BEGIN {
    printf "cold_start_ms: %.1f\ncurl_ms: %.1f\ncold_start_over_curl: %.2f\n", ours / 1e6, curls / 1e6, ours / curls }'
echo "so_bytes: $(stat -L -c %s "$release/libevercred.so")"
echo "static_program_bytes: $(stat -c %s "$work/static_program")"
"$work/cold_start" figures

if command -v go >/dev/null; then
    EVERCRED_LIB_DIR=$release EVERCRED_EMULATOR=$target/debug/evercred-emulator scripts/bench-go.sh
else
    echo "no figures of Go: it is not here"
fi
if command -v javac >/dev/null && command -v mvn >/dev/null; then
    EVERCRED_LIB_DIR=$release scripts/bench-java.sh
else
    echo "the Java library is not measured: there is no JDK with Maven here"
fi

# Many sources in one process. The emulator is a debug build on the same machine, so how long 10,000 fetches take says
# little of the library.
"$work/population" open 20000
"$work/population" fetch 10000

control() { curl --silent --noproxy '*' --cacert "$EVERCRED_CA_FILE" -d "$2" -o /dev/null "$(value control)/$1"; }
outage='{"kind":"close-early","action":"BuildDataFlowAuthToken"}'
recovery_ms() {
    control fault "$outage"
    "$work/population" "$1" 32 >"$work/recovered" &
    local program=$!
    sleep 30
    local ended
    ended=$(($(now) / 1000000))
    control clear-faults '{}'
    wait "$program"
    echo $(($(cat "$work/recovered") - ended))
}
# An outage of 30 seconds in real time: until the last of 32 sources has a value, by the background alone and for a
# program that calls get.
echo "recovery_ms_after_outage: $(recovery_ms recover)"
echo "recovery_ms_after_outage_by_get: $(recovery_ms recover-by-get)"

# 300 sources and one cache file; the second run has no cloud.
export EVERCRED_CACHE_FILE=$work/cache EVERCRED_CACHE_SECRET=a-long-random-text-of-a-benchmark
"$work/population" cache 300 >/dev/null
control fault "$outage"
"$work/population" cache 300
