// @ts-check
// Every screen in light and dark, in three languages, wide and narrow: no finding of axe, no violation of the policy, no
// error, no cut marking, no sideways scroll. The pictures lie in target/screens.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browserPath, enter, holds, launch, page, shot } from "./browser.mjs";
import { lacking, stage } from "./stage.mjs";

const why = browserPath() ? lacking() : "there is no Chromium here";
if (why && process.env["CI"]) throw new Error(why);
const options = { skip: why ?? false, timeout: 120_000 };
const MODES = /** @type {const} */ ([
  ["light", "en", 1280],
  ["dark", "ru", 1280],
  ["light", "ar", 1280],
  ["dark", "en", 320],
  ["light", "ru", 320],
]);

/** @type {import("./stage.mjs").Node} */
let node;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {any} */
let operator;

before(async () => {
  if (why) return;
  [node, browser] = await Promise.all([stage(), launch()]);
  const context = await browser.newContext();
  const { opened } = await page(context);
  await enter(opened, node, "operator");
  operator = await context.storageState();
  await context.close();
});
after(async () => {
  await browser?.close();
  await node?.end();
});

/** The screens by name: the address, and what stands there when it is ready. @returns {Record<string, [string, string]>} */
function screens() {
  const record = (/** @type {string} */ name, tab = "") => `/record/${node.records[name]}${tab === "" ? "" : `?tab=${tab}`}`;
  return {
    today: ["/today", ".today .empty, .today section"],
    records: ["/records", "[data-line]"],
    none: ["/records?kind=payment", ".empty"],
    record: [record("person"), ".facts"],
    claims: [record("event", "claims"), "[role=tabpanel] table, [role=tabpanel] .empty"],
    links: [record("event", "links"), ".links li"],
    sights: [`${record("group", "sights")}&member=identity--2b8c7a54-5d0e-4a0e-8f5e-0c8f3c1d9b22`, "#why .answer"],
    history: [record("event", "history"), ".versions li"],
    deliveries: [record("event", "deliveries"), "[role=tabpanel] table"],
    missing: ["/record/incident--00000000-0000-4000-8000-000000000000", ".fault"],
    nowhere: ["/nowhere", ".empty"],
  };
}

for (const [scheme, language, width] of MODES) {
  test(`every screen is whole in ${scheme}, ${language}, ${width} px`, options, async () => {
    const height = width === 320 ? 640 : 860;
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, storageState: operator });
    const one = await page(context);
    for (const [name, [hash, ready]] of Object.entries(screens())) {
      await one.opened.goto(`${node.address}/#${hash}${hash.includes("?") ? "&" : "?"}lang=${language}`);
      await one.opened.locator(ready).first().waitFor();
      await shot(one.opened, `${name}-${scheme}-${language}-${width}`);
      await holds(one, `${name} ${scheme} ${language} ${width}`);
    }
    await context.close();
  });
}

test("Tab reaches every control of the list, and each shows that it has the focus", options, async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, storageState: operator });
  const { opened } = await page(context);
  await opened.goto(`${node.address}/#/records?lang=en`);
  await opened.locator("[data-line]").first().waitFor();
  const wanted = await opened.evaluate(() =>
    [...document.querySelectorAll("a[href], button, input, select, summary")].filter((one) => one instanceof HTMLElement && one.checkVisibility()).length,
  );
  const reached = new Set();
  for (let i = 0; i < wanted + 5; i += 1) {
    await opened.keyboard.press("Tab");
    const [id, outline] = await opened.evaluate(() => {
      const here = document.activeElement;
      if (!here || here === document.body) return ["", ""];
      const all = [...document.querySelectorAll("*")];
      return [String(all.indexOf(here)), getComputedStyle(here).outlineStyle];
    });
    if (id === "") continue;
    reached.add(id);
    assert.notEqual(outline, "none", `control ${id} shows no focus`);
  }
  assert.ok(reached.size >= wanted, `${reached.size} of ${wanted} controls are reached`);
  await context.close();
});
