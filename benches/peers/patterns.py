"""Asks the pattern validator of OASIS whether patterns are valid, by the grammar of STIX 2.1.

    pip install stix2-patterns==2.1.2 antlr4-python3-runtime==4.13.2
    patterns.py <QUESTIONS >ANSWERS

Each line of the input is {"pattern": TEXT}; each line of the output is {"valid": BOOL, "error": TEXT or null}, in the
same order. When the validator raises an exception instead of an answer, the pattern is not valid, and the error is the
name of the exception with what it says.
"""

import json
import sys
import threading

from stix2patterns.validator import run_validator


def answer(pattern):
    try:
        errors = run_validator(pattern, "2.1")
    except Exception as fault:  # what the validator raises differs with what it stumbles over
        return {"valid": False, "error": f"{type(fault).__name__}: {fault}"}
    return {"valid": not errors, "error": errors[0] if errors else None}


def main():
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line)["pattern"])))


# The validator descends once for every operand of a chain.
sys.setrecursionlimit(100_000)
threading.stack_size(512 << 20)
worker = threading.Thread(target=main)
worker.start()
worker.join()
