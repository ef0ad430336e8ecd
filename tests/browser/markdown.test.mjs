// The Markdown of messages on the chat page: what one person writes is formatted for both, on a desktop and on a phone.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const LONG_LINE = `const answer = "${"forty-two ".repeat(30)}";`;
const TEXT = `**Water** is _off_ from ~~nine~~ ten, see [the plan](https://example.org/plan_(b)) or \`plan.txt\`, **@Ben**.
> When is it back?
> Is there a tap outside?
- a tap in the *yard*
- a tap in the ${"very ".repeat(40)}long hall
1. Fill a bucket
2. Carry it
\`\`\`js
${LONG_LINE}
await water("@Ben");
\`\`\`
<b>Thank you</b>, 2*3*4 snake_case_names and https://example.net/${"x".repeat(120)}`;

describe("the Markdown of messages", () => {
  let world, browser, folder, ana, ben, lobby;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    const { data } = await ana.ok("GET", "/api/chat/conversations");
    lobby = data.find(({ room_name }) => room_name === "Lobby").id;
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Texts of the elements in the body of a message. */
  const within = (row, selector) => row.locator(`.bubble .body ${selector}`).allTextContents();

  async function assertFormatted(row) {
    await row.locator(".bubble .body pre").waitFor();
    assert.deepEqual(await within(row, "strong"), ["Water", "@Ben"]);
    assert.deepEqual(await within(row, "em"), ["off", "yard"]);
    assert.deepEqual(await within(row, "del"), ["nine"]);
    assert.deepEqual(await within(row, "p > code"), ["plan.txt"]);
    assert.deepEqual(await within(row, "pre > code"), [`${LONG_LINE}\nawait water("@Ben");`]);
    assert.deepEqual(await within(row, "blockquote"), ["When is it back?\nIs there a tap outside?"]);
    assert.equal((await within(row, "ul > li")).length, 2);
    assert.deepEqual(await within(row, "ol > li"), ["Fill a bucket", "Carry it"]);
    assert.equal(await row.locator(".bubble .body b").count(), 0, "no HTML of the text");
    const link = row.getByRole("link", { name: "the plan" });
    assert.equal(await link.getAttribute("href"), "https://example.org/plan_(b)");
    assert.equal(await link.getAttribute("rel"), "noopener noreferrer nofollow");
    assert.equal(await row.locator("pre .mention").count(), 0);
  }

  test("what one writes is formatted for both, and no page is wider than a phone", async () => {
    const [desk, phone] = [
      await browser.window(world, "ana"),
      await browser.window(world, "ben", { viewport: PHONE, colorScheme: "dark" }),
    ];
    await Promise.all([desk.open("Lobby"), phone.open("Lobby")]);
    await desk.write(TEXT);
    const [own, other] = [desk.bubble("from nine"), phone.bubble("from nine")];
    await own.locator("[aria-label=Sent]").waitFor();
    await Promise.all([assertFormatted(own), assertFormatted(other)]);
    await other.locator("strong .mention-me").waitFor();
    await phone.fits("formatted text");
    const code = other.locator("pre");
    const overflows = await code.evaluate((pre) => pre.scrollWidth > pre.clientWidth);
    assert.ok(overflows, "a long line of code is scrolled in its bubble");
    const [inside, around] = [await code.boundingBox(), await other.locator(".bubble").boundingBox()];
    assert.ok(inside.x >= around.x && inside.x + inside.width <= around.x + around.width, "code is in its bubble");
    const menu = await other.locator(".more").boundingBox();
    assert.ok(menu.x + menu.width <= PHONE.width, "the menu is beside the bubble");
    for (const [window, name] of [
      [desk, "markdown"],
      [phone, "markdown-phone"],
    ]) {
      await window.accessible(name);
      await window.screenshot(name);
      assert.deepEqual(window.errors, []);
    }
    await phone.page.setViewportSize({ width: 320, height: 640 });
    await phone.fits("formatted text at 320 pixels");
    await Promise.all([desk.close(), phone.close()]);
  });

  test("lists of messages show it too, and one line shows no marks", async () => {
    const first = await ben.ok("POST", `/api/chat/conversations/${lobby}/messages`, { body: "**Keys** are at @[7]" });
    await ben.ok("POST", `/api/chat/conversations/${lobby}/messages`, { body: "_Which_ ones?", quote_id: first.id });
    await ana.ok("PUT", `/api/me/saved/${first.id}`);
    const desk = await browser.window(world, "ana");
    await desk.item("Lobby").getByText("Which ones?").waitFor();
    await desk.open("Lobby");
    const quote = desk.bubble("Which ones?").locator(".quote-text");
    await quote.getByText("Keys are at @Ana", { exact: true }).waitFor();
    await desk.menu("Saved messages");
    await desk.dialog.locator(".pins strong", { hasText: "Keys" }).waitFor();
    await desk.dialog.locator(".pins .mention-me", { hasText: "@Ana" }).waitFor();
    await desk.accessible("saved messages");
    assert.deepEqual(desk.errors, []);
    await desk.close();
  });
});
