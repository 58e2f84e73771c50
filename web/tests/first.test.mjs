// @ts-check
// The first days of a person at a node: the link, the password, the inbox, the records, and why somebody sees one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browserPath, enter, holds, launch, page } from "./browser.mjs";
import { lacking, SOUTH, stage, WEST } from "./stage.mjs";

const why = browserPath() ? lacking() : "there is no Chromium here";
if (why && process.env["CI"]) throw new Error(why);
const options = { skip: why ?? false, timeout: 60_000 };

/** @type {import("./stage.mjs").Node} */
let node;
/** @type {import("playwright-core").Browser} */
let browser;
/** The cookies of the operator, who signed in once. @type {any} */
let operator;

before(async () => {
  if (why) return;
  [node, browser] = await Promise.all([stage(), launch()]);
});
after(async () => {
  await browser?.close();
  await node?.end();
});

/** A page of the operator. @param {string} hash @param {object} [how] */
async function at(hash, how = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, storageState: operator, ...how });
  const one = await page(context);
  await one.opened.goto(`${node.address}/#${hash}${hash.includes("?") ? "&" : "?"}lang=en`);
  return { ...one, context };
}

test("a person opens the link, sets a password and is on Today", options, async () => {
  const context = await browser.newContext();
  const one = await page(context);
  await enter(one.opened, node, "operator");
  await holds(one, "today");
  assert.ok(!one.opened.url().includes("first"), "the link does not stay in the address");
  await assert.doesNotReject(one.opened.getByText("EXERCISE North desk").first().waitFor());
  operator = await context.storageState();
  await context.close();
});

