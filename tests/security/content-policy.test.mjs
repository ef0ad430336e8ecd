// The policy of the page in Chromium: it refuses injected code, and allows what the page does. Every other browser test asserts
// that no policy was violated (tests/support/browser.mjs).
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { startBrowser } from "../support/browser.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("the page's policy", () => {
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

  const opened = async () => {
    const window = await browser.window(world, "ana");
    await window.page.locator(".inbox-item").first().waitFor();
    return window;
  };
  /** Runs `attempt` in the page; returns the directives that it violates, and forgets the violations. */
  const violated = async (window, attempt, argument) => {
    await window.page.evaluate(() => {
      window.violated = [];
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        window.violated.push(effectiveDirective);
      });
    });
    await window.page.evaluate(attempt, argument);
    await window.page.waitForFunction(() => window.violated.length > 0);
    const directives = await window.page.evaluate(() => window.violated);
    window.violations.length = 0;
    return [...new Set(directives)];
  };

  test("an injected inline script, handler, style or frame is refused", async () => {
    const window = await opened();
    const attempts = [
      [
        "script-src-elem",
        () => document.body.append(Object.assign(document.createElement("script"), { text: "window.ran = 1" })),
      ],
      [
        "script-src-attr",
        () => document.body.insertAdjacentHTML("beforeend", '<img src="/x.png" onerror="window.ran = 1">'),
      ],
      ["style-src-elem", () => document.head.insertAdjacentHTML("beforeend", "<style>body { display: none }</style>")],
      ["style-src-attr", () => document.body.insertAdjacentHTML("beforeend", '<p style="color: red">x</p>')],
      ["frame-src", () => document.body.insertAdjacentHTML("beforeend", '<iframe src="/up"></iframe>')],
      ["base-uri", () => document.head.insertAdjacentHTML("beforeend", '<base href="https://evil.example/">')],
    ];
    for (const [directive, attempt] of attempts) {
      assert.deepEqual(await violated(window, attempt), [directive]);
    }
    assert.equal(await window.page.evaluate(() => window.ran), undefined);
    await window.close();
  });

  test("a script, a picture over plain HTTP, or a connection of another host is refused", async () => {
    const window = await opened();
    const attempts = [
      [
        "script-src-elem",
        (host) => document.body.append(Object.assign(document.createElement("script"), { src: `http://${host}/` })),
      ],
      ["img-src", (host) => Object.assign(new Image(), { src: `http://${host}/` })],
      ["connect-src", (host) => fetch(`http://${host}/`).catch(() => {})],
      ["connect-src", (host) => void new WebSocket(`ws://${host}/`)],
    ];
    for (const [directive, attempt] of attempts) {
      assert.deepEqual(await violated(window, attempt, "evil.example"), [directive]);
    }
    await window.close();
  });

  test("no other site can show the page in a frame", async () => {
    const site = createServer((_request, response) => {
      response.setHeader("content-type", "text/html");
      response.end(`<!doctype html><iframe src="${world.url}/"></iframe>`);
    });
    await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
    const window = await opened();
    await window.page.goto(`http://127.0.0.1:${site.address().port}/`);
    const shown = () => window.page.frames().map((frame) => frame.url());
    assert.ok(
      shown().every((url) => !url.startsWith(world.url)),
      `${shown()}`,
    );
    assert.match(window.violations.join(), /frame-ancestors/);
    window.violations.length = 0;
    await window.close();
    site.close();
  });

  test("the address of an invite is told to nobody", async () => {
    const window = await browser.window(world, "ana", { path: "/invite/secret-token" });
    assert.equal(await window.page.evaluate(() => document.referrer), "");
    const referrers = [];
    window.page.on("request", (request) => referrers.push(request.headers().referer));
    await window.page.reload();
    await window.page.getByRole("button").first().waitFor();
    assert.ok(referrers.length > 2);
    assert.deepEqual(referrers.filter(Boolean), []);
    await window.close();
  });
});
