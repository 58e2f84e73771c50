// @ts-check
// Two real nodes that know each other: South joined by an invitation of North, and reads North's collection.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, NORTH, Node, SOUTH } from "./stage.mjs";

/** The name under which South knows North. */
export const PEER = "exercise-north-desk";

/** Makes the two, both serving; TLP:RED takes a second person. */
export async function pair() {
  const folder = mkdtempSync(join(tmpdir(), "comity-web-two-"));
  const north = new Node(join(folder, "north"));
  const south = new Node(join(folder, "south"));
  execFileSync("mkdir", ["-p", north.folder, south.folder]);
  execFileSync(BINARY, ["init", north.home, "--member", NORTH, "--exercise"], { stdio: "pipe" });
  const agreement = north
    .json("agreement", "show")
    .toml.replace(/^version = (\d+)$/m, (/** @type {string} */ _, /** @type {string} */ n) => `version = ${Number(n) + 1}`)
    .replace(/^two_person = \[\]$/m, 'two_person = ["red"]');
  writeFileSync(join(folder, "agreement.toml"), agreement);
  north.run("agreement", "import", join(folder, "agreement.toml"));
  north.run("collection", "add", "Reports");
  north.run("user", "add", "second", "--role", "release-officer");
  await north.serve();
  const invitation = join(folder, "south.invitation");
  writeFileSync(invitation, north.run("invite", SOUTH, "--url", north.address, "--collection", "reports:r"));
  south.run("join", invitation);
  await south.serve();
  return {
    north,
    south,
    async end() {
      await Promise.all([north.end(), south.end()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

let made = 0;

/** A note as people write it, at a level if it is marked. @param {string} content @param {"green" | "red"} [level] */
export function note(content, level) {
  made += 1;
  const markings = {
    green: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    red: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
  };
  return {
    type: "note",
    spec_version: "2.1",
    id: `note--00000000-0000-4000-8000-${String(Date.now()).slice(-8)}${String(made).padStart(4, "0")}`,
    created: "2026-03-01T00:00:00.000Z",
    modified: "2026-03-01T00:00:00.000Z",
    abstract: `EXERCISE ${content}`,
    content: `EXERCISE ${content}: what was seen at the invented ford`,
    object_refs: ["identity--00000000-0000-4000-8000-000000000999"],
    ...(level ? { object_marking_refs: [markings[level]] } : {}),
  };
}

/** A file as a person picks it. @param {string} name @param {unknown[]} objects */
export function file(name, objects) {
  const bundle = { type: "bundle", id: "bundle--00000000-0000-4000-8000-000000000001", objects };
  return { name, mimeType: "application/json", buffer: Buffer.from(JSON.stringify(bundle)) };
}
