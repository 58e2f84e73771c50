# The commands of the house. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help web demo test lint bench bench-stix bench-release conformance soak mutations-of-guards mutations-of-trust clean

# How many cases a property test tries under `make soak`, where the test does not fix the number itself.
SOAK_CASES ?= 20000
# How many rounds of random histories follow, each from a seed of its own that is printed.
SOAK_ROUNDS ?= 50
# Pairs of worlds that each of the tests of silence compares then.
SILENCE_PAIRS ?= 1000
# Storms over a federation of eight nodes that are run then.
STORMS ?= 10000
# Seconds that each fuzz target runs under `make soak`.
FUZZ_SECONDS ?= 1800
# What the random cases of `make test` begin with: the same tree gives the same answer. `make soak` draws others.
SEED ?= 20261122
# Minutes that the first release build takes on two cores.
FIRST_BUILD_MINUTES := 8
# More words for the demo, such as DEMO="--once".
DEMO ?=

help: ## Lists these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

web: ## Builds the screens into web/dist; without Node 20.19 and npm the node is built without them
	@if command -v node >/dev/null 2>&1; then node web/build.mjs; else .ci/need node; fi

demo: web ## Builds the release binary and lets four nodes exchange records; Ctrl-C ends it
	@.ci/need cargo cc
	@[ -x target/release/comity ] || echo "The first build takes about $(FIRST_BUILD_MINUTES) minutes on two cores."
	cargo build --release --locked --package comity-node
	@target/release/comity demo --home target/demo $(DEMO)

test: export PROPTEST_RNG_SEED ?= $(SEED)
test: export COMITY_TEST_SEED ?= $(SEED)
test: web ## Runs all tests (dev profile; starts a private PostgreSQL by itself), then those of the screens in Chromium
	@.ci/need cargo cc postgres python nextest cvc5 go chromium ip
	cargo test --workspace --locked --doc --quiet
	@if cargo nextest --version >/dev/null 2>&1; then \
		set -x; cargo nextest run --workspace --locked; \
	else \
		set -x; cargo test --workspace --locked --lib --bins --tests; \
	fi
	@if [ -d web/dist ]; then \
		set -x; cargo build --quiet --locked --workspace --bin comity; npm --prefix web test --silent; \
	fi

lint: web ## Checks form, lints, the rules of the house, licences and the documentation
	@.ci/need cargo cc deny
	cargo fmt --all --check
	cargo xtask check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then \
		set -x; cargo deny --locked check licenses bans sources; \
	fi
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
	@if [ -d web/node_modules ]; then \
		set -x; node web/licences.mjs >/dev/null; npm --prefix web run --silent check; \
	fi

bench: ## Measures what has a benchmark
	@.ci/need cargo cc
	cargo bench --locked --package comity-policy --package comity-node --bench '*'

bench-stix: ## Measures the STIX library beside others, and its stream up to ten million objects
	@.ci/need cargo cc python
	cargo bench --locked --package comity-stix --bench stix

bench-release: ## Measures decisions, and pages and edits among BENCH_RECORDS=1000000 records on both engines
	@.ci/need cargo cc postgres
	cargo bench --locked --package comity-policy --bench decide
	cargo bench --locked --package comity-app --bench release

conformance: ## Walks the public STIX corpora, asks other implementations, tries the TAXII rules and a foreign client
	@.ci/need cargo cc python
	cargo test --quiet --locked --package comity-stix --test conformance
	COMITY_PATTERNS=20000 cargo test --quiet --locked --package comity-stix --test peer -- --nocapture
	cargo test --locked --package comity-http
	cargo test --locked --package comity-node --test taxii_client

soak: ## Long runs: SOAK_CASES=20000 cases, SOAK_ROUNDS=50 random histories, STORMS=10000 storms, fuzzing
	@.ci/need cargo cc postgres python
	PROPTEST_CASES=$(SOAK_CASES) cargo test --workspace --locked --lib --bins --tests
	for round in $$(seq $(SOAK_ROUNDS)); do \
		echo "round $$round of $(SOAK_ROUNDS)"; \
		cargo test --quiet --locked --package comity-app --test app late -- --nocapture; \
	done
	COMITY_SILENCE_PAIRS=$(SILENCE_PAIRS) cargo test --locked --package comity-http --test silence anything -- --nocapture
	COMITY_STORMS=$(STORMS) cargo test --release --workspace --locked --test storms -- --nocapture
	fuzz/run $(FUZZ_SECONDS)

mutations-of-guards: ## Drops and weakens each guard in turn: an invariant has to break, and a request to show it
	@.ci/need cargo cc cvc5
	COMITY_MUTATIONS=all cargo test --locked --package comity-prover --test prover mutation -- --nocapture

mutations-of-trust: ## Breaks a rule of trust at a time: a checker has to find it within 300 storms of eight nodes
	@.ci/need cargo cc
	crates/testkit/mutations/run

clean: ## Removes everything that was built
	cargo clean
	rm -rf web/dist web/node_modules
