// @ts-check
// What a screen loads before it can be used: less than 60 KB of scripts, styles and sentences, packed; a record 66.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const MOST_BYTES = 60 * 1024;
/** The screen of a record waits for the names of all properties in the language of the page. */
const MOST_BYTES_RECORD = 66 * 1024;

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

test("no screen loads more than 60 KB first, a record no more than 66", { skip: existsSync(`${DIST}index.html`) ? false : "the screens are not built" }, () => {
  const names = readdirSync(`${DIST}assets`);
  const page = readFileSync(`${DIST}index.html`, "utf8");
  const first = [...page.matchAll(/assets\/([^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? "");
  const languages = names.filter((name) => /^(en|ru)-.*\.js$/.test(name)).map(packed);
  const sentences = Math.max(...languages);
  // The words of records, for which the screen of a record waits.
  const details = Math.max(...names.filter((name) => /^detail-.*\.js$/.test(name)).map(packed));
  const screens = names.filter((name) => /^[A-Z]\w+-.*\.js$/.test(name));
  assert.ok(screens.length > 0, "there are screens");
  for (const screen of screens) {
    const scripts = new Set(first.filter((name) => name.endsWith(".js")));
    const all = [...scripts, screen].reduce((seen, name) => closure(name, seen), /** @type {Set<string>} */ (new Set()));
    const styles = names.filter((name) => name.endsWith(".css") && (first.includes(name) || name.startsWith(`${screen.split("-")[0]}-`)));
    const sum = [...all, ...styles].reduce((bytes, name) => bytes + packed(name), sentences + (screen.startsWith("Record-") ? details : 0));
    assert.ok(sum < (screen.startsWith("Record-") ? MOST_BYTES_RECORD : MOST_BYTES), `${screen} loads ${sum} bytes first`);
  }
});
