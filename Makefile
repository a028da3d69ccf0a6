# The targets are for people and for .ci/run; the work is done by cargo and by scripts/.
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := all

PREFIX ?= /usr/local
DESTDIR ?=
CARGO ?= cargo
TARGET_DIR := $(abspath $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target))
RELEASE := $(TARGET_DIR)/release
C_SOURCES := $(wildcard tests/c/*.[ch] examples/c/*.[ch] benches/*.[ch] benches/c/*.[ch]) \
	bindings/java/evercred/src/main/c/support.h
SHELL_SOURCES := $(wildcard scripts/*.sh bindings/go/*.sh) .ci/run
GO_TEST := EVERCRED_LIB_DIR="$(RELEASE)" EVERCRED_EMULATOR="$(TARGET_DIR)/debug/evercred-emulator" scripts/test-go.sh

.PHONY: all demo test test-java java-generated lint bench vectors fuzz install header go-lib test-go test-python wheel clean help

all: ## build the release libraries
	scripts/setup.sh build
	$(CARGO) build --release -p evercred

demo: ## show a database token and a managed access key through their rotations, on loopback only
	scripts/demo.sh

test: ## run every test, then check the symbols and the static library of the release build
	scripts/setup.sh test
	$(CARGO) test --workspace
	$(CARGO) build --release -p evercred
	EVERCRED_LIB_DIR="$(RELEASE)" $(CARGO) test --test symbols --test static_library --test install
	@if command -v javac >/dev/null && command -v mvn >/dev/null; then echo scripts/test-java.sh; scripts/test-java.sh; \
	else echo "make test: Java is NOT tested: there is no JDK with Maven here (scripts/setup.sh java installs them)"; fi
	@if command -v go >/dev/null; then echo $(GO_TEST); $(GO_TEST); \
	else echo "make test: Go is NOT tested: there is no Go here (https://go.dev/doc/install)"; fi
	@if python3 -c 'import ensurepip, venv' 2>/dev/null; then echo scripts/test-python.sh; scripts/test-python.sh; \
	else echo "make test: Python is NOT tested: there is no Python with venv here (scripts/setup.sh python installs it)"; fi

test-java: ## build and test the Java artifacts
	scripts/setup.sh build java
	$(CARGO) build --release -p evercred
	$(CARGO) build -p evercred-emulator
	scripts/test-java.sh

java-generated: ## rewrite the generated sources of the Java library
	scripts/generate-java.sh

lint: ## check format and lints of Rust, C and shell
	scripts/setup.sh lint
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	@if command -v clang-format >/dev/null; then \
		echo clang-format --dry-run -Werror $(C_SOURCES); clang-format --dry-run -Werror $(C_SOURCES); \
	else echo "lint: clang-format is not here, C is not checked"; fi
	@if command -v shellcheck >/dev/null; then \
		echo shellcheck $(SHELL_SOURCES); shellcheck $(SHELL_SOURCES); \
	else echo "lint: shellcheck is not here, scripts are not checked"; fi

bench: ## measure the hot path, sizes and start-up; ends with a line per figure
	scripts/setup.sh bench
	scripts/bench.sh

# The test runs in a folder of its own, so DIR is made absolute: seen from here, or from where make was called.
vectors: ## run the vectors of DIR (default: the project's own)
	@set -e; dir="$(if $(DIR),$(DIR),tests/vectors)"; \
	if [ -d "$$dir" ]; then dir=$$(cd "$$dir" && pwd); \
	elif [ -d "$(PWD)/$$dir" ]; then dir=$$(cd "$(PWD)/$$dir" && pwd); \
	else echo "make vectors: there is no folder '$$dir'" >&2; exit 2; fi; \
	$(CARGO) test --quiet -p evercred-core --test vectors -- "$$dir"

fuzz: ## run a fuzz target: TARGET=... SECONDS=... SEED=...; see core/fuzz/README.md
	EVERCRED_FUZZ="$(TARGET):$(or $(SECONDS),60):$(SEED)" $(CARGO) test -p evercred-core --test fuzz -- --exact for_longer --nocapture

install: all ## install under PREFIX (and DESTDIR): header, .so, .a, .pc
	PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" scripts/install.sh "$(RELEASE)"

header: ## rewrite the header, the list of exported symbols and docs/CONFIGURATION.md
	EVERCRED_HEADER=write $(CARGO) test --test header the_header
	EVERCRED_HEADER=write $(CARGO) test -p evercred-core --test configuration_doc the_options
	EVERCRED_SYMS=write $(CARGO) test --test symbols
	cp include/evercred.h bindings/go/evercred.h
	@if command -v go >/dev/null; then cd bindings/go && go generate; else echo "make header: Go is not here, bindings/go/options_gen.go is not written"; fi
	@if command -v javac >/dev/null; then scripts/generate-java.sh; else echo "make header: Java is not here, its generated sources are not written (make java-generated)"; fi

go-lib: all ## put the library into the Go module of this platform, bindings/go/lib
	EVERCRED_LIB_DIR="$(RELEASE)" scripts/go-lib.sh

test-go: all ## run the tests of the Go modules
	$(CARGO) build -p evercred-emulator
	$(GO_TEST)

test-python: all ## lint and test the Python package
	scripts/setup.sh python
	$(CARGO) build -p evercred-emulator
	scripts/test-python.sh

wheel: all ## build the Python wheel with the library inside, in target/wheels
	scripts/setup.sh python
	python3 bindings/python/build_wheel.py "$(RELEASE)" "$(TARGET_DIR)/wheels"

clean: ## remove what was built
	$(CARGO) clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
