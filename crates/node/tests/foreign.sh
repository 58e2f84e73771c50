#!/bin/sh
# Installs Go and its sumdb packages where that is possible; a nextest setup script. Where they are missing the test itself
# decides: under CI it fails.
"$(dirname "$0")/../../../.ci/need" go || true
