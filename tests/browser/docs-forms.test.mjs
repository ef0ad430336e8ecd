// The search and the forms of the documentation in Chromium, and the way from a problem to its explanation.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { startBrowser } from "../support/browser.mjs";
import { assertFaultless, openDocs } from "../support/docs.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("the documentation's search and forms", () => {
  let world, browser, folder;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const search = async (window, words) => {
    await window.page.keyboard.press("/");
    await window.page.keyboard.type(words);
    await window.page.getByRole("option").first().waitFor();
  };

  test("a keyboard reaches the content, the search and its results", async () => {
    const window = await openDocs(browser, world, "/docs");
    await window.page.keyboard.press("Tab");
    await window.page.keyboard.press("Enter");
    assert.equal(new URL(window.page.url()).hash, "#content");
    await search(window, "send a message to a room");
    await window.page.keyboard.press("ArrowDown");
    const active = window.page.locator("[role=option][aria-selected=true]");
    assert.match(
      await active.textContent(),
      /^Send a message to a roomOperationPOST \/api\/chat\/rooms\/\{id\}\/messages$/,
    );
    const field = window.page.getByRole("combobox", { name: "Search the documentation" });
    assert.equal(await field.getAttribute("aria-activedescendant"), await active.getAttribute("id"));
    await window.accessible("search results");
    await window.screenshot("docs-search");
    await window.page.keyboard.press("Enter");
    await window.page.waitForURL(`${world.url}/docs/api/messages#sendRoomMessage`);
    await search(window, "rate-limited");
    await window.page.getByRole("option", { name: /^rate-limited Problem/ }).click();
    await window.page.waitForURL(`${world.url}/docs/problems#rate-limited`);
    await search(window, "member left");
    await window.page.keyboard.press("Escape");
    assert.equal(await window.page.getByRole("option").count(), 0);
    assertFaultless(window, "search");
    await window.close();
  });

  test("a form sends a request as a demo user, and shows the refusal of another", async () => {
    const window = await openDocs(browser, world, "/docs/api/rooms");
    const section = window.page.locator("[data-try=listRooms]");
    await section.getByRole("button", { name: "Try it" }).click();
    await section.getByLabel("As", { exact: true }).selectOption({ label: "Ben" });
    await section.getByLabel("limit").fill("2");
    await section.getByRole("button", { name: "Send" }).click();
    await section.locator("[data-status='200']").waitFor();
    const { data } = JSON.parse(await section.locator("[data-body]").textContent());
    assert.equal(data.length, 2);
    assert.match(
      await section.locator(".try-result").textContent(),
      /GET \/api\/chat\/rooms\?limit=2.*x-request-id: /s,
    );

    const creation = window.page.locator("[data-try=createRoom]");
    await creation.getByRole("button", { name: "Try it" }).click();
    assert.ok(JSON.parse(await creation.getByLabel("Body, JSON").inputValue()).name);
    await creation.getByRole("button", { name: "Send" }).click();
    await creation.locator("[data-status='403']").waitFor();
    await creation.getByLabel("As", { exact: true }).selectOption({ label: "Admin (admin)" });
    await creation.getByRole("button", { name: "Send" }).click();
    await creation.locator("[data-status='201']").waitFor();
    await window.accessible("forms with results");
    await creation.locator("h2").scrollIntoViewIfNeeded();
    await window.screenshot("docs-form");

    const one = window.page.locator("[data-try=getRoom]");
    await one.getByRole("button", { name: "Try it" }).click();
    await one.getByLabel("id (required)").fill(data[0].id);
    await one.getByRole("button", { name: "Send" }).click();
    await one.locator("[data-status='200']").waitFor();
    const kept = await window.page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
    assert.equal(kept, '[{},{},""]', "no token is kept");
    assertFaultless(window, "forms", "403");
    await window.close();
  });

  test("without demo users the reader pastes a token, which stays in memory", async () => {
    const window = await openDocs(browser, world, "/docs/api/me");
    await window.page.route("**/api/demo/people", (route) => route.fulfill({ status: 404, body: "{}" }));
    const section = window.page.locator("[data-try=getMe]");
    await section.getByRole("button", { name: "Try it" }).click();
    assert.equal(await section.getByLabel("As", { exact: true }).count(), 0);
    await section.getByRole("button", { name: "Send" }).click();
    await section.locator("[data-status='401']").waitFor();
    const ana = world.person("7", { name: "Ana" });
    await section.getByLabel("Token").fill(ana.token);
    await section.getByRole("button", { name: "Send" }).click();
    await section.locator("[data-status='200']").waitFor();
    assert.equal(await section.getByLabel("Token").getAttribute("type"), "password");
    await window.page.reload();
    await section.getByRole("button", { name: "Try it" }).click();
    assert.equal(await section.getByLabel("Token").inputValue(), "");
    assert.ok(!window.page.url().includes(ana.token));
    await window.close();
  });

  test("the type of a problem leads to its explanation", async () => {
    const window = await openDocs(browser, world, "/problems/invite-expired");
    assert.equal(window.page.url(), `${world.url}/docs/problems#invite-expired`);
    await window.page.locator("#invite-expired").waitFor();
    assertFaultless(window, "a problem");
    const { type } = (await world.person("7").call("GET", "/api/chat/rooms/nothing")).body;
    const answer = await fetch(world.url + new URL(type).pathname, { redirect: "manual" });
    assert.deepEqual([answer.status, answer.headers.get("location")], [302, "/docs/problems#not-found"]);
    const unknown = await fetch(`${world.url}/problems/nothing`, { redirect: "manual" });
    assert.deepEqual([unknown.status, (await unknown.json()).type], [404, type]);
    await window.close();
  });
});
