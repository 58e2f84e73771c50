// @ts-check
// The second factor: a node that is no exercise asks for one, and takes each code once.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { after, before, test } from "node:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { browserPath, findings, launch, page } from "./browser.mjs";
import { lacking, Node, NORTH } from "./stage.mjs";

const why = browserPath() ? lacking() : "there is no Chromium here";
if (why && process.env["CI"]) throw new Error(why);
const options = { skip: why ?? false, timeout: 60_000 };
const PASSWORD = "quiet harbour lantern seven";

/** @type {Node} */
let node;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  if (why) return;
  node = new Node(mkdtempSync(join(tmpdir(), "comity-factor-")));
  node.run("init", node.home, "--member", NORTH);
  [, browser] = await Promise.all([node.serve(), launch()]);
});
after(async () => {
  await browser?.close();
  await node?.end();
});

/** The code of a secret in base32 for the step of 30 seconds so many steps from now (RFC 6238). */
function code(/** @type {string} */ secret, /** @type {number} */ ahead) {
  const bits = [...secret.replaceAll(" ", "")]
    .map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const hash = createHmac("sha1", key).update(step).digest();
  const at = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("a release officer sets up a second factor and signs in with a code, and then with a recovery code", options, async () => {
  const first = await page(await browser.newContext({ viewport: { width: 1280, height: 860 } }));
  await first.opened.goto(`${node.address}/${node.link("operator")}?lang=en`);
  await first.opened.getByLabel("New password").fill(PASSWORD);
  await first.opened.getByLabel("The same again").fill(PASSWORD);
  await first.opened.getByRole("button", { name: "Set it and sign in" }).click();
  await first.opened.getByRole("heading", { name: "Set up the second factor" }).waitFor();
  assert.deepEqual(await findings(first.opened), []);
  const secret = /[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}/.exec(await first.opened.locator("body").innerText())?.[0] ?? "";
  await first.opened.getByLabel("The code that the app shows now").fill(code(secret, 0));
  await first.opened.getByRole("button", { name: "Check the code" }).click();
  await first.opened.getByRole("heading", { name: "Recovery codes" }).waitFor();
  const recovery = (await first.opened.locator("body").innerText()).match(/[A-Z2-7]{5}-[A-Z2-7]{5}/g) ?? [];
  assert.equal(recovery.length, 10);
  await first.opened.getByRole("button", { name: "I have kept them" }).click();
  await first.opened.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  assert.deepEqual(first.faults, []);

  for (const given of [code(secret, 1), recovery[0] ?? ""]) {
    const { opened } = await page(await browser.newContext());
    await opened.goto(`${node.address}/#/today?lang=en`);
    await opened.getByLabel("Name", { exact: true }).fill("operator");
    await opened.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await opened.getByRole("button", { name: "Sign in" }).click();
    await opened.getByLabel("Code").fill("no code");
    await opened.getByRole("button", { name: "Sign in" }).click();
    await opened.getByRole("alert").first().waitFor();
    await opened.getByLabel("Code").fill(given);
    await opened.getByRole("button", { name: "Sign in" }).click();
    await opened.getByRole("heading", { name: "Today", level: 1 }).waitFor();
  }
});
