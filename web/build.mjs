// @ts-check
// Builds the screens into `dist`, for the binary to take in. `make web` runs it: without a change it does nothing, and
// where it cannot build it says so in one line and the node is built without screens. Under CI that is a fault.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { refused } from "./licences.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const INPUTS = join(HERE, "dist/.inputs");
const LOCK = join(HERE, "node_modules/.package-lock.json");

/** @param {string} what @returns {never} */
function without(what) {
  console.error(`going on without: ${what}, so this build has no screens`);
  process.exit(process.env["CI"] ? 3 : 0);
}

/** @param {string} folder @returns {string[]} */
function files(folder) {
  return readdirSync(join(HERE, folder), { withFileTypes: true })
    .flatMap((one) => (one.isDirectory() ? files(`${folder}/${one.name}`) : [`${folder}/${one.name}`]))
    .sort();
}

function inputs() {
  const hash = createHash("sha256");
  const named = ["index.html", "package.json", "package-lock.json", "vite.config.ts", "svelte.config.js", "tsconfig.json", "build.mjs"];
  for (const name of [...named, ...files("src"), ...files("../schema/kinds")]) hash.update(`${name}\0`).update(readFileSync(join(HERE, name)));
  return hash.digest("hex");
}

/** @param {string} program @param {string[]} words */
function run(program, words) {
  execFileSync(program, words, { cwd: HERE, stdio: ["ignore", "ignore", "inherit"] });
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (!((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22)) without("Node 20.19 or newer");

const now = inputs();
if (existsSync(INPUTS) && readFileSync(INPUTS, "utf8") === now) process.exit(0);

const installed = existsSync(LOCK) && readFileSync(join(HERE, "node_modules/.of"), { encoding: "utf8", flag: "a+" });
const lock = createHash("sha256").update(readFileSync(join(HERE, "package-lock.json"))).digest("hex");
if (installed !== lock) {
  try {
    run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  } catch {
    without("the packages of web/package-lock.json, which npm could not get");
  }
  writeFileSync(join(HERE, "node_modules/.of"), lock);
}
const bad = refused();
if (bad.length > 0) {
  console.error(`these packages have a licence that is not allowed: ${bad.join(", ")}`);
  process.exit(1);
}
run(process.execPath, [join(HERE, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"]);
writeFileSync(INPUTS, now);
// What cargo watches where there was no `dist` before.
const at = new Date();
utimesSync(join(HERE, "package.json"), at, at);
