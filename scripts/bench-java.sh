#!/usr/bin/env bash
# Measures the Java library; ends with one line a figure, `name: value`. scripts/bench.sh calls it with an emulator:
# EVERCRED_... variables name it, and it has the account ap-guangzhou/cdb-1/app.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
EVERCRED_LIB_DIR=$(cd "${EVERCRED_LIB_DIR:-$target/release}" && pwd)
export EVERCRED_LIB_DIR
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mvn -q -B -ntp -f bindings/java/pom.xml -Pbenchmarks -DskipTests package
jar=bindings/java/benchmarks/target/benchmarks.jar
"$java" -jar "$jar" HotPath -jvmArgsAppend "-Djava.io.tmpdir=$work" -prof gc -rf csv -rff "$work/jmh.csv" >"$work/jmh.log" ||
    { tail -n 20 "$work/jmh.log" >&2; exit 1; }
figure() { awk -F, -v name="\"dev.evercred.HotPath.$1\"" '$1 == name { print $5 }' "$work/jmh.csv"; }

now() { date +%s%N; }
touch "$work/first" "$work/bare"
for _ in $(seq 11); do
    start=$(now); "$java" -Xshare:auto -Djava.io.tmpdir="$work" -cp "$jar" dev.evercred.FirstValue >/dev/null 2>&1; echo $(($(now) - start)) >>"$work/first"
    start=$(now); "$java" -Xshare:auto -Djava.io.tmpdir="$work" -cp "$jar" dev.evercred.FirstValue none >/dev/null; echo $(($(now) - start)) >>"$work/bare"
done
median() { sort -n "$1" | sed -n 6p; }

awk -v get="$(figure get)" -v two="$(figure getOnTwoThreads)" -v call="$(figure downcall)" \
    -v bytes="$(figure get:gc.alloc.rate.norm)" -v first="$(median "$work/first")" -v bare="$(median "$work/bare")" 'BEGIN {
    printf "java_get_ns: %.2f\njava_get_2_threads_ns: %.2f\njava_get_allocated_bytes: %.0f\n", get, two, bytes
    printf "java_downcall_ns: %.2f\njava_get_over_downcall: %.2f\n", call, get / call
    printf "java_start_ms: %.1f\njava_start_over_bare_jvm: %.2f\n", (first - bare) / 1e6, first / bare }'
echo "java_jar_bytes: $(stat -c %s bindings/java/evercred/target/evercred-0.1.0.jar)"
