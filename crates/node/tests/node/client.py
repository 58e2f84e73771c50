"""Reads everything that a key may read, with the client that others use, unchanged. Prints what it got as JSON.

Arguments: discovery address, user, password.
"""

import json
import sys

from taxii2client.v21 import Server, as_pages

PAGE = 7


def read(collection):
    """All objects of a collection, page by page, with the ids of its manifest and how many pages there were."""
    pages = list(as_pages(collection.get_objects, per_request=PAGE))
    objects = [stix for page in pages for stix in page.get("objects", [])]
    manifest = as_pages(collection.get_manifest, per_request=PAGE)
    entries = [entry["id"] for page in manifest for entry in page.get("objects", [])]
    by_id = [collection.get_object(stix["id"])["objects"] for stix in objects[:3]]
    return {"objects": objects, "pages": len(pages), "manifest": entries, "by_id": by_id}


def main():
    address, user, password = sys.argv[1:]
    server = Server(address, user=user, password=password)
    found = {}
    for root in server.api_roots:
        for collection in root.collections:
            found[collection.title] = read(collection) if collection.can_read else None
    json.dump({"title": server.title, "collections": found}, sys.stdout)


if __name__ == "__main__":
    main()
