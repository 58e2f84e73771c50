#!/bin/sh
# Finds the solver for the tests that ask one, and installs it where that is possible; a nextest setup script.
#
#   solver.sh     prints the path of cvc5; under nextest it is given to the tests as COMITY_CVC5
#
# A path that COMITY_CVC5 already holds is passed on. Where there is none the tests themselves decide: under CI they fail.
set -eu

tell() {
    if [ -n "${NEXTEST_ENV:-}" ]; then echo "COMITY_CVC5=$1" >>"$NEXTEST_ENV"; else echo "$1"; fi
}

if [ -n "${COMITY_CVC5:-}" ]; then
    tell "$COMITY_CVC5"
    exit 0
fi
if ! command -v cvc5 >/dev/null 2>&1; then
    "$(dirname "$0")/../../../.ci/need" cvc5 || true
fi
if command -v cvc5 >/dev/null 2>&1; then
    tell "$(command -v cvc5)"
else
    echo "cvc5 is missing: apt-get install cvc5" >&2
    # In a test run the tests themselves decide whether they may go without.
    [ -n "${NEXTEST_ENV:-}" ] || exit 3
fi
