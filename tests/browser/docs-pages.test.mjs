// The pages of the documentation in Chromium, served by the edge: no page violates the policy, loads from elsewhere, logs an error, or
// needs a script to be read.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { buildSite } from "../../web/scripts/docs/site.mjs";
import { DESKTOP, PHONE, startBrowser } from "../support/browser.mjs";
import { assertFaultless, openDocs } from "../support/docs.mjs";
import { startWorld } from "../support/world.mjs";

const NARROWEST = { width: 320, height: 640 };

describe("the pages of the documentation", () => {
  let world, browser, pages;

  before(async () => {
    world = await startWorld();
    browser = await startBrowser();
    const paths = [...(await buildSite()).keys()].filter((path) => path.endsWith(".html"));
    pages = paths.map((path) => path.replace(/\.html$/, ""));
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
  });

  test("no page violates the policy, loads from elsewhere, logs an error, or is wider than 320 pixels", async () => {
    const window = await openDocs(browser, world, "/docs");
    assert.ok(pages.length > 30);
    for (const path of pages) {
      await window.page.setViewportSize(DESKTOP);
      const answer = await window.page.goto(world.url + path);
      assert.equal(answer.status(), 200, path);
      const policy = answer.headers()["content-security-policy"];
      assert.match(policy, /script-src 'self'; style-src 'self';/, path);
      assert.doesNotMatch(policy, /unsafe/, path);
      await window.page.locator("main h1").waitFor();
      await window.page.getByRole("combobox").waitFor();
      await window.page.setViewportSize(NARROWEST);
      await window.fits(path);
      assertFaultless(window, path);
    }
    await window.close();
  });

  test("axe finds nothing", async () => {
    for (const [colorScheme, viewport, paths] of [
      ["light", DESKTOP, ["/docs", "/docs/api/users"]],
      ["light", NARROWEST, ["/docs/settings"]],
      ["dark", DESKTOP, ["/docs/settings", "/docs/api/demo", "/docs/realtime/channel-webhook"]],
    ]) {
      const window = await openDocs(browser, world, paths[0], { colorScheme, viewport });
      for (const path of paths) {
        await window.page.goto(world.url + path);
        await window.accessible(`${path}, ${colorScheme}, ${viewport.width}`);
      }
      await window.close();
    }
  });

  test("without scripts everything is readable, and no search or form is offered", async () => {
    const window = await browser.visit(world, "/docs/api/rooms", { javaScriptEnabled: false, viewport: PHONE });
    await window.page.getByRole("heading", { name: "List rooms" }).waitFor();
    assert.equal(await window.page.getByRole("button", { name: "Try it" }).count(), 0);
    assert.equal(await window.page.getByRole("combobox").count(), 0);
    await window.page.locator(".menu > summary").click();
    await window.page.getByRole("link", { name: "Panic alerts", exact: true }).first().click();
    await window.page.waitForURL(`${world.url}/docs/panic-alerts`);
    await window.close();
  });

  test("screenshots", async () => {
    for (const [name, path, options] of [
      ["docs-start", "/docs", {}],
      ["docs-start-dark", "/docs", { colorScheme: "dark" }],
      ["docs-guide", "/docs/moving-from-pusher", {}],
      ["docs-guide-narrow", "/docs/settings", { viewport: NARROWEST }],
      ["docs-reference", "/docs/api/messages#sendMessage", {}],
      ["docs-realtime", "/docs/realtime/conversation#clientSend", {}],
    ]) {
      const window = await browser.visit(world, path, options);
      await window.screenshot(name);
      await window.close();
    }
  });
});
