// @ts-check
// The sentences: Russian has every one of them, Arabic those of the shell and the main screens, and each fits the
// English one in its values and has the plural forms of its language.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../src/i18n/", import.meta.url));
const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));
/** The areas that Arabic has whole. */
const ARABIC = ["shell", "visit", "today", "records", "record", "words", "detail"];

/** @typedef {Record<string, string | Record<string, string>>} Area */
/** @param {string} language @param {string} area @returns {Area} */
const read = (language, area) => JSON.parse(readFileSync(`${FOLDER}${language}/${area}.json`, "utf8"));
const areas = readdirSync(`${FOLDER}en`).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
/** @param {string} language */
const has = (language) => readdirSync(`${FOLDER}${language}`);
/** @param {string} text */
const values = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).filter((name) => name !== "n").sort();

/** @param {string} language @param {string} area @returns {string[]} */
function faults(language, area) {
  const english = read("en", area);
  const own = read(language, area);
  const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const found = Object.keys(english).filter((key) => !(key in own)).map((key) => `${language} lacks ${key}`);
  for (const [key, value] of Object.entries(own)) {
    const source = english[key];
    if (source === undefined) {
      found.push(`${language} has ${key}, which English has not`);
      continue;
    }
    const texts = typeof value === "string" ? [value] : Object.values(value);
    const first = typeof source === "string" ? source : (source["other"] ?? "");
    for (const text of texts) {
      if (JSON.stringify(values(text)) !== JSON.stringify(values(first))) found.push(`${language} ${key}: other values than English: ${text}`);
      if (text.trim() === "") found.push(`${language} ${key} is empty`);
    }
    if (typeof value !== "string" && wanted.some((form) => !(form in value))) found.push(`${language} ${key} lacks a plural form of ${wanted.join(", ")}`);
    if (typeof value === "string" && typeof source !== "string" && value.includes("{n}") && language !== "ar" && !/\{n\}/.test(first)) found.push(`${language} ${key} has no plural forms`);
  }
  return found;
}

test("Russian says everything that English says", () => {
  assert.deepEqual(areas.flatMap((area) => (has("ru").includes(`${area}.json`) ? faults("ru", area) : [`ru lacks ${area}.json`])), []);
});

test("Arabic says everything of the shell and the main screens, and nothing wrongly", () => {
  const there = areas.filter((area) => ARABIC.includes(area) || has("ar").includes(`${area}.json`));
  assert.deepEqual(there.flatMap((area) => faults("ar", area)), []);
});

test("every area is joined to the keys that the compiler knows, and no key stands in two", () => {
  const keys = readFileSync(`${FOLDER}keys.ts`, "utf8");
  const known = areas.filter((area) => keys.includes(`"./en/${area}.json"`));
  assert.deepEqual(known, areas);
  const all = areas.flatMap((area) => Object.keys(read("en", area)));
  assert.equal(new Set(all).size, all.length);
});

test("every rule of the house has its sentence", () => {
  const rules = ["guards", "local"].flatMap((name) => {
    const text = readFileSync(`${SOURCE}../../policies/${name}.cedar`, "utf8");
    return [...text.matchAll(/@id\("([^"]+)"\)/g)].map((match) => `rule.${match[1]}`);
  });
  const words = read("en", "detail");
  assert.deepEqual(rules.filter((rule) => !(rule in words)), []);
});
