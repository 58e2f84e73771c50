"""Judges the objects of a bundle with stix2-validator and prints how many were judged, of how many, and the seconds.

validator.py FILE
"""

import json
import sys
import time

import stix2validator


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        objects = [json.dumps(each) for each in json.load(file)["objects"]]
    options = stix2validator.ValidationOptions(version="2.1")
    judged = 0
    begun = time.perf_counter()
    for text in objects:
        stix2validator.validate_string(text, options)
        judged += 1
    print(judged, len(objects), time.perf_counter() - begun)


main()
