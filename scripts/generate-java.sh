#!/usr/bin/env bash
# Rewrites the Java sources and the glue that follow from include/evercred.h and abi/options.json.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v javac >/dev/null || { echo "generate-java: a JDK is missing; scripts/setup.sh java installs one" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=bindings/java/evercred/src/test/java/dev/evercred
javac -encoding UTF-8 -d "$work" "$tests"/generator/*.java "$tests"/testing/Json.java
java -cp "$work" dev.evercred.generator.Generator .
