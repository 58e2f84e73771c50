// @ts-check
// The council's work on screen, over the reading of five public reports that the demonstration brings in, and the ledger
// that a page checks by itself.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { browserPath, enter, holds, launch, page, shot } from "./browser.mjs";
import { lacking, stage } from "./stage.mjs";

const why = browserPath() ? lacking() : "there is no Chromium here";
if (why && process.env["CI"]) throw new Error(why);
const options = { skip: why ?? false, timeout: 120_000 };
const READING = fileURLToPath(new URL("../../demo/council.json", import.meta.url));
const MODES = /** @type {const} */ ([
  ["light", "en", 1280],
  ["dark", "ru", 1280],
  ["light", "ar", 1280],
  ["dark", "ar", 320],
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
  [node, browser] = await Promise.all([stage({ empty: true }), launch()]);
  node.run("collection", "add", "Press");
  node.run("council", "import", READING, "--collection", "press", "--editor", "EXERCISE editor");
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

/** The operator's browser on a screen. @param {string} hash @param {object} [how] */
async function on(hash, how = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, storageState: operator, ...how });
  const one = await page(context);
  await one.opened.goto(`${node.address}/#${hash}${hash.includes("?") ? "&" : "?"}lang=en`);
  return { ...one, close: () => context.close() };
}

test("compare the 30,000 and 200,000 claims with their ratio, never averaged", options, async () => {
  const one = await on("/compare");
  const { opened } = one;
  await opened.getByRole("link", { name: "How many members has IS?" }).click();
  await opened.getByRole("heading", { name: "How many members has IS?", level: 1 }).waitFor();
  const row = opened.locator("tr[data-row=value]");
  assert.deepEqual(await row.locator("td").allTextContents(), ["about 30,000", "about 200,000"]);
  assert.equal(await row.getAttribute("data-state"), "differs");
  assert.equal(await opened.locator("tr[data-row=unit]").getAttribute("data-state"), "same");
  await opened.getByText("ratio 6.67").first().waitFor();
  await opened.getByText("never averaged").first().waitFor();
  await opened.getByText("These numbers cannot all hold.").waitFor();
  assert.equal(await opened.getByText("untraced, because period, counting rule, and contributors are missing").count(), 2);
  const text = await opened.locator("main").innerText();
  assert.ok(!text.includes("115,000") && !text.includes("115000"), "nobody makes a number of both");
  assert.ok(text.includes("US Central Intelligence Agency") && text.includes("Iraqi authorities"));
  await holds(one, "compare");
  await shot(opened, "compare");

  await opened.getByRole("button", { name: "Adopt a view" }).click();
  const dialog = opened.getByRole("dialog");
  await dialog.getByRole("radio").first().check();
  await dialog.getByLabel("Why").fill("EXERCISE our own count agrees");
  await holds(one, "adopt");
  await dialog.getByRole("button", { name: "State it" }).click();
  await opened.getByText("EXERCISE our own count agrees").waitFor();
  assert.equal(await row.locator("td").count(), 2, "the other claim stands as before");
  await holds(one, "adopted");
  await one.close();
});

test("walk a session from its agenda to what was said", options, async () => {
  const one = await on("/council");
  const { opened } = one;
  await opened.getByText("No. 47").waitFor();
  await holds(one, "sessions");
  await shot(opened, "sessions");
  await opened.getByRole("link", { name: "Council session 41, Baku" }).click();
  await opened.getByRole("heading", { name: "Council session 41, Baku", level: 1 }).waitFor();
  const field = (/** @type {string} */ name) => opened.locator(`[data-field=${name}]`);
  assert.match(await field("chair-of-the-body").innerText(), /Alexander Bortnikov\s+stated/);
  assert.match(await field("chair-of-the-meeting").innerText(), /not known\s+unknown/);
  assert.match(await field("observers").innerText(), /several European countries\s+unnamed, number not stated\s+stated/);
  await opened.getByText("Terrorism as the main issue").waitFor();
  const measures = opened.getByRole("region", { name: "Measures" });
  assert.match(await measures.innerText(), /intended\s*not adopted/);
  await opened.locator(".claim").first().waitFor();
  await holds(one, "session");
  await shot(opened, "session");
  await opened.locator(".claim [data-line]").first().click();
  await opened.getByRole("heading", { name: "The words" }).waitFor();
  await opened.getByText("One speech is one source").waitFor();
  await holds(one, "claim");
  await shot(opened, "claim");
  await one.close();
});

