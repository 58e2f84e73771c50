// @ts-check
// The release desk over two nodes: what is shown before is what arrives, two people decide, and what is taken back is gone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browserPath, enter, holds, launch, page, shot } from "./browser.mjs";
import { lacking, SOUTH } from "./stage.mjs";
import { file, note, pair, PEER } from "./two.mjs";

const why = lacking() ?? (browserPath() ? undefined : "there is no Chromium here");
const how = { skip: why ?? false, timeout: 120_000 };

/** @type {Awaited<ReturnType<typeof pair>>} */
let two;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  if (why) return;
  [two, browser] = await Promise.all([pair(), launch()]);
});
after(async () => {
  await browser?.close();
  await two?.end();
});

/** A browser of somebody, signed in. @param {import("./stage.mjs").Node} node @param {string} name */
async function somebody(node, name) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en" });
  const one = await page(context);
  await enter(one.opened, node, name);
  return { ...one, goto: (/** @type {string} */ screen) => one.opened.goto(`${node.address}/#/${screen}`), close: () => context.close() };
}

/** Brings a file to the desk and waits for what the node says. @param {import("playwright-core").Page} opened @param {ReturnType<typeof file>} picked */
async function bring(opened, picked) {
  await opened.getByLabel("Choose a file, or drop it here").setInputFiles(picked);
  await opened.getByRole("heading", { name: "Who would see it" }).waitFor();
}

/** South fetches by its screen. @param {string} said */
async function fetched(said) {
  const south = await somebody(two.south, "operator");
  await south.goto("partners");
  await south.opened.getByRole("button", { name: "Fetch now" }).click();
  await south.opened.getByText(said).first().waitFor();
  await holds(south, "partners");
  await shot(south.opened, "partners");
  return south;
}

/** What South holds of a record, as bytes. @param {string} id */
const held = (id) => two.south.json("show", id).content;

test("import, preview, publish, and it arrives exactly as previewed", how, async () => {
  const north = await somebody(two.north, "operator");
  const { opened } = north;
  const objects = [note("crossing at dawn", "green"), note("lorries at the pass", "green")];
  await north.goto("desk");
  await bring(opened, file("reports.json", [...objects, { type: "note", id: "note--broken" }]));
  await opened.getByText("1 object is not taken").waitFor();
  await opened.getByText("2 objects can be taken.").waitFor();
  await holds(north, "desk");
  await shot(opened, "desk");
  await opened.getByRole("button", { name: `What it would get ${SOUTH}` }).click();
  const bytes = opened.getByRole("dialog").locator("pre");
  await bytes.nth(1).waitFor();
  const foretold = await bytes.allTextContents();
  await holds(north, "desk preview");
  await shot(opened, "desk-preview");
  await opened.keyboard.press("Escape");
  await opened.getByRole("button", { name: "Publish", exact: true }).click();
  await opened.getByText("2 records are published.").waitFor();
  assert.equal(await opened.getByRole("button", { name: "Publish", exact: true }).count(), 0, "nobody publishes it twice");
  const south = await fetched("2 new records");
  assert.deepEqual(objects.map((object) => held(object.id)), foretold);
  await north.close();
  await south.close();
});

test("a second person refuses with a reason, and then approves", how, async () => {
  const north = await somebody(two.north, "operator");
  const { opened } = north;
  const red = note("for two people");
  await north.goto("desk");
  await opened.getByText("Level, dates, members and groups one by one").click();
  await opened.getByLabel("Level").selectOption("red");
  await opened.getByRole("group", { name: "Named recipients" }).getByLabel(SOUTH).check();
  await bring(opened, file("red.json", [red]));
  await opened.getByText("1 record needs a second person before it goes.").waitFor();
  await opened.getByRole("button", { name: "Publish, and ask a second person" }).click();
  await opened.getByText("1 record waits for a second person.").waitFor();

  const second = await somebody(two.north, "second");
  await second.goto("approvals");
  await second.opened.getByRole("link", { name: "Publish" }).click();
  await second.opened.getByText(SOUTH).first().waitFor();
  assert.equal(await second.opened.getByRole("button", { name: "Refuse" }).isEnabled(), false, "a refusal has a reason");
  await second.opened.getByLabel("Reason").fill("EXERCISE it names a source");
  await holds(second, "approval");
  await shot(second.opened, "approval");
  await second.opened.getByRole("button", { name: "Refuse" }).click();
  await second.opened.getByText("Nothing waits for a second person.").waitFor();

  await north.goto("drafts");
  await opened.getByText("EXERCISE it names a source").waitFor();
  await holds(north, "drafts");
  await shot(opened, "drafts");
  await opened.getByRole("button", { name: "Look and publish" }).click();
  await opened.getByRole("button", { name: `What it would get ${SOUTH}` }).click();
  await opened.getByRole("dialog").locator("pre").waitFor();
  await opened.getByRole("button", { name: "Publish", exact: true }).click();
  await opened.getByRole("link", { name: "Waits for approval" }).click();
  await opened.getByText("Another person has to approve what you proposed.").waitFor();
  assert.equal(await opened.getByRole("button", { name: "Approve" }).count(), 0, "nobody approves alone");

  await second.goto("approvals");
  await second.opened.getByRole("link", { name: "Publish" }).click();
  await second.opened.getByRole("button", { name: "Approve" }).click();
  await second.opened.getByText("Nothing waits for a second person.").waitFor();
  const south = await fetched("1 new record");
  assert.ok(held(red.id).includes("for two people"));
  for (const one of [north, second, south]) await one.close();
});

