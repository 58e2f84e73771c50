#!/bin/sh
# Makes the Python environment in which the tests run foreign software: the TAXII client of PyPI, unchanged, with
# every package pinned. Prints the interpreter. What is there already stays. One run at a time: the tests hold a lock.
#
#   python.sh FOLDER     the folder to make it in
#
# Exit 3: Python, its venv module or a package is missing; the last line on standard error says which.
set -eu
folder=${1:?usage: python.sh FOLDER}
root=$(cd "$(dirname "$0")/../../.." && pwd)

packages='certifi==2026.10.18
charset-normalizer==3.5.2
idna==3.20
pytz==2026.6
requests==2.34.2
six==1.17.0
taxii2-client==2.3.0
urllib3==2.8.0'

fail() {
    echo "$1" >&2
    exit 3
}

ready() {
    [ "$(cat "$folder/packages.txt" 2>/dev/null)" = "$packages" ] &&
        "$folder/bin/python" -I -c 'import taxii2client.v21' 2>/dev/null
}

if ! ready; then
    # Installs what it may; without Python it goes on, and the next line tells.
    "$root/.ci/need" python >&2 || true
    python3 -c 'import venv, ensurepip' 2>/dev/null || fail "missing: Python 3 with venv (on Debian: apt-get install python3-venv)"
    rm -rf "$folder"
    python3 -m venv "$folder" >&2 || fail "missing: python3 -m venv does not work here"
    echo "$packages" >"$folder/wanted.txt"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --requirement "$folder/wanted.txt" >&2 || fail "missing: taxii2-client and its packages (pip cannot get them)"
    mv "$folder/wanted.txt" "$folder/packages.txt"
    ready || fail "missing: taxii2-client was installed and cannot be imported"
fi
echo "$folder/bin/python"
