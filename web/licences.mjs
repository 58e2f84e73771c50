// @ts-check
// The licences of the packages of the screens: those that are allowed are the ones of deny.toml, and the one of the
// fonts. `node licences.mjs` prints every package with its licence.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Fonts come under this one: they are shipped as they are. */
const OF_FONTS = "OFL-1.1";
/** It asks nothing of whoever uses it; a tool of the build has it. */
const FREE = "0BSD";

/** @returns {{ name: string, licence: string }[]} */
export function packages() {
  const lock = JSON.parse(readFileSync(new URL("package-lock.json", import.meta.url), "utf8"));
  return Object.entries(lock.packages)
    .filter(([path]) => path !== "")
    .map(([path, one]) => ({ name: `${path.split("node_modules/").pop()} ${one.version}`, licence: one.license ?? "none" }));
}

function allowed() {
  const text = readFileSync(new URL("../deny.toml", import.meta.url), "utf8");
  const list = /^allow = \[([^\]]*)\]/m.exec(text)?.[1] ?? "";
  return new Set([...list.matchAll(/"([^"]+)"/g)].map((match) => match[1]));
}

/** The packages whose licence is not allowed. @returns {string[]} */
export function refused() {
  const good = allowed().add(FREE);
  /** @param {string} licence */
  const fits = (licence) => licence.replace(/[()]/g, "").split(" OR ").some((choice) => choice.split(" AND ").every((one) => good.has(one)));
  return packages()
    .filter(({ name, licence }) => !fits(licence) && !(licence === OF_FONTS && name.startsWith("@fontsource-variable/")))
    .map(({ name, licence }) => `${name} (${licence})`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { name, licence } of packages()) console.log(`${name}: ${licence}`);
  const bad = refused();
  if (bad.length > 0) {
    console.error(`not allowed: ${bad.join(", ")}`);
    process.exit(1);
  }
}
