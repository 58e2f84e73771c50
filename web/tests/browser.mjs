// @ts-check
// A browser and what every page of ours is held to: no violation of the policy, no error on the console, no finding of
// axe, whole marking chips, no sideways scroll.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SHOTS = join(process.env["CARGO_TARGET_DIR"] ?? fileURLToPath(new URL("../../target", import.meta.url)), "screens");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The Chromium of this machine; nothing when there is none. */
export function browserPath() {
  const named = process.env["COMITY_CHROMIUM"];
  if (named) return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
    if (found) return found;
  }
  return undefined;
}

/** Starts it. */
export function launch() {
  const executablePath = browserPath();
  assert.ok(executablePath, "there is no Chromium here");
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath, args });
}

/** A page that notes what it must not do. @param {import("playwright-core").BrowserContext} context */
export async function page(context) {
  const opened = await context.newPage();
  /** @type {string[]} */
  const faults = [];
  opened.on("console", (message) => {
    // What the node answers with 401 and the like is the network's note, not a fault of the page.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) faults.push(message.text());
  });
  opened.on("pageerror", (error) => faults.push(error.message));
  await opened.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return { opened, faults };
}

/** Chips that are cut or stand outside of the page, where nothing scrolls to them. @param {import("playwright-core").Page} opened */
export function cutChips(opened) {
  return opened.evaluate(() =>
    [...document.querySelectorAll(".chip")]
      .filter((chip) => {
        // A wide table scrolls in a region of its own: what stands further on there is reached, not cut.
        const wide = chip.closest("[role=region][tabindex='0']");
        const box = chip.getBoundingClientRect();
        const away = box.left < 0 || box.right > innerWidth;
        return chip.scrollWidth > chip.clientWidth || (away && !(wide && wide.scrollWidth > wide.clientWidth));
      })
      .map((chip) => chip.textContent),
  );
}

/** Findings of axe. @param {import("playwright-core").Page} opened @returns {Promise<string[]>} */
export async function findings(opened) {
  // By the debugger, which the policy of the page does not bind.
  const session = await opened.context().newCDPSession(opened);
  await session.send("Runtime.evaluate", { expression: `${AXE};0` });
  await session.detach();
  return opened.evaluate(async (rules) => {
    // @ts-ignore: axe is there now
    const result = await axe.run(document, { runOnly: rules });
    return result.violations.map((/** @type {any} */ one) => `${one.id}: ${one.nodes.map((/** @type {any} */ node) => node.html).join(" ")}`);
  }, RULES);
}

/** Holds a page that stands to everything at once. @param {{ opened: import("playwright-core").Page, faults: string[] }} one @param {string} name */
export async function holds({ opened, faults }, name) {
  assert.deepEqual(faults, [], `${name}: the console and the policy`);
  assert.deepEqual(await cutChips(opened), [], `${name}: chips`);
  assert.deepEqual(await findings(opened), [], `${name}: axe`);
  const wide = await opened.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, `${name}: sideways scroll`);
}

/** Keeps a picture of it. @param {import("playwright-core").Page} opened @param {string} name */
export async function shot(opened, name) {
  mkdirSync(SHOTS, { recursive: true });
  await opened.screenshot({ path: join(SHOTS, `${name}.png`) });
}

/** Takes a one-time link, sets a password and waits for the first screen. @param {import("playwright-core").Page} opened @param {import("./stage.mjs").Node} node @param {string} name @param {string} [password] */
export async function enter(opened, node, name, password = "quiet harbour lantern seven") {
  await opened.goto(`${node.address}/${node.link(name)}?lang=en`);
  await opened.getByLabel("New password").fill(password);
  await opened.getByLabel("The same again").fill(password);
  await opened.getByRole("button", { name: "Set it and sign in" }).click();
  await opened.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  return password;
}
