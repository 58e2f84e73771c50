"""Canonical forms of JSON values as the package rfc8785 makes them.

    pip install rfc8785==0.1.4
    canonical.py <VALUES >DIGESTS

Each line of the input is a JSON value; each line of the output is the SHA-256 of its canonical form as a JSON string,
in the same order.
"""

import hashlib
import json
import sys

import rfc8785

for line in sys.stdin.buffer:
    print(json.dumps(hashlib.sha256(rfc8785.dumps(json.loads(line))).hexdigest()))
