"""Reads a bundle with stix2 and prints how many objects it took, of how many, and the seconds.

parse.py FILE
"""

import json
import sys
import time

import stix2


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        objects = [json.dumps(each) for each in json.load(file)["objects"]]
    read = 0
    begun = time.perf_counter()
    for text in objects:
        try:
            stix2.parse(text, allow_custom=True, version="2.1")
            read += 1
        except Exception:  # what is refused took its time as well
            pass
    print(read, len(objects), time.perf_counter() - begun)


main()
