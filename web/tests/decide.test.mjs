// @ts-check
// What the council decides, counts and keeps, on screen: a figure down to the records that it counted, a decision with its
// clock, and a session from its agenda to its journal.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { browserPath, enter, holds, launch, page, shot } from "./browser.mjs";
import { lacking, NORTH, SOUTH, stage } from "./stage.mjs";

const why = browserPath() ? lacking() : "there is no Chromium here";
if (why && process.env["CI"]) throw new Error(why);
const options = { skip: why ?? false, timeout: 120_000 };
const READING = fileURLToPath(new URL("../../demo/council.json", import.meta.url));
const COUNCIL = "EXERCISE Council of the Rivers";
const MODES = /** @type {const} */ ([
  ["light", "en", 1280],
  ["dark", "ru", 1280],
  ["light", "ar", 1280],
  ["dark", "ar", 320],
  ["light", "en", 320],
]);

/** @type {import("./stage.mjs").Node} */
let node;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {any} */
let operator;
let [decision, figure, session] = ["", "", ""];

/** @param {string[]} words */
function made(...words) {
  const id = /[a-z-]+--[0-9a-f-]{36}/.exec(node.run(...words))?.[0];
  assert.ok(id, words.join(" "));
  return id;
}

/** A body with a session that was held, its journal, a decision that waits, and a figure. */
function fill() {
  const into = ["--collection", "press"];
  const body = made("new", "body", "--name", COUNCIL, "--body-form", "council", "--fact", "--tlp", "green", ...into);
  decision = made("new", "decision", "--title", "EXERCISE patrols on the ferries", "--body", body, "--text", "EXERCISE the members patrol the ferries together", "--procedure", "silence", "--status", "proposed", "--fact", "--tlp", "green", ...into);
  node.run("decision", "open", decision, "--until", new Date(Date.now() + 2 * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z"), "--reason", "EXERCISE opened");
  const at = `${COUNCIL}/7`;
  session = made("session", "new", "--body", COUNCIL, "--number", "7", "--on", "2026-05-01", "--place", "EXERCISE Karsk", "--tlp", "green");
  const item = made("session", "agenda", at, "--number", "1", "--title", "EXERCISE ferries at night");
  node.run("session", "invite", at);
  node.run("session", "attend", at, "--member", NORTH, "--member", SOUTH);
  node.run("session", "hold", at);
  node.run("session", "say", at, "--speaker", "EXERCISE Mira Toll", "--text", "EXERCISE two ferries crossed without lights", "--at", "2026-05-01T10:20:00Z", "--item", item, "--decision", decision);
  node.run("session", "say", at, "--speaker", "EXERCISE Orlan Vesk", "--text", "EXERCISE the north will look into it", "--at", "2026-05-01T10:30:00Z");
  node.run("journal", "table", at, "--tlp", "amber");
  node.run("journal", "approve", at, "--text", "EXERCISE as it was said");
  for (const place of ["landing", "ferry", "bridge"]) node.run("new", "attack", "--fact", "--title", `EXERCISE attack on the ${place}`, "--on", "2026-04-02", "--country", "XA", "--tlp", "clear", ...into);
  figure = made("figure", "new", ...into, "--title", "EXERCISE attacks in the spring", "--ask", "kind:attack", "--from", "2026-03", "--until", "2026-05", "--unit", "attacks", "--rule", "EXERCISE each attack once", "--purpose", "border-security", "--tlp", "clear");
}

before(async () => {
  if (why) return;
  [node, browser] = await Promise.all([stage({ empty: true }), launch()]);
  node.run("collection", "add", "Press");
  node.run("council", "import", READING, "--collection", "press", "--editor", "EXERCISE editor");
  fill();
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

test("follow a figure to its records", options, async () => {
  const told = node.json("figure", "explain", figure);
  const one = await on("/council/figures");
  const { opened } = one;
  await opened.getByRole("link", { name: "EXERCISE attacks in the spring" }).click();
  await opened.getByRole("heading", { name: "EXERCISE attacks in the spring", level: 1 }).waitFor();
  const main = opened.locator("main");
  assert.ok((await main.innerText()).includes(told.figure), "the number as it is told");
  await opened.getByText("records of kind:attack").waitFor();
  const rows = main.locator("tbody tr");
  assert.equal(await rows.count(), told.counted, "every record that it counted stands there");
  await holds(one, "figure");
  const first = rows.first().getByRole("link");
  const id = await first.innerText();
  await first.click();
  await opened.locator("main").getByText(id).first().waitFor();
  assert.ok(opened.url().includes(`/record/${id}`), "the record opens");
  await one.close();
});

test("the number in somebody's words is shown with the claim and not as a figure of ours", options, async () => {
  const one = await on("/figure/c-2019-02");
  await one.opened.getByRole("heading", { name: "The words" }).waitFor();
  assert.ok(one.opened.url().includes("/claim/c-2019-02"));
  await one.close();
});

test("a decision shows until when it waits and what each member says", options, async () => {
  const one = await on("/council/decisions");
  const { opened } = one;
  await opened.getByText("waits for silence · silence until").waitFor();
  await opened.getByRole("link", { name: "EXERCISE patrols on the ferries" }).click();
  await opened.getByRole("heading", { name: "waits for silence" }).waitFor();
  assert.ok((await opened.locator("[data-deadline]").innerText()).trim(), "the deadline stands there");
  const south = opened.locator("tbody tr").filter({ hasText: SOUTH });
  assert.match(await south.innerText(), /silent/);
  await holds(one, "decision");
  await one.close();
});

test("walk a session from agenda to journal", options, async () => {
  const one = await on("/council");
  const { opened } = one;
  await opened.getByRole("link", { name: `${COUNCIL}, session 7` }).click();
  await opened.getByText("EXERCISE ferries at night").waitFor();
  const journal = opened.getByRole("region", { name: "Journal" });
  const text = await journal.innerText();
  assert.match(text, /tabled/);
  assert.match(text, new RegExp(`Approved by\\s+${NORTH}`));
  assert.match(text, new RegExp(`Not yet approved by\\s+${SOUTH}`));
  const entries = journal.getByRole("listitem");
  assert.equal(await entries.count(), 2);
  assert.match(await entries.first().innerText(), /EXERCISE Mira Toll[^]*two ferries crossed without lights/);
  await holds(one, "session with journal");
  await entries.first().getByRole("link", { name: decision }).click();
  await opened.getByRole("heading", { name: "EXERCISE patrols on the ferries" }).first().waitFor();
  await one.close();
});

for (const [scheme, language, width] of MODES) {
  test(`decisions, figures and a journal are whole in ${scheme}, ${language}, ${width} px`, options, async () => {
    const one = await on(`/today?lang=${language}`, { viewport: { width, height: width === 320 ? 640 : 860 }, colorScheme: scheme });
    /** @type {[string, string, string][]} */
    const screens = [
      ["council-decisions", "/council/decisions", ".line"],
      ["council-decision", `/decision/${decision}`, "tbody tr"],
      ["council-figures", "/council/figures", ".line"],
      ["council-figure", `/figure/${figure}`, "tbody tr"],
      ["council-journal", `/session/${session}`, ".journal"],
      ["council-no-decision", "/decision/none", ".fault"],
    ];
    for (const [name, hash, ready] of screens) {
      await one.opened.goto(`${node.address}/#${hash}?lang=${language}`);
      const there = one.opened.locator(ready).first();
      await there.waitFor();
      if (ready === ".journal") await there.scrollIntoViewIfNeeded();
      await shot(one.opened, `${name}-${scheme}-${language}-${width}`);
      await holds(one, `${name} ${scheme} ${language} ${width}`);
    }
    await one.close();
  });
}