test("a link that is used up, and one that never was, are told alike", options, async () => {
  const context = await browser.newContext();
  const { opened } = await page(context);
  const link = node.link("auditor");
  await opened.goto(`${node.address}/${link}?lang=en`);
  await opened.getByLabel("New password").fill("quiet harbour lantern seven");
  await opened.getByLabel("The same again").fill("quiet harbour lantern eight");
  await opened.getByRole("button", { name: "Set it and sign in" }).click();
  await opened.getByText("The two are not the same.").waitFor();
  await opened.getByLabel("The same again").fill("quiet harbour lantern seven");
  await opened.getByRole("button", { name: "Set it and sign in" }).click();
  await opened.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  const told = [];
  for (const hash of [link, "#/first/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]) {
    const other = await browser.newContext();
    const again = await page(other);
    await again.opened.goto(`${node.address}/${hash}?lang=en`);
    await again.opened.getByText("This link has been used").waitFor();
    told.push(await again.opened.locator("main").innerText());
    await other.close();
  }
  assert.equal(told[0], told[1]);
  await context.close();
});

test("a wrong password opens nothing and is said so", options, async () => {
  const context = await browser.newContext();
  const one = await page(context);
  await one.opened.goto(`${node.address}/#/records?lang=en`);
  await one.opened.getByLabel("Name").fill("operator");
  await one.opened.getByLabel("Password").fill("not the one that was set");
  await one.opened.getByRole("button", { name: "Sign in" }).click();
  await one.opened.getByRole("alert").getByText("Name, password or code is not right").waitFor();
  await holds(one, "sign-in");
  await one.opened.getByLabel("Password").fill("quiet harbour lantern seven");
  await one.opened.getByRole("button", { name: "Sign in" }).click();
  await one.opened.getByRole("heading", { name: "Records", level: 1 }).waitFor();
  await context.close();
});

test("the list leads to a record and Back returns to the same line", options, async () => {
  const { opened, context } = await at("/records");
  const line = opened.locator(`[id="line-${node.records["event"]}"]`);
  await line.click();
  await opened.getByRole("heading", { name: "EXERCISE crossing at the Karsk ford", level: 1 }).waitFor();
  await opened.goBack();
  await line.waitFor();
  await opened.waitForFunction((id) => document.activeElement?.id === id, `line-${node.records["event"]}`);
  await context.close();
});

test("the list is walked and opened by keys alone, from Today", options, async () => {
  const { opened, context } = await at("/today");
  await opened.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  await opened.keyboard.press("g");
  await opened.keyboard.press("r");
  await opened.getByRole("table", { name: "Records" }).waitFor();
  await opened.keyboard.press("j");
  await opened.keyboard.press("j");
  const name = await opened.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  assert.match(name, /EXERCISE/);
  await opened.keyboard.press("Enter");
  await opened.getByRole("heading", { name, level: 1 }).waitFor();
  await context.close();
});

test("a filter narrows, stands in the address, keeps the focus, and a shared address shows the same", options, async () => {
  const { opened, context } = await at("/records");
  const box = opened.getByLabel("Border event");
  await box.check();
  await opened.getByText("1 that you may see").waitFor();
  assert.equal(await opened.evaluate(() => document.activeElement?.id), "facet-kind-border-event");
  const address = opened.url();
  assert.match(address, /kind=border-event/);
  const other = await page(context);
  await other.opened.goto(address);
  await other.opened.getByText("1 that you may see").waitFor();
  await other.opened.getByRole("button", { name: "Clear all" }).click();
  await other.opened.getByText("9 that you may see").waitFor();
  await context.close();
});

test("nothing offers to filter by nationality, belief or origin of a name", options, async () => {
  const { opened, context } = await at("/records");
  await opened.getByRole("table", { name: "Records" }).waitFor();
  const text = (await opened.locator("main").innerText()).toLowerCase();
  for (const word of ["nationality", "ethnic", "religion", "worship", "script of"]) assert.ok(!text.includes(word), word);
  await context.close();
});

test("a search asks for purpose and case, finds a name in another script, and leaves no name in the address", options, async () => {
  const { opened, context } = await at("/records");
  await opened.getByLabel("A name, in any script").fill("Orlan Tevi");
  await opened.getByRole("button", { name: "Search" }).click();
  await opened.getByLabel("Purpose").selectOption("border-security");
  await opened.getByRole("button", { name: "Search" }).click();
  await opened.getByText("Name the case.").waitFor();
  await opened.getByLabel("Case reference").fill("EXERCISE 2026/17");
  await opened.getByRole("button", { name: "Search" }).click();
  await opened.waitForURL(/[?&]s=/);
  await opened.getByRole("link", { name: "УЧЕНИЯ Орлан Теви" }).waitFor();
  assert.ok(!decodeURIComponent(opened.url()).includes("Tevi"));
  await context.close();
});

test("a record says who can see it and why, in three languages", options, async () => {
  const said = { en: "It sees nothing of it, and no trace.", ru: "Не видит ничего, даже следа.", ar: "لا يرى منه شيئًا ولا أثرًا." };
  const rule = { en: "does not name this member", ru: "не назвал этого участника", ar: "لم يسمِّ مُنشئه هذا العضو" };
  for (const language of /** @type {const} */ (["en", "ru", "ar"])) {
    const { opened, context } = await at(`/record/${node.records["group"]}?tab=sights`);
    await opened.goto(`${node.address}/#/record/${node.records["group"]}?tab=sights&lang=${language}`);
    await opened.reload();
    await opened.locator("main select").selectOption({ label: SOUTH });
    const panel = opened.locator("#why");
    await panel.getByText(said[language]).waitFor();
    await panel.getByText(rule[language]).waitFor();
    assert.equal(await opened.evaluate(() => document.documentElement.dir), language === "ar" ? "rtl" : "ltr");
    await context.close();
  }
});

test("a member that gets the whole record and an observer that gets nothing stand side by side", options, async () => {
  const { opened, context } = await at(`/record/${node.records["person"]}?tab=sights`);
  await opened.getByRole("row", { name: SOUTH }).getByText("whole").waitFor();
  await opened.getByRole("row", { name: WEST }).getByText("nothing").waitFor();
  await opened.getByRole("row", { name: SOUTH }).getByRole("button", { name: "Why" }).click();
  await opened.locator("#why").getByText("What it gets: all of it").waitFor();
  await context.close();
});

test("the visit ends while a page is open and nothing is lost", options, async () => {
  const { opened, context } = await at("/records?kind=border-event");
  await opened.getByText("1 that you may see").waitFor();
  await opened.getByLabel("Words").fill("EXERCISE half a question");
  await context.clearCookies();
  await opened.getByLabel("Plan").check();
  await opened.getByRole("dialog", { name: "Your visit has ended" }).waitFor();
  await opened.getByRole("dialog").getByLabel("Password").fill("quiet harbour lantern seven");
  await opened.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
  await opened.getByText("2 that you may see").waitFor();
  assert.equal(await opened.getByLabel("Words").inputValue(), "EXERCISE half a question");
  await context.close();
});

test("a timer keeps no visit alive, and a page that nobody touches closes itself", options, async () => {
  const context = await browser.newContext({ storageState: operator });
  const { opened } = await page(context);
  await opened.clock.install();
  await opened.goto(`${node.address}/#/today?lang=en`);
  await opened.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  const polled = opened.waitForRequest(/\/desk\/today$/);
  await opened.clock.fastForward(31_000);
  assert.equal((await polled).headers()["x-comity-unattended"], "1");
  const idle = await opened.evaluate(async () => (await (await fetch("/api/v1/visit")).json()).me.idle_seconds);
  await opened.goto(`${node.address}/#/records?kind=border-event&lang=en`);
  const line = opened.getByRole("link", { name: "EXERCISE crossing at the Karsk ford" });
  await line.waitFor();
  const first = opened.waitForRequest(/\/desk\/records/).then((request) => request.headers());
  await opened.getByLabel("Plan").check();
  assert.equal((await first)["x-comity-unattended"], undefined);
  await opened.getByText("2 that you may see").waitFor();
  await opened.clock.fastForward((idle + 10) * 1000);
  const dialog = opened.getByRole("dialog", { name: "Your visit has ended" });
  await dialog.waitFor();
  assert.equal(await opened.getByText("Karsk").first().isVisible(), false, "what lies under the sign-in is not shown");
  await dialog.getByLabel("Password").fill("quiet harbour lantern seven");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await line.waitFor();
  operator = await context.storageState();
  await context.close();
});

test("who signs in anew in a second window goes on in the first", options, async () => {
  const context = await browser.newContext();
  const { opened } = await page(context);
  const password = await enter(opened, node, "auditor", "slate river candle twelve");
  await opened.goto(`${node.address}/#/records?lang=en`);
  await opened.getByLabel("Words").fill("crossed on foot");
  const other = await page(context);
  await other.opened.goto(`${node.address}/#/today?lang=en`);
  await other.opened.getByRole("button", { name: /auditor/ }).click();
  await other.opened.getByRole("button", { name: "Sign out" }).click();
  await other.opened.getByLabel("Name").fill("auditor");
  await other.opened.getByLabel("Password").fill(password);
  await other.opened.getByRole("button", { name: "Sign in" }).click();
  await other.opened.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  await opened.getByRole("button", { name: "Search" }).click();
  await opened.getByLabel("Purpose").selectOption("border-security");
  await opened.getByLabel("Case reference").fill("EXERCISE 2026/18");
  await opened.getByRole("button", { name: "Search" }).click();
  await opened.waitForURL(/[?&]s=/);
  assert.equal(await opened.getByLabel("Words").inputValue(), "crossed on foot");
  await context.close();
});

test("the column of markings is as wide as its widest marking", options, async () => {
  const { opened, context } = await at("/records?kind=attack");
  await opened.getByText("4 that you may see").waitFor();
  const [column, widest] = await opened.evaluate(() => {
    const left = (/** @type {string} */ one) => document.querySelector(`.line ${one}`)?.getBoundingClientRect().left ?? 0;
    const parts = [...document.querySelectorAll(".line .marking, .head :first-child")].map((one) => one.getBoundingClientRect());
    return [left(".name") - left(".marking"), Math.max(...parts.map((box) => box.width))];
  });
  assert.ok(column <= widest + 16, `${column} px for ${widest}`);
  await context.close();
});

test("a record without a name has a link in the inbox that says so", options, async () => {
  const context = await browser.newContext({ storageState: operator });
  const one = await page(context);
  const { opened } = one;
  const item = { key: "received x", screen: "record", id: node.records["event"], title: "", why: "", origin: SOUTH, level: "TLP:GREEN" };
  await opened.route(/\/desk\/today$/, (route) => route.fulfill({ json: { groups: [{ kind: "received", verb: "read", count: 1, more: false, items: [item] }] } }));
  await opened.goto(`${node.address}/#/today?lang=en`);
  await opened.getByRole("link", { name: "(no name)" }).waitFor();
  await holds(one, "today with a line");
  await opened.getByRole("link", { name: "(no name)" }).click();
  await opened.getByRole("heading", { name: "EXERCISE crossing at the Karsk ford", level: 1 }).waitFor();
  await context.close();
});

test("the keys of a Russian and of an Arabic keyboard do what those of a Latin one do", options, async () => {
  const { opened, context } = await at("/today");
  await opened.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  const press = (/** @type {string} */ key, /** @type {string} */ code) =>
    opened.evaluate(([key, code]) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true })), /** @type {const} */ ([key, code]));
  await press("п", "KeyG");
  await press("к", "KeyR");
  await opened.getByRole("table", { name: "Records" }).waitFor();
  await press("ت", "KeyJ");
  assert.match(await opened.evaluate(() => document.activeElement?.id ?? ""), /^line-/);
  await press("ظ", "Slash");
  assert.equal(await opened.evaluate(() => document.activeElement?.id), "search");
  await context.close();
});

test("signing out leaves nothing on the page", options, async () => {
  const context = await browser.newContext();
  const { opened } = await page(context);
  await enter(opened, node, "auditor", "slate river candle eleven");
  await opened.getByRole("button", { name: /auditor/ }).click();
  await opened.getByRole("button", { name: "Sign out" }).click();
  await opened.getByRole("heading", { name: "Sign in", level: 1 }).waitFor();
  assert.equal(await opened.locator("nav").count(), 0);
  assert.deepEqual(await opened.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ""]);
  await context.close();
});

test("an administrator sees no way to the records and a record is not for them", options, async () => {
  const context = await browser.newContext();
  const { opened } = await page(context);
  await enter(opened, node, "machine", "copper meadow whistle nine");
  assert.equal(await opened.getByRole("link", { name: "Records" }).count(), 0);
  await opened.goto(`${node.address}/#/record/${node.records["event"]}?lang=en`);
  await opened.getByRole("alert").waitFor();
  assert.ok(!(await opened.locator("body").innerText()).includes("Karsk"));
  await context.close();
});