test("a record withdrawn is gone on the other side and both say so", how, async () => {
  const north = await somebody(two.north, "operator");
  const { opened } = north;
  const gone = note("to be withdrawn", "green");
  await north.goto("desk");
  await bring(opened, file("gone.json", [gone]));
  await opened.getByRole("button", { name: "Publish", exact: true }).click();
  await opened.getByText("1 record is published.").waitFor();
  await (await fetched("1 new record")).close();
  await north.goto(`record/${gone.id}`);
  await opened.getByRole("button", { name: "Withdraw" }).click();
  await opened.getByRole("dialog").getByLabel("Why").fill("EXERCISE counted twice");
  await opened.getByRole("dialog").getByRole("button", { name: "Withdraw" }).click();
  await opened.getByText("Withdrawn.", { exact: true }).waitFor();
  await opened.getByText("withdrawn", { exact: true }).first().waitFor();
  two.south.run("pull", PEER);
  const south = await somebody(two.south, "operator");
  await south.goto(`record/${gone.id}`);
  await south.opened.locator(".state").first().waitFor();
  assert.notEqual(two.south.json("show", gone.id).state, "live");
  await north.close();
  await south.close();
});

test("a recall reaches its holder, a signed answer comes back", how, async () => {
  const north = await somebody(two.north, "operator");
  const { opened } = north;
  const wrong = note("to be recalled", "green");
  await north.goto("desk");
  await bring(opened, file("wrong.json", [wrong]));
  await opened.getByRole("button", { name: "Publish", exact: true }).click();
  await opened.getByText("1 record is published.").waitFor();
  await (await fetched("1 new record")).close();
  await north.goto(`record/${wrong.id}`);
  await opened.getByRole("button", { name: "Recall" }).click();
  await opened.getByRole("dialog").getByRole("button", { name: "Recall it" }).click();
  await opened.getByText(`Recalled. These are told: ${SOUTH}.`).waitFor();

  two.south.run("exchange", PEER);
  const south = await somebody(two.south, "operator");
  await south.goto("recalls");
  const theirs = south.opened.locator("section", { hasText: wrong.id });
  await theirs.getByRole("button", { name: "Decide" }).click();
  await south.opened.getByLabel("Delete it, as was asked").check();
  await south.opened.getByRole("button", { name: "Decide and answer" }).click();
  await theirs.getByText("deleted here").waitFor();
  await holds(south, "recalls here");
  two.south.run("exchange", PEER);

  await north.goto("recalls");
  await opened.reload();
  const ours = opened.locator("section", { hasText: wrong.id });
  await ours.getByText("states that it did what was asked (signed)").waitFor();
  assert.equal(await ours.getByRole("button", { name: "Wait no longer" }).count(), 0, "nobody is waited for");
  await holds(north, "recalls");
  await shot(opened, "recalls");
  await north.close();
  await south.close();
});

