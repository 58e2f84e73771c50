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
  await south.opened.getByRole("button", { name: "Decide" }).first().click();
  await south.opened.getByLabel("Delete it, as was asked").check();
  await south.opened.getByRole("button", { name: "Decide and answer" }).click();
  await south.opened.getByText("deleted here").first().waitFor();
  await holds(south, "recalls here");
  two.south.run("exchange", PEER);

  await north.goto("recalls");
  await opened.reload();
  await opened.getByText("states that it did what was asked (signed)").first().waitFor();
  await holds(north, "recalls");
  await shot(opened, "recalls");
  await north.close();
  await south.close();
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
