// Alerts on a page of an application that already uses Laravel Echo: over its one connection, in Chromium, from another origin.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { startBrowser } from "../support/browser.mjs";
import { eventually, startWorld } from "../support/world.mjs";

const SCRIPT = `
  import Echo from "laravel-echo";
  import Pusher from "pusher-js";
  import { PanicAlerts, useEcho } from "@campana/web/alerts";
  import { CampanaClient } from "@campana/web/client";
  window.Pusher = Pusher;
  window.made = 0;
  window.start = async (options, baseUrl) => {
    const client = new CampanaClient({ baseUrl, getToken: async () => options.bearerToken });
    const make = () => {
      window.made += 1;
      return new Echo(options);
    };
    window.alerts = new PanicAlerts({ client, source: () => useEcho(make) });
    window.echo = () => useEcho();
    window.statuses = () => window.alerts.activeAlerts.map(({ user, status }) => user.name + " " + status);
    await window.alerts.init();
  };
`;
const PATIENCE_MS = 20_000;

describe("alerts over an application's Echo", { timeout: 120_000 }, () => {
  let world, browser, site, page, errors, ana, grace;

  before(async () => {
    world = await startWorld();
    const stdin = { contents: SCRIPT, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "ts" };
    const bundle = await build({ stdin, bundle: true, write: false, format: "iife", platform: "browser" });
    const script = bundle.outputFiles[0].text;
    site = createServer((request, response) => {
      const isScript = request.url === "/app.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? script : '<!doctype html><title>An application</title><script src="/app.js"></script>');
    });
    await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
    browser = await startBrowser();
    ana = world.person("7", { name: "Ana" });
    grace = world.person("11", { name: "Grace", permissions: ["view_panic_alerts"] });
    const context = await browser.browser.newContext();
    context.setDefaultTimeout(PATIENCE_MS);
    page = await context.newPage();
    errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`http://127.0.0.1:${site.address().port}/`);
  });
  after(async () => {
    await browser?.stop();
    site?.close();
    await world?.stop();
  });

  const options = () => {
    const { hostname, port } = new URL(world.url);
    return {
      broadcaster: "reverb",
      key: "demo-key",
      wsHost: hostname,
      wsPort: Number(port),
      wssPort: Number(port),
      forceTLS: false,
      enabledTransports: ["ws", "wss"],
      authEndpoint: `${world.url}/broadcasting/auth`,
      bearerToken: grace.token,
    };
  };
  const shows = (...statuses) =>
    page.waitForFunction((wanted) => JSON.stringify(window.statuses()) === wanted, JSON.stringify(statuses));

  test("an alert appears, changes and disappears, and its receipt is sent", async () => {
    await page.evaluate(([options, url]) => window.start(options, url), [options(), world.url]);
    await page.waitForFunction(() => window.alerts.isConnected);
    const { id } = await ana.ok("POST", "/api/security/alerts", { id: randomUUID() });
    await shows("Ana triggered");
    await eventually(async () => {
      const { data } = await grace.ok("GET", `/api/security/alerts/${id}/deliveries`);
      return data.some(({ user_id, delivered_at }) => String(user_id) === "11" && delivered_at !== null);
    }, "the receipt");
    await page.evaluate((id) => window.alerts.acknowledge(id), id);
    await shows("Ana acknowledged");
    await grace.ok("POST", `/api/security/alerts/${id}/resolve`, {});
    await shows();
    assert.equal(await page.evaluate(() => window.made), 1);
    assert.deepEqual(errors, []);
  });

  test("after a restart of the server missed alerts appear, and closed ones do not", async () => {
    const first = await ana.ok("POST", "/api/security/alerts", { id: randomUUID() });
    await shows("Ana triggered");
    await page.evaluate(() => window.echo().connector.pusher.disconnect());
    await page.waitForFunction(() => !window.alerts.isConnected);
    await grace.ok("POST", `/api/security/alerts/${first.id}/resolve`, {});
    await world.person("8", { name: "Ben" }).ok("POST", "/api/security/alerts", { id: randomUUID() });
    await page.evaluate(() => window.echo().connector.pusher.connect());
    await page.waitForFunction(() => window.alerts.isConnected);
    await shows("Ben triggered");
    await page.evaluate(() => window.alerts.cleanup());
    await page.waitForFunction(() => !window.alerts.isConnected);
    assert.deepEqual(errors, []);
  });
});
