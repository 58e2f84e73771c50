// @ts-check
// The sentences: Russian and Arabic have every one of them, and each fits the English one in its values and has the
// plural forms of its language.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../src/i18n/", import.meta.url));
const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));

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

for (const [language, name] of /** @type {const} */ ([["ru", "Russian"], ["ar", "Arabic"]])) {
  test(`${name} says everything that English says`, () => {
    assert.deepEqual(areas.flatMap((area) => (has(language).includes(`${area}.json`) ? faults(language, area) : [`${language} lacks ${area}.json`])), []);
  });
}

test("no two screens and no two parts of a record have one name", () => {
  for (const language of ["en", "ru", "ar"]) {
    const all = areas.flatMap((area) => Object.entries(read(language, area)));
    const names = all.filter(([key]) => /^\w+\.title$/.test(key) || key.startsWith("record.tab.")).map(([, text]) => text);
    assert.deepEqual(names.filter((name, i) => names.indexOf(name) !== i), [], language);
  }
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
  const words = read("en", "rule");
  assert.deepEqual(rules.filter((rule) => !(rule in words)), []);
});
