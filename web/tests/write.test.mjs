// @ts-check
// Writing: a record by keyboard alone from a pasted page, forms that survive, faults at their fields, and new versions.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browserPath, enter, holds, launch, page, shot } from "./browser.mjs";
import { lacking, SOUTH, stage, WEST } from "./stage.mjs";

const why = lacking() ?? (browserPath() ? undefined : "there is no Chromium here");
const how = { skip: why ?? false, timeout: 120_000 };

/** @type {import("./stage.mjs").Node} */
let node;
/** @type {import("playwright-core").Browser} */
let browser;
/** The cookies of the operator, who signed in once. @type {any} */
let operator;
let password = "";

before(async () => {
  if (why) return;
  [node, browser] = await Promise.all([stage(), launch()]);
  const context = await browser.newContext();
  password = await enter((await page(context)).opened, node, "operator");
  operator = await context.storageState();
  await context.close();
});
after(async () => {
  await browser?.close();
  await node?.end();
});

/** A page of the operator. @param {string} hash @param {object} [more] */
async function at(hash, more = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, storageState: operator, ...more });
  const one = await page(context);
  await one.opened.goto(`${node.address}/#${hash}${hash.includes("lang=") ? "" : `${hash.includes("?") ? "&" : "?"}lang=en`}`);
  return { ...one, close: () => context.close() };
}

