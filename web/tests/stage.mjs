// @ts-check
// A real node for the screens: a throwaway home, an invented community, a few EXERCISE records, and the binary that was
// built, serving on a port of its own. Without the binary, or without screens in it, the tests are left out by name.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TARGET = process.env["CARGO_TARGET_DIR"] ?? join(ROOT, "target");
export const BINARY = process.env["COMITY_BINARY"] ?? join(TARGET, "debug/comity");

export const NORTH = "EXERCISE North desk";
export const SOUTH = "EXERCISE South desk";
export const WEST = "EXERCISE West desk";
const SOUTH_ID = "identity--2b8c7a54-5d0e-4a0e-8f5e-0c8f3c1d9b22";
const WEST_ID = "identity--7f0a1b5e-3c56-4f1d-9b1c-5d3f0d2b7a33";

/** Why these tests cannot run here; nothing when they can. */
export function lacking() {
  return existsSync(BINARY) ? undefined : `${BINARY} is not built`;
}

/** A node of the member North, with South as a member and West as an observer. */
export class Node {
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #serving;

  /** @param {string} folder @param {string} [address] */
  constructor(folder, address = "") {
    this.folder = folder;
    this.home = join(folder, "home");
    this.address = address;
    /** @type {Record<string, string>} */
    this.records = {};
  }

  /** Runs a command of the node and gives what it printed. @param {string[]} words */
  run(...words) {
    return execFileSync(BINARY, [...words, "--home", this.home], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  /** The same as JSON. @param {string[]} words */
  json(...words) {
    return JSON.parse(this.run(...words, "--json"));
  }

  /** The hash of a one-time link for a user. @param {string} name */
  link(name) {
    const [address = ""] = /http[^\s"]+/.exec(this.run("user", "link", name, "--url", this.address)) ?? [];
    return new URL(address).hash;
  }

  async serve() {
    const child = spawn(BINARY, ["serve", "--home", this.home, "--listen", "127.0.0.1:0", "--exit-with-stdin", "--log-level", "error"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#serving = child;
    if (!child.stdout) throw new Error("the node has no output");
    for await (const line of createInterface({ input: child.stdout })) {
      const found = /^listening on (http:\S+)/.exec(line);
      if (found?.[1]) {
        this.address = found[1];
        child.stdout.resume();
        return this;
      }
    }
    throw new Error("the node did not say where it listens");
  }

  async end() {
    const child = this.#serving;
    if (child && child.exitCode === null) {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.stdin?.end();
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @param {Node} node */
function agree(node) {
  const before = node.json("agreement", "show").toml;
  const basis = '[legal_bases]\ncouncil-agreement = "EXERCISE: the invented agreement of the council"\n';
  const member = (/** @type {string} */ id, /** @type {string} */ name, /** @type {string} */ standing) =>
    `[[member]]\nid = "${id}"\nname = "${name}"\nstanding = "${standing}"\ngroups = []\nadequate = true\nlegal_bases = ["council-agreement"]\n\n`;
  const after = before
    .replace(/^version = (\d+)$/m, (/** @type {string} */ _, /** @type {string} */ n) => `version = ${Number(n) + 1}`)
    .replace(/^legal_bases = \[\]$/m, 'legal_bases = ["council-agreement"]')
    .replace(/^\[groups\]\n/m, member(SOUTH_ID, SOUTH, "member") + member(WEST_ID, WEST, "observer") + "[groups]\n")
    .replace(/^\[purposes\]\n/m, '[purposes]\nborder-security = "Security of the invented border"\n')
    .replace(/^\[legal_bases\]\n/m, basis);
  const file = join(node.folder, "agreement.toml");
  writeFileSync(file, after);
  node.run("agreement", "import", file);
}

/** What stands on the node: records of several kinds, levels and scripts. @param {Node} node */
function fill(node) {
  const into = ["--collection", "reports"];
  const made = (/** @type {string[]} */ ...words) => {
    const text = node.run("new", ...words, ...into);
    return /[a-z-]+--[0-9a-f-]{36}/.exec(text)?.[0] ?? "";
  };
  node.records["person"] = made("subject", "--fact", "--category", "suspect", "--name", "УЧЕНИЯ Орлан Теви", "--name", "EXERCISE Orlan Tevi", "--born", "1991-05", "--purpose", "border-security", "--basis", "council-agreement", "--tlp", "amber");
  node.records["event"] = made("border-event", "--fact", "--on", "2026-03-01", "--title", "EXERCISE crossing at the Karsk ford", "--place", "EXERCISE Karsk ford", "--country", "XA", "--from-country", "XB", "--to-country", "XA", "--persons", "6", "--summary", "EXERCISE six persons crossed on foot before dawn and went north", "--tlp", "green");
  node.records["plan"] = made("plan", "--title", "EXERCISE supply run over the Orava pass", "--assessment", "--likelihood", "likely", "--confidence", "low", "--from", "2026-12", "--country", "XA", "--grounds", "EXERCISE two lorries were hired for the first week of December", "--tlp", "amber+strict");
  node.records["group"] = made("group", "--fact", "--name", "تدريب العمود الرمادي", "--tlp", "red");
  for (let i = 0; i < 4; i += 1) {
    node.records[`attack ${i}`] = made("attack", "--fact", "--title", `EXERCISE attack on depot ${i}`, "--on", `2026-02-0${i + 1}`, "--country", "XA", "--tlp", "clear");
  }
  const ends = [node.records["attack 0"] ?? "", node.records["event"] ?? ""];
  node.run("link", ...ends, "--as-kind", "part-of", "--fact", "--grounds", "EXERCISE the same persons were there", "--tlp", "green", ...into);
}

/** Makes a node with records and lets it serve. @param {{ empty?: boolean }} [how] */
export async function stage(how = {}) {
  const node = new Node(mkdtempSync(join(tmpdir(), "comity-web-")));
  execFileSync(BINARY, ["init", node.home, "--member", NORTH, "--exercise"], { stdio: "pipe" });
  agree(node);
  node.run("collection", "add", "Reports");
  node.run("user", "add", "auditor", "--role", "auditor");
  node.run("user", "add", "machine", "--role", "administrator");
  node.run("key", "add", "--member", SOUTH, "--collection", "reports", "--rights", "r", "--purpose", "border-security", "--basis", "council-agreement");
  if (!how.empty) fill(node);
  return node.serve();
}
