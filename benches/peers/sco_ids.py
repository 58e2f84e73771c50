"""Deterministic identifiers of cyber-observable objects as the package stix2 makes them.

Reads one JSON object without `id` a line from standard input and answers one line each: {"id": "..."}, {"id": null}
when it made a random UUID, or {"error": "..."} when it refused the object.

    python sco_ids.py < objects.ndjson
"""

import json
import sys

import stix2


def answer(line):
    try:
        made = stix2.parse(json.loads(line), allow_custom=True, version="2.1")
        found = made["id"]
    except Exception as error:  # whatever it is, the other side wants to see it
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    # The first digit of the third group is the version of a UUID.
    return {"id": found if found.rsplit("--", 1)[1][14] == "5" else None}


def main():
    for line in sys.stdin.buffer:
        if line.strip():
            print(json.dumps(answer(line)))


if __name__ == "__main__":
    main()
