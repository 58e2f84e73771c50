// @ts-check
// What a screen loads before it can be used: at most 60,000 bytes of scripts, styles and sentences, packed.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const MOST_BYTES = 60_000;
/** The areas of sentences that come after the page, and the screens that wait for them. */
const LATER = {
  beside: ["Beside", "Claims", "Deliveries", "Differences", "History", "Links"],
  compare: ["Compare"],
  council: ["Council", "Compare", "Session", "Claim", "Decision", "Figure"],
  desk: ["Desk", "Drafts", "Approvals", "Recalls", "Partners"],
  detail: ["Record"],
  ledger: ["Ledger"],
  records: ["Records"],
  today: ["Today"],
  visit: ["Confirm", "Enrol", "Entry", "First", "Over"],
  why: ["Sights"],
  write: ["New", "Edit"],
};

/** @param {string} name */
const packed = (name) => gzipSync(readFileSync(`${DIST}assets/${name}`), { level: 9 }).length;

/** A file and what it imports at once, not when it is needed. @param {string} name @param {Set<string>} seen */
function closure(name, seen) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const text = readFileSync(`${DIST}assets/${name}`, "utf8");
  for (const match of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) closure(match[1] ?? "", seen);
  return seen;
}

test("no screen loads more than 60,000 bytes first", { skip: existsSync(`${DIST}index.html`) ? false : "the screens are not built" }, () => {
  const names = readdirSync(`${DIST}assets`);
  const page = readFileSync(`${DIST}index.html`, "utf8");
  const first = [...page.matchAll(/assets\/([^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? "");
  const languages = names.filter((name) => /^(en|ru|ar)-.*\.js$/.test(name)).map(packed);
  const sentences = Math.max(...languages);
  const waited = (/** @type {string} */ screen) =>
    Object.entries(LATER)
      .filter(([, waiting]) => waiting.includes(screen))
      .reduce((bytes, [area]) => bytes + Math.max(...names.filter((name) => new RegExp(`^${area}-.*\\.js$`).test(name)).map(packed)), 0);
  const screens = names.filter((name) => /^[A-Z]\w+-.*\.js$/.test(name));
  assert.ok(screens.length > 0, "there are screens");
  for (const screen of screens) {
    const scripts = new Set(first.filter((name) => name.endsWith(".js")));
    const all = [...scripts, screen].reduce((seen, name) => closure(name, seen), /** @type {Set<string>} */ (new Set()));
    const styles = names.filter((name) => name.endsWith(".css") && (first.includes(name) || name.startsWith(`${screen.split("-")[0]}-`)));
    const sum = [...all, ...styles].reduce((bytes, name) => bytes + packed(name), sentences + waited(screen.split("-")[0] ?? ""));
    assert.ok(sum <= MOST_BYTES, `${screen} loads ${sum} bytes first`);
  }
});