test("nothing is published while another look is under way, and the reasons are in the language of the page", how, async () => {
  const north = await somebody(two.north, "operator");
  const { opened } = north;
  await north.goto("desk");
  await bring(opened, file("twice.json", [note("looked at twice", "green")]));
  /** @type {import("playwright-core").Route[]} */
  const looks = [];
  await opened.route(/import\/look\?/, (route) => void looks.push(route));
  await opened.getByText("Level, dates, members and groups one by one").click();
  for (const level of ["amber", "amber+strict"]) {
    const asked = opened.waitForRequest(/import\/look\?/);
    await opened.getByLabel("Level").selectOption(level);
    await asked;
  }
  const publish = opened.getByRole("button", { name: "Publish", exact: true });
  assert.equal(await publish.isEnabled(), false);
  assert.equal(await opened.getByRole("button", { name: "Keep as drafts" }).isEnabled(), false);
  await looks.at(-1)?.continue();
  await opened.locator("[aria-busy=false] .chip", { hasText: "TLP:AMBER+STRICT" }).first().waitFor();
  assert.equal(await publish.isEnabled(), true);
  await opened.getByLabel("Language").selectOption("ru");
  await opened.getByRole("heading", { name: "Кто это увидит" }).waitFor();
  assert.equal(await opened.locator(".members .why [lang=en]").count(), 0);
  await north.close();
});

test("of two drafts under one id the one on screen is published", how, async () => {
  const north = await somebody(two.north, "operator");
  const { opened } = north;
  const older = note("told first", "green");
  const newer = { ...older, modified: "2026-03-02T00:00:00.000Z", abstract: "EXERCISE told later" };
  for (const one of [older, newer]) {
    await north.goto("desk");
    await bring(opened, file("draft.json", [one]));
    await opened.getByRole("button", { name: "Keep as drafts" }).click();
    await opened.getByText("1 draft is kept").waitFor();
  }
  await north.goto("drafts");
  const line = opened.getByRole("listitem").filter({ hasText: "EXERCISE told first" });
  assert.match((await line.getByRole("link").first().getAttribute("href")) ?? "", /version=2026-03-01/);
  const seen = opened.waitForRequest(/\/sights$/);
  await line.getByRole("button", { name: "Look and publish" }).click();
  const sent = opened.waitForRequest(/\/publish$/);
  await opened.getByRole("button", { name: "Publish", exact: true }).click();
  for (const request of [await seen, await sent]) assert.match(decodeURIComponent(request.url()), new RegExp(`${older.id}@2026-03-01`));
  await line.waitFor({ state: "detached" });
  await opened.getByRole("link", { name: "EXERCISE told later" }).waitFor();
  await north.close();
});

test("the parts of an extension stand below its name and are never squeezed", how, async () => {
  const north = await somebody(two.north, "operator");
  const { opened } = north;
  const deep = { where: { first: { second: { sha256: "0123456789abcdef".repeat(8), text: "EXERCISE what was written on the crate in the invented ford" } } } };
  const extended = { ...note("with an extension", "green"), extensions: { "extension-definition--00000000-0000-4000-8000-00000000e001": { extension_type: "property-extension", ...deep } } };
  await north.goto("desk");
  await bring(opened, file("deep.json", [extended]));
  await opened.getByRole("button", { name: "Publish", exact: true }).click();
  await opened.getByText("1 record is published.").waitFor();
  await north.goto(`record/${extended.id}`);
  await opened.getByText("written on the crate").first().waitFor();
  const least = await opened.locator(".facts dd").evaluateAll((all) => Math.min(...all.map((one) => one.getBoundingClientRect().width)));
  assert.ok(least > 240, `the narrowest value is ${least} px wide`);
  await holds(north, "record with an extension");
  await shot(opened, "record-deep");
  await opened.setViewportSize({ width: 360, height: 780 });
  await holds(north, "record with an extension, narrow");
  await shot(opened, "record-deep-360");
  await north.close();
});

for (const [theme, lang, width] of /** @type {const} */ ([["light", "ru", 1280], ["dark", "en", 1280], ["dark", "ar", 1280], ["light", "en", 320]])) {
  test(`every screen of the desk holds in ${theme} and ${lang} at ${width}`, how, async () => {
    const north = await somebody(two.north, "operator");
    await north.opened.setViewportSize({ width, height: 900 });
    for (const screen of ["desk", "drafts", "approvals", "recalls", "partners"]) {
      await north.goto(`${screen}?lang=${lang}&theme=${theme}`);
      await north.opened.reload();
      await north.opened.locator("main h1").waitFor();
      await north.opened.waitForLoadState("networkidle");
      await shot(north.opened, `${screen}-${theme}-${lang}-${width}`);
      await holds(north, `${screen} ${theme} ${lang} ${width}`);
    }
    await north.close();
  });
}
