"""Verifies what a Comity ledger hands out, with nothing but the standard library: Ed25519 (RFC 8032), Merkle trees
(RFC 6962), signed notes and the cosignatures of witnesses, each written from its specification.

    python3 check.py FOLDER

FOLDER holds what `main.rs` beside this file writes. Prints "ok" and exits 0 when everything holds and every altered copy
is refused.
"""

import base64
import hashlib
import os
import sys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    """Adds two points in extended coordinates."""
    x, y = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = y - x, z - t, z + t, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, point):
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, point)
        point, n = add(point, point), n >> 1
    return total


def point(data):
    """A point from its 32 bytes, or None."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def encode(p):
    z = pow(p[2], P - 2, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


Y = 4 * pow(5, P - 2, P) % P
BASE = point(Y.to_bytes(32, "little"))


def sha512(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def is_signed(key, message, signature):
    if len(signature) != 64:
        return False
    r, a, s = point(signature[:32]), point(key), int.from_bytes(signature[32:], "little")
    if r is None or a is None or s >= L:
        return False
    return encode(times(s, BASE)) == encode(add(r, times(sha512(signature[:32], key, message) % L, a)))


def sign(seed, message):
    """Only for making the vectors of the tests."""
    digest = hashlib.sha512(seed).digest()
    a = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    key = encode(times(a, BASE))
    r = sha512(digest[32:], message) % L
    first = encode(times(r, BASE))
    return key, first + ((r + sha512(first, key, message) * a) % L).to_bytes(32, "little")


def need(holds, what):
    if not holds:
        raise ValueError(what)


def decode(text):
    """Base64 in its only form."""
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64")
    return data


def lines_of(text):
    need(not text or text.endswith("\n"), "the end of the text")
    return text.split("\n")[:-1]


def hashed(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def key_of(vkey, kind):
    name, key_id, data = vkey.strip().split("+", 2)
    data = decode(data)
    need(len(data) == 33 and data[0] == kind, "the type of the key")
    need(hashed(name.encode(), b"\n", data)[:4].hex() == key_id, "the id of the key")
    return name, bytes.fromhex(key_id), data[1:]


def opened(note, vkey, kind=1):
    """The text of a note that this key signed; kind 4 is a witness."""
    name, key_id, key = key_of(vkey, kind)
    text, lines = note.decode().rsplit("\n\n", 1)
    text = (text + "\n").encode()
    need(lines.endswith("\n"), "the end of the note")
    found = False
    for line in lines[:-1].split("\n"):
        dash, signer, data = line.split(" ")
        data = decode(data)
        need(dash == "\u2014" and len(data) > 4, "a line of the note")
        if signer != name or data[:4] != key_id or found:
            continue
        message, signature = text, data[4:]
        if kind == 4:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            need(time > 0, "the time of the witness")
            message = b"cosignature/v1\ntime %d\n" % time + text
        need(is_signed(key, message, signature), "the signature of " + name)
        found = True
    need(found, "no line of " + name)
    return text.decode()


def head(note, vkey):
    origin, size, root = opened(note, vkey).split("\n")[:3]
    need(origin == vkey.split("+")[0], "the origin")
    need(str(int(size)) == size, "the size")
    return int(size), decode(root)


def node(left, right):
    return hashed(b"\x01", left, right)


def included(size, root, index, leaf, path):
    """RFC 9162 2.1.3.2, which says for RFC 6962 trees how to check."""
    need(index < size, "the index")
    at, last = index, size - 1
    for one in path:
        need(last != 0, "the length of the path")
        if at & 1 or at == last:
            leaf = node(one, leaf)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            leaf = node(leaf, one)
        at, last = at >> 1, last >> 1
    need(last == 0 and leaf == root, "the proof of inclusion")


def consistent(old, old_root, new, new_root, path):
    """RFC 9162 2.1.4.2."""
    need(0 < old <= new, "the sizes")
    if old == new:
        return need(not path and old_root == new_root, "the same size")
    path = list(path)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    need(path, "an empty path")
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for one in path[1:]:
        need(last != 0, "the length of the path")
        if at & 1 or at == last:
            first, second = node(one, first), node(one, second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = node(second, one)
        at, last = at >> 1, last >> 1
    need(last == 0 and first == old_root and second == new_root, "the proof of consistency")


def hashes(lines):
    found = [decode(line) for line in lines]
    need(all(len(one) == 32 for one in found), "the length of a hash")
    return found


def tree(leaves):
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node(tree(leaves[:half]), tree(leaves[half:]))


def check_proof(files):
    top, note = files["proof"].decode().split("\n\n", 1)
    version, index, *path = top.split("\n")
    need(version == "c2sp.org/tlog-proof@v1" and index.startswith("index "), "the form of the proof")
    need(str(int(index[6:])) == index[6:], "the index")
    size, root = head(note.encode(), files["vkey"].decode())
    opened(note.encode(), files["witness"].decode(), 4)
    included(size, root, int(index[6:]), hashed(b"\x00", files["leaf"]), hashes(path))


def check_path(files):
    vkey = files["vkey"].decode()
    old, new = head(files["old"], vkey), head(files["new"], vkey)
    consistent(*old, *new, hashes(lines_of(files["path"].decode())))


def check_tiles(files):
    """The whole log from its entry bundles, against the checkpoint and the lowest tiles."""
    size, root = head(files["log/checkpoint"], files["vkey"].decode())
    leaves = []
    for n in range((size + 255) // 256):
        width = min(256, size - n * 256)
        name = "%03d" % n + ("" if width == 256 else ".p/%d" % width)
        bundle, found = files["log/tile/entries/" + name], []
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            need(len(bundle) >= 2 + length, "the length of an entry")
            found.append(hashed(b"\x00", bundle[2 : 2 + length]))
            bundle = bundle[2 + length :]
        need(files["log/tile/0/" + name] == b"".join(found), "tile " + name)
        leaves += found
    need(len(leaves) == size and tree(leaves) == root, "the root of the log")


def check_witness(files):
    need(opened(files["witnessed"], files["witness"].decode(), 4), "the witness")
    head(files["witnessed"], files["vkey"].decode())


CHECKS = {
    check_proof: ["proof", "leaf"],
    check_path: ["old", "new", "path"],
    check_tiles: ["log/checkpoint"],
    check_witness: ["witnessed"],
}


def main(folder):
    files = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, folder)] = file.read()
    refused = 0
    for check, names in CHECKS.items():
        check(files)
        tiles = [name for name in files if check is check_tiles and name.startswith("log/tile/") and "/1/" not in name]
        for name in names + tiles:
            data = files[name]
            # Every byte of a small file, some of a large one, another bit of each.
            for at in range(0, len(data), max(1, len(data) // 40)):
                changed = bytearray(data)
                changed[at] ^= 1 << at % 8
                try:
                    check({**files, name: bytes(changed)})
                except (ValueError, KeyError):
                    refused += 1
                else:
                    raise SystemExit("%s: bit %d of byte %d of %s was flipped" % (check.__name__, at % 8, at, name))
    print("ok, %d altered copies refused" % refused)


if __name__ == "__main__":
    main(sys.argv[1])
