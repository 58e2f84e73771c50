"""Does with the TAXII client of PyPI, unchanged, what standard input asks for, and prints what it answered.

Input: {"url", "user", "secret", "steps": [{"do": ..., ...}, ...]}. Output: a list with {"ok": answer} or
{"error": {"kind", "status"}} for each step.
"""

import json
import logging
import sys

from taxii2client.v21 import Server, as_pages


class Session:
    """A client of one key."""

    def __init__(self, url, user, secret):
        self.server = Server(url, user=user, password=secret)

    def collection(self, step):
        """The collection of this title among those that the key may use."""
        return next(one for one in self.server.default.collections if one.title == step["collection"])

    def discovery(self, _step):
        """What the server and its API root say of themselves."""
        root = self.server.default
        return {"title": self.server.title, "roots": [one.url for one in self.server.api_roots],
                "versions": root.versions, "max_content_length": root.max_content_length}

    def collections(self, _step):
        """The collections, as the client understood them."""
        return [{"id": one.id, "title": one.title, "alias": one.alias, "can_read": one.can_read,
                 "can_write": one.can_write, "media_types": one.media_types}
                for one in self.server.default.collections]

    def objects(self, step):
        """Every page of objects."""
        get = self.collection(step).get_objects
        return list(as_pages(get, per_request=step["per_request"], **step.get("filters", {})))

    def manifest(self, step):
        """Every page of the manifest."""
        get = self.collection(step).get_manifest
        return list(as_pages(get, per_request=step["per_request"], **step.get("filters", {})))

    def get_objects(self, step):
        """One answer, without paging."""
        return self.collection(step).get_objects(**step.get("filters", {}))

    def get_object(self, step):
        """One object by its id."""
        return self.collection(step).get_object(step["id"], **step.get("filters", {}))

    def versions(self, step):
        """The versions of an object."""
        return self.collection(step).object_versions(step["id"], **step.get("filters", {}))

    def add(self, step):
        """Posts objects; the text goes out as it is."""
        return self.collection(step).add_objects(step["envelope"])._raw

    def status(self, step):
        """The status of an earlier post."""
        return self.server.default.get_status(step["id"])._raw

    def delete(self, step):
        """Deletes an object."""
        return self.collection(step).delete_object(step["id"], **step.get("filters", {}))


def main():
    logging.disable(logging.CRITICAL)
    asked = json.load(sys.stdin)
    session = Session(asked["url"], asked["user"], asked["secret"])
    answers = []
    for step in asked["steps"]:
        try:
            answers.append({"ok": getattr(session, step["do"])(step)})
        except Exception as error:  # whatever the client raises is its answer
            status = getattr(getattr(error, "response", None), "status_code", None)
            answers.append({"error": {"kind": type(error).__name__, "status": status, "text": str(error)}})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
