// @ts-check
// Every path and method that the screens call stands in the OpenAPI document of the node.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));
const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));

/** @param {string} folder @returns {string[]} */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) =>
    one.isDirectory() ? sources(`${folder}${one.name}/`) : /\.(ts|svelte)$/.test(one.name) ? [`${folder}${one.name}`] : [],
  );
}

// Names of places in a path are each side's own.
const plain = (/** @type {string} */ path) => path.replace(/\{\w+\}/g, "{}");

test("every path that the screens call is one of the node's", () => {
  const known = new Set(
    Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${plain(path)}`)),
  );
  const called = sources(SOURCE).flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/"(GET|POST|PUT|DELETE) (\/[^"`$]*)"/g)].map((match) => `${match[1]} /api/v1${plain(match[2] ?? "")}`),
  );
  assert.ok(called.length > 10, "the calls were found");
  assert.deepEqual([...new Set(called)].filter((call) => !known.has(call)), []);
});