test("a programme says of which of its years no figures were provided", options, async () => {
  const one = await on("/council/programmes");
  const table = one.opened.getByRole("table");
  await table.getByText("not provided").waitFor();
  assert.equal(await table.getByText("no report here").count(), 2);
  await one.close();
});

/** What the node answers, whatever the page knows of it already. @param {import("playwright-core").Route} route */
async function answerOf(route) {
  const { "if-none-match": _, ...headers } = route.request().headers();
  return (await route.fetch({ headers })).json();
}

test("the page verifies the ledger and notices an altered leaf", options, async () => {
  const one = await on("/ledger");
  const { opened } = one;
  await opened.locator("[data-check=leaves]").waitFor();
  const outcomes = () => opened.locator("[data-check]").evaluateAll((all) => all.map((one) => one.getAttribute("data-outcome")));
  assert.deepEqual(await outcomes(), ["right", "right", "right"]);
  await opened.getByText("What it did not check").waitFor();
  await holds(one, "ledger");
  await shot(opened, "ledger");

  await opened.route(/ledger\/leaves/, async (route) => {
    const answer = await answerOf(route);
    const leaf = JSON.parse(Buffer.from(answer.leaves[1], "base64").toString());
    answer.leaves[1] = Buffer.from(JSON.stringify({ ...leaf, actor: "somebody else" })).toString("base64");
    await route.fulfill({ json: answer });
  });
  await opened.getByRole("button", { name: "Check again" }).click();
  await opened.getByText("Do not rely on this ledger.").waitFor();
  assert.deepEqual(await outcomes(), ["right", "wrong", "right"]);
  await holds(one, "ledger altered");

  await opened.route(/desk\/ledger$/, async (route) => {
    const answer = await answerOf(route);
    await route.fulfill({ json: { ...answer, checkpoint: answer.checkpoint.replace(/^(\d+)$/m, (/** @type {string} */ n) => String(Number(n) - 1)) } });
  });
  await opened.getByRole("button", { name: "Check again" }).click();
  await opened.getByText("The checkpoint is not signed with the key of this ledger.").waitFor();
  await one.close();
});

for (const [scheme, language, width] of MODES) {
  test(`every screen of the council and of the ledger is whole in ${scheme}, ${language}, ${width} px`, options, async () => {
    const one = await on(`/today?lang=${language}`, { viewport: { width, height: width === 320 ? 640 : 860 }, colorScheme: scheme });
    /** @type {[string, string, string][]} */
    const screens = [
      ["council-sessions", "/council", ".line"],
      ["council-claims", "/council/claims", ".claim"],
      ["council-programmes", "/council/programmes", ".programme"],
      ["council-measures", "/council/measures", ".measure"],
      ["council-bodies", "/council/bodies", ".line"],
      ["council-session", "/session/cis-sorb-047", ".claim"],
      ["council-message", "/session/cis-sorb-2015-10-28", ".claim"],
      ["council-claim", "/claim/c-2019-02", ".figure"],
      ["council-missing", "/claim/none", ".fault"],
      ["compare-list", "/compare", ".line"],
      ["compare-proposals", "/compare?tab=proposals", "[role=tabpanel] .card, [role=tabpanel] .empty"],
      ["compare-set", "/compare/k-2015-strength", "tr[data-row=value]"],
      ["compare-one-voice", "/compare/k-2024-attribution", "tr[data-row=words]"],
      ["compare-roles", "/compare/k-chair", ".pairs"],
      ["ledger", "/ledger", "[data-check=order]"],
    ];
    for (const [name, hash, ready] of screens) {
      await one.opened.goto(`${node.address}/#${hash}${hash.includes("?") ? "&" : "?"}lang=${language}`);
      await one.opened.locator(ready).first().waitFor();
      await shot(one.opened, `${name}-${scheme}-${language}-${width}`);
      await holds(one, `${name} ${scheme} ${language} ${width}`);
    }
    await one.close();
  });
}
