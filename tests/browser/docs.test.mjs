// The documentation in Chromium, served by the edge: no page violates the policy, loads from elsewhere or logs an error; the search
// and the forms work.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { buildSite } from "../../web/scripts/docs/site.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const NARROWEST = { width: 320, height: 640 };

describe("the documentation", () => {
  let world, browser, folder, pages;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    browser = await startBrowser();
    const paths = [...(await buildSite()).keys()].filter((path) => path.endsWith(".html"));
    pages = paths.map((path) => path.replace(/\.html$/, ""));
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A window on a page of the site, with what it requested from elsewhere and what it logged. */
  const opened = async (path, options = {}) => {
    const window = await browser.visit(world, path, options);
    window.foreign = [];
    window.logged = [];
    window.page.on("request", (request) => {
      if (!request.url().startsWith(world.url)) window.foreign.push(request.url());
    });
    window.page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) window.logged.push(message.text());
    });
    await window.page.reload();
    return window;
  };
  const faultless = (window, state) => {
    const { foreign, logged, errors, violations } = window;
    assert.deepEqual(
      { foreign, logged, errors, violations },
      { foreign: [], logged: [], errors: [], violations: [] },
      state,
    );
  };
  const search = async (window, words) => {
    await window.page.keyboard.press("/");
    await window.page.keyboard.type(words);
    await window.page.getByRole("option").first().waitFor();
  };
  const heading = (window, id) => window.page.locator(`[id="${id}"]`);

  test("no page violates the policy, loads from elsewhere or logs an error", async () => {
    const window = await opened("/docs");
    assert.ok(pages.length > 30);
    for (const path of pages) {
      const answer = await window.page.goto(world.url + path);
      assert.equal(answer.status(), 200, path);
      const policy = answer.headers()["content-security-policy"];
      assert.match(policy, /script-src 'self'; style-src 'self';/, path);
      assert.doesNotMatch(policy, /unsafe/, path);
      await window.page.locator("main h1").waitFor();
      faultless(window, path);
    }
    assert.equal(new URL(window.page.url()).search, "");
    await window.close();
  });

  test("axe finds nothing, and nothing is wider than a phone of 320 pixels", async () => {
    const some = ["/docs", "/docs/settings", "/docs/api/rooms", "/docs/realtime/dashboard"];
    const more = ["/docs/problems", "/docs/moving-from-pusher", "/docs/api", "/docs/api/refusals", "/docs/realtime"];
    for (const [colorScheme, paths] of Object.entries({ light: [...some, ...more], dark: some })) {
      const window = await opened("/docs", { colorScheme });
      for (const path of paths) {
        await window.page.goto(world.url + path);
        await window.accessible(`${path}, ${colorScheme}`);
      }
      await window.close();
    }
    const narrow = await opened("/docs", { viewport: NARROWEST });
    for (const path of pages) {
      await narrow.page.goto(world.url + path);
      await narrow.fits(path);
    }
    await narrow.accessible("320 pixels");
    faultless(narrow, "320 pixels");
    await narrow.close();
  });

  test("a keyboard reaches the content, the search and its results", async () => {
    const window = await opened("/docs");
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
    faultless(window, "search");
    await window.close();
  });

  test("a form sends a request as a demo user, and shows the refusal of another", async () => {
    const window = await opened("/docs/api/rooms");
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
    faultless({ ...window, logged: window.logged.filter((text) => !text.includes("403")) }, "forms");
    await window.close();
  });

  test("without demo users the reader pastes a token, which stays in memory", async () => {
    const window = await opened("/docs/api/me");
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
    const window = await opened("/problems/invite-expired");
    assert.equal(window.page.url(), `${world.url}/docs/problems#invite-expired`);
    await heading(window, "invite-expired").waitFor();
    faultless(window, "a problem");
    const { type } = (await world.person("7").call("GET", "/api/chat/rooms/nothing")).body;
    const answer = await fetch(world.url + new URL(type).pathname, { redirect: "manual" });
    assert.deepEqual([answer.status, answer.headers.get("location")], [302, "/docs/problems#not-found"]);
    const unknown = await fetch(`${world.url}/problems/nothing`, { redirect: "manual" });
    assert.deepEqual([unknown.status, (await unknown.json()).type], [404, type]);
    await window.close();
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
      ["docs-reference-dark", "/docs/api/rooms#createRoom", { colorScheme: "dark" }],
      ["docs-reference-narrow", "/docs/api/rooms#createRoom", { viewport: NARROWEST }],
      ["docs-realtime", "/docs/realtime/conversation#clientSend", {}],
    ]) {
      const window = await opened(path, options);
      await window.screenshot(name);
      await window.close();
    }
  });
});
