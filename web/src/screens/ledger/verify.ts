// Checks that this page makes itself, with what the browser knows of cryptography: the signature under a checkpoint (C2SP
// signed note, Ed25519) and the tree over the leaves (RFC 6962). Nothing is taken over from the node but bytes.

/** What came of a check. */
export type Outcome = "right" | "wrong" | "not-checked";

export interface Checkpoint {
  name: string;
  size: number;
  root: Uint8Array;
}

export interface Leaf {
  seq: number;
  at: string;
  kind: string;
  actor: string;
  member?: string;
  object?: string;
  policy?: string;
  count?: number;
  detail?: Record<string, string>;
}

type Bytes = Uint8Array<ArrayBuffer>;

const ED25519 = 1;

/** Base64 as bytes; nothing when it is none. */
export function bytes(text: string): Bytes | undefined {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

export function hex(all: Uint8Array): string {
  return [...all].map((one) => one.toString(16).padStart(2, "0")).join("");
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

async function sha256(...parts: Uint8Array[]): Promise<Bytes> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}

/** Reads the text of a checkpoint; nothing when it is none. */
export function read(note: string): Checkpoint | undefined {
  const [body = ""] = note.split("\n\n", 1);
  const [name = "", size = "", root = ""] = body.split("\n");
  const found = bytes(root);
  if (name === "" || !/^(0|[1-9]\d{0,14})$/.test(size) || found?.length !== 32) return undefined;
  return { name, size: Number(size), root: found };
}

/** Whether the key has signed the checkpoint. Where the browser does not know Ed25519, nothing is said. */
export async function signature(note: string, vkey: string): Promise<Outcome> {
  const cut = note.lastIndexOf("\n\n");
  const [, name = "", hash = "", key = ""] = /^(.+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey) ?? [];
  const made = bytes(key);
  if (cut < 0 || made?.length !== 33 || made[0] !== ED25519) return "wrong";
  const text = new TextEncoder();
  const id = (await sha256(text.encode(`${name}\n`), made)).slice(0, 4);
  if (hex(id) !== hash) return "wrong";
  const body = text.encode(note.slice(0, cut + 1));
  const lines = note.slice(cut + 2).split("\n").filter((line) => line.startsWith(`\u2014 ${name} `));
  const signed = lines.map((line) => bytes(line.slice(name.length + 3))).find((one) => one?.length === 68 && same(one.slice(0, 4), id));
  if (!signed) return "wrong";
  let known: CryptoKey;
  try {
    known = await crypto.subtle.importKey("raw", made.slice(1), "Ed25519", false, ["verify"]);
  } catch {
    return "not-checked";
  }
  return (await crypto.subtle.verify("Ed25519", known, signed.slice(4), body)) ? "right" : "wrong";
}

/** The root of the tree over leaves, as they come: it keeps one hash for each level. */
export class Tree {
  #levels: (Bytes | undefined)[] = [];
  size = 0;

  async add(leaf: Bytes): Promise<void> {
    let hash = await sha256(new Uint8Array([0]), leaf);
    let level = 0;
    for (let left = this.#levels[level]; left; left = this.#levels[level]) {
      hash = await sha256(new Uint8Array([1]), left, hash);
      this.#levels[level] = undefined;
      level += 1;
    }
    this.#levels[level] = hash;
    this.size += 1;
  }

  async root(): Promise<Bytes> {
    let found: Bytes | undefined;
    for (const left of this.#levels) {
      if (!left) continue;
      found = found ? await sha256(new Uint8Array([1]), left, found) : left;
    }
    return found ?? sha256();
  }
}

/** Whether a tree is the one of a checkpoint. */
export async function fits(tree: Tree, checkpoint: Checkpoint): Promise<Outcome> {
  return tree.size === checkpoint.size && same(await tree.root(), checkpoint.root) ? "right" : "wrong";
}

/** A leaf as it is read; nothing when it is none. */
export function leaf(raw: Uint8Array): Leaf | undefined {
  try {
    const found: unknown = JSON.parse(new TextDecoder().decode(raw));
    return typeof found === "object" && found !== null && "seq" in found && "kind" in found ? (found as Leaf) : undefined;
  } catch {
    return undefined;
  }
}
