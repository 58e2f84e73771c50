# The commands of the house. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench conformance soak clean

# How many cases a property test tries under `make soak`, where the test does not fix the number itself.
SOAK_CASES ?= 20000
# Minutes that the first release build takes on two cores.
FIRST_BUILD_MINUTES := 10
# More words for the demo, such as DEMO="--once".
DEMO ?=

help: ## Lists these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Builds the release binary and lets four nodes exchange records; Ctrl-C ends it
	@.ci/need cargo cc
	@[ -x target/release/comity ] || echo "The first build takes about $(FIRST_BUILD_MINUTES) minutes on two cores."
	cargo build --release --locked --package comity-node
	@target/release/comity demo $(DEMO)

test: ## Runs all tests (dev profile; starts a private PostgreSQL by itself)
	@.ci/need cargo cc postgres python nextest
	cargo test --workspace --locked --doc --quiet
	@if cargo nextest --version >/dev/null 2>&1; then \
		set -x; cargo nextest run --workspace --locked; \
	else \
		set -x; cargo test --workspace --locked --lib --bins --tests; \
	fi

lint: ## Checks form, lints, the rules of the house, licences and the documentation
	@.ci/need cargo cc deny
	cargo fmt --all --check
	cargo xtask check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then \
		set -x; cargo deny --locked check licenses bans sources; \
	fi
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

bench: ## Measures what has a benchmark
	@.ci/need cargo cc
	cargo bench --workspace --locked --bench '*'

conformance: ## Walks the public STIX corpora and the TAXII rules
	@.ci/need cargo cc
	cargo test --locked --package comity-stix --test corpora -- --nocapture
	cargo test --locked --package comity-http

soak: ## Runs every test with long property runs (SOAK_CASES=20000)
	@.ci/need cargo cc postgres python nextest
	@if cargo nextest --version >/dev/null 2>&1; then \
		set -x; PROPTEST_CASES=$(SOAK_CASES) cargo nextest run --workspace --locked --profile soak; \
	else \
		set -x; PROPTEST_CASES=$(SOAK_CASES) cargo test --workspace --locked --lib --bins --tests; \
	fi

clean: ## Removes everything that was built
	cargo clean
	rm -rf web/dist web/node_modules