/** Presses Tab until something stands under the focus. @param {import("playwright-core").Page} opened @param {string} selector */
async function tabTo(opened, selector) {
  for (let i = 0; i < 150; i += 1) {
    if (await opened.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    await opened.keyboard.press("Tab");
  }
  assert.fail(`Tab never comes to ${selector}`);
}

const field = (/** @type {string} */ path) => `[data-path="${path}"]`;
const PAGE = "EXERCISE report of the invented post: on 1 March 2026, before dawn, 6 persons crossed at the Karsk ford on foot. A lorry 0101AB01 waited on the other side. Called: +000 000 000 001.";

test("a border event is written by keyboard alone from a pasted page, with its file, and shared with two members", how, async () => {
  const one = await at("/today");
  const { opened } = one;
  await opened.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  await opened.keyboard.press("g");
  await opened.keyboard.press("n");
  await opened.getByRole("heading", { name: "New record", level: 1 }).waitFor();
  await tabTo(opened, 'a[href*="kind=border-event"]');
  await opened.keyboard.press("Enter");
  await opened.getByRole("button", { name: "Paste a text" }).waitFor();
  await tabTo(opened, "button[aria-expanded]");
  await opened.keyboard.press("Enter");
  await opened.getByLabel("The text", { exact: true }).waitFor();
  await tabTo(opened, ".paste textarea");
  await opened.keyboard.insertText(PAGE);
  await opened.keyboard.press("Tab");
  await opened.keyboard.press("Enter");
  await opened.getByRole("heading", { name: "4 values found" }).waitFor();
  await shot(opened, "write-paste");
  await holds(one, "paste");
  // The date goes where an event begins, the persons where they are counted; one key each.
  await opened.keyboard.press("Enter");
  await opened.getByText("taken into: During › From").waitFor();
  await opened.keyboard.press("Enter");
  await opened.getByText("taken into: Persons").waitFor();
  await tabTo(opened, field("title"));
  await opened.keyboard.insertText("EXERCISE crossing at the Karsk ford before dawn");
  await tabTo(opened, field("place.country"));
  await opened.keyboard.insertText("XA");
  await tabTo(opened, field("basis.whole.statement"));
  await opened.keyboard.press("f");
  await tabTo(opened, 'input[type="file"]');
  const [chooser] = await Promise.all([opened.waitForEvent("filechooser"), opened.keyboard.press("Enter")]);
  await chooser.setFiles({ name: "report.txt", mimeType: "text/plain", buffer: Buffer.from(PAGE) });
  await opened.getByText("report.txt").first().waitFor();
  await tabTo(opened, field("tlp"));
  for (let i = 0; i < 2; i += 1) await opened.keyboard.press("ArrowDown");
  await opened.getByText("2 members will see it").first().waitFor();
  assert.deepEqual(await opened.locator(".members .who bdi").allTextContents(), [SOUTH, WEST]);
  await shot(opened, "write-new");
  await holds(one, "new");
  await tabTo(opened, "form .foot button.main");
  await opened.keyboard.press("Enter");
  await opened.getByRole("heading", { name: "EXERCISE crossing at the Karsk ford before dawn", level: 1 }).waitFor();
  await opened.getByText("report.txt").waitFor();
  const id = /\/record\/([^?]+)/.exec(decodeURIComponent(opened.url()))?.[1] ?? "";
  const said = JSON.parse(node.json("show", id).content);
  assert.equal(node.json("show", id).state, "live");
  assert.equal(said.name, "EXERCISE crossing at the Karsk ford before dawn");
  for (const member of [SOUTH, WEST]) {
    const told = node.json("explain", id, "--to", member);
    assert.equal(told.sight.view, "whole", `${member}: ${JSON.stringify(told)}`);
  }
  const file = await opened.request.get(`${node.address}${await opened.getByRole("link", { name: "report.txt" }).getAttribute("href")}`);
  assert.equal(await file.text(), PAGE);
  await opened.goto(`${node.address}/#/new?lang=en`);
  await opened.getByRole("heading", { name: "What is it about?" }).waitFor();
  assert.equal(await opened.getByText("Begun and not kept yet").count(), 0, "what was kept is begun no more");
  await one.close();
});

test("a form survives the end of a visit and a reload", how, async () => {
  const one = await at("/new?kind=find");
  const { opened } = one;
  await opened.locator(field("title")).fill("EXERCISE a crate");
  await opened.getByText("Kept for you").waitFor();
  await opened.context().clearCookies();
  await opened.locator(field("title")).fill("EXERCISE a crate at the ford");
  await opened.getByLabel("Password").fill(password);
  await opened.getByRole("button", { name: "Sign in" }).click();
  await opened.getByLabel("Password").waitFor({ state: "detached" });
  assert.equal(await opened.locator(field("title")).inputValue(), "EXERCISE a crate at the ford");
  await opened.waitForResponse((answer) => answer.url().includes("/scratch/") && answer.status() === 204).catch(() => undefined);
  await opened.reload();
  await opened.waitForFunction((path) => /** @type {any} */ (document.querySelector(path))?.value === "EXERCISE a crate at the ford", field("title"));
  await opened.goto(`${node.address}/#/new?lang=en`);
  const begun = opened.getByRole("listitem").filter({ hasText: "EXERCISE a crate at the ford" });
  await begun.waitFor();
  await holds(one, "new with something begun");
  await shot(opened, "write-begun");
  await begun.getByRole("button", { name: "Drop" }).click();
  await begun.waitFor({ state: "detached" });
  operator = await opened.context().storageState();
  await one.close();
});

test("a missing purpose is told at its field in Russian", how, async () => {
  const one = await at("/new?kind=subject&lang=ru");
  const { opened } = one;
  await opened.locator(field("names.[0].value")).fill("УЧЕНИЯ Орлан Теви");
  assert.equal(await opened.locator(field("names.[0].script")).inputValue(), "Cyrl");
  await opened.locator(field("category")).first().selectOption("suspect");
  await opened.locator(field("basis.whole.statement")).selectOption("fact");
  await opened.getByRole("button", { name: "Сохранить как черновик" }).click();
  await opened.getByRole("alert").getByText("нужна цель, с которой они собраны").waitFor();
  await opened.waitForFunction((path) => document.activeElement?.matches(path), field("purpose"));
  const described = (await opened.locator(field("purpose")).getAttribute("aria-describedby")) ?? "";
  const told = await Promise.all(described.split(" ").map((id) => opened.locator(`[id="${id}"]`).textContent()));
  assert.ok(told.some((text) => text?.includes("нужна цель")), told.join());
  await holds(one, "faults in Russian");
  await shot(opened, "write-faults-ru");
  await opened.locator(field("purpose")).selectOption("border-security");
  await opened.locator(field("legal_basis")).selectOption("council-agreement");
  await opened.getByRole("button", { name: "Сохранить как черновик" }).click();
  await opened.getByText("Сохранено как черновик.").waitFor();
  await one.close();
});

test("a suspect without a category cannot be sent", how, async () => {
  const one = await at("/new?kind=subject");
  const { opened } = one;
  /** @type {string[]} */
  const sent = [];
  opened.on("request", (request) => {
    if (request.method() === "POST" && /desk\/(records|drafts)$/.test(request.url())) sent.push(request.url());
  });
  await opened.locator(field("names.[0].value")).fill("EXERCISE Orlan Tevi");
  await opened.locator(field("basis.whole.statement")).selectOption("fact");
  await opened.getByRole("button", { name: "Publish", exact: true }).click();
  await opened.getByRole("alert").getByText("1 thing has to be put right").waitFor();
  await opened.waitForFunction((path) => document.activeElement?.matches(path), field("category"));
  assert.deepEqual(sent, []);
  await one.close();
});

test("a new version shows what changed", how, async () => {
  const one = await at(`/record/${node.records["event"]}`);
  const { opened } = one;
  await opened.getByRole("button", { name: "Edit", exact: true }).click();
  await opened.locator(field("persons")).fill("7");
  const changed = opened.locator("tr", { hasText: "persons" });
  await changed.locator("ins", { hasText: "7" }).waitFor();
  assert.equal(await changed.locator("del").textContent(), "6");
  await opened.getByRole("button", { name: "Publish", exact: true }).click();
  await opened.waitForFunction((path) => document.activeElement?.matches(path), field("reason"));
  await opened.locator(field("reason")).fill("EXERCISE one more was counted");
  await holds(one, "edit");
  await shot(opened, "write-edit");
  await opened.getByRole("button", { name: "Publish", exact: true }).click();
  await opened.getByRole("heading", { name: "EXERCISE crossing at the Karsk ford", level: 1 }).waitFor();
  await opened.getByText("EXERCISE one more was counted").waitFor();
  await one.close();
});

test("a note, a grade, a file and a link are put beside a record", how, async () => {
  const one = await at(`/record/${node.records["attack 1"]}`);
  const { opened } = one;
  const dialog = opened.getByRole("dialog");
  await opened.getByRole("button", { name: "Note", exact: true }).click();
  await dialog.getByLabel("Note", { exact: true }).fill("EXERCISE ask the post again");
  await dialog.getByRole("button", { name: "Keep the note" }).click();
  await opened.getByText("EXERCISE ask the post again").waitFor();
  await opened.getByRole("button", { name: "Grade", exact: true }).click();
  await dialog.getByLabel("Source").selectOption("B");
  await dialog.getByLabel("Information").selectOption("2");
  await holds(one, "grade");
  await shot(opened, "write-grade");
  await dialog.getByRole("button", { name: "Grade", exact: true }).click();
  await opened.getByText("Graded.").waitFor();
  await opened.getByRole("button", { name: "Attach a file" }).click();
  await dialog.getByLabel("Choose files, or drop them here").setInputFiles({ name: "map.txt", mimeType: "text/plain", buffer: Buffer.from("EXERCISE") });
  await dialog.getByRole("button", { name: "Attach a file" }).click();
  await opened.getByRole("link", { name: "map.txt" }).waitFor();
  await opened.getByRole("button", { name: "Link", exact: true }).click();
  await dialog.getByLabel("How they are related").selectOption("part-of");
  await dialog.getByLabel("The other record").fill(node.records["attack 2"] ?? "");
  await dialog.getByLabel("Grounds").fill("EXERCISE the same lorry");
  await holds(one, "link");
  await shot(opened, "write-link");
  await dialog.getByRole("button", { name: "Publish", exact: true }).click();
  await opened.getByText("Published.").waitFor();
  await opened.getByRole("tab", { name: "Links (1)" }).waitFor();
  await one.close();
});

for (const [theme, lang, width] of /** @type {const} */ ([["light", "ru", 1280], ["dark", "en", 1280], ["dark", "ar", 1280], ["light", "en", 320], ["light", "ar", 320]])) {
  test(`the forms hold in ${theme} and ${lang} at ${width}`, how, async () => {
    for (const [name, hash] of [["new", "/new"], ["event", "/new?kind=border-event"], ["subject", "/new?kind=subject"], ["edit", `/edit/${node.records["plan"]}`]]) {
      const one = await at(`${hash}${hash?.includes("?") ? "&" : "?"}lang=${lang}&theme=${theme}`, { viewport: { width, height: 900 } });
      await one.opened.locator(name === "new" ? ".kinds" : "form .foot").waitFor();
      await one.opened.waitForLoadState("networkidle");
      await shot(one.opened, `write-${name}-${theme}-${lang}-${width}`);
      await holds(one, `${name} ${theme} ${lang} ${width}`);
      await one.close();
    }
  });
}

test("a table becomes drafts row by row, after a try that stores nothing", how, async () => {
  const one = await at("/new?kind=border-event&table=1");
  const { opened } = one;
  await opened.getByLabel("The table").fill("What,Where,How many\nEXERCISE at the ford,XA,6\nEXERCISE at the pass,XA,six\n");
  await opened.getByRole("button", { name: "Read the headings" }).click();
  await opened.getByLabel("What", { exact: true }).selectOption("title");
  await opened.getByLabel("Where", { exact: true }).selectOption("place.country");
  await opened.getByLabel("How many", { exact: true }).selectOption("persons");
  await opened.getByRole("button", { name: "Try it: nothing is stored" }).click();
  await opened.getByRole("heading", { name: "1 row can be kept" }).waitFor();
  await opened.getByText("persons: `six` is no number").waitFor();
  await holds(one, "table");
  await shot(opened, "write-table");
  await opened.getByRole("button", { name: "Keep 1 row as a draft" }).click();
  await opened.getByRole("link", { name: "Kept as a draft." }).click();
  await opened.getByRole("heading", { name: "EXERCISE at the ford", level: 1 }).waitFor();
  await one.close();
});
