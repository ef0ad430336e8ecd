// Echo in Chromium on a page of another origin, bundled as in an application, without code of Campana.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { startBrowser } from "../support/browser.mjs";
import { backend } from "../support/pusher.mjs";
import { startWorld } from "../support/world.mjs";

const SCRIPT = `
  import Echo from "laravel-echo";
  import Pusher from "pusher-js";
  window.Pusher = Pusher;
  window.log = [];
  window.open = (options) => (window.Echo = new Echo(options));
`;
// The shortest time-out of all browser tests.
const PATIENCE_MS = 20_000;

describe("Echo in Chromium", { timeout: 120_000 }, () => {
  let world, server, browser, site, address;

  before(async () => {
    world = await startWorld({ pusher: { gateways: 2 } });
    server = backend(world);
    const stdin = { contents: SCRIPT, resolveDir: fileURLToPath(new URL(".", import.meta.url)) };
    const bundle = await build({ stdin, bundle: true, write: false, format: "iife", platform: "browser" });
    const script = bundle.outputFiles[0].text;
    site = createServer((request, response) => {
      const isScript = request.url === "/app.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? script : '<!doctype html><title>An application</title><script src="/app.js"></script>');
    });
    await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${site.address().port}/`;
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    site?.close();
    await world?.stop();
  });

  const tab = async () => {
    const context = await browser.browser.newContext();
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(address);
    return { page, errors, close: () => context.close() };
  };
  const options = (person, broadcaster) => {
    const { hostname, port } = new URL(world.url);
    return {
      broadcaster,
      cluster: "mt1",
      key: "demo-key",
      wsHost: hostname,
      wsPort: Number(port),
      wssPort: Number(port),
      forceTLS: false,
      enabledTransports: ["ws", "wss"],
      authEndpoint: `${world.url}/broadcasting/auth`,
      bearerToken: person.token,
    };
  };
  const logged = (page, line) => page.waitForFunction((line) => window.log.includes(line), line);

  for (const broadcaster of ["reverb", "pusher"]) {
    test(`two pages meet, whisper and hear (${broadcaster})`, async () => {
      const permissions = ["subscribe:lobby"];
      const [ana, ben] = [
        world.person("7", { name: "Ana", permissions }),
        world.person("8", { name: "Ben", permissions }),
      ];
      const tabs = [await tab(), await tab()];
      for (const [at, person] of [ana, ben].entries()) {
        await tabs[at].page.evaluate(
          (options) => {
            const echo = window.open(options);
            const names = (users) => users.map(({ name }) => name).sort();
            echo
              .join("lobby")
              .here((users) => window.log.push(`here ${names(users)}`))
              .joining((user) => window.log.push(`${user.name} joined`))
              .leaving((user) => window.log.push(`${user.name} left`))
              .listenForWhisper("typing", ({ name }) => window.log.push(`${name} types`))
              .listen(".news", ({ text }) => window.log.push(`news ${text}`));
            echo.channel("chat").listen(".message.created", (e) => window.log.push(`said ${e.partial.body}`));
            echo.channel("chat").subscribed(() => window.log.push("on chat"));
          },
          options(person, broadcaster),
        );
        await logged(tabs[at].page, at === 0 ? "here Ana" : "here Ana,Ben");
        await logged(tabs[at].page, "on chat");
      }
      await logged(tabs[0].page, "Ben joined");
      await tabs[0].page.evaluate(() => window.Echo.join("lobby").whisper("typing", { name: "Ana" }));
      await logged(tabs[1].page, "Ana types");
      await server.trigger("presence-lobby", "news", { text: "for all" });
      for (const { page } of tabs) await logged(page, "news for all");
      const status = await tabs[0].page.evaluate(
        async ([url, token]) => {
          const headers = {
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            "x-socket-id": window.Echo.socketId(),
          };
          const body = JSON.stringify({ message: "to the others" });
          return (await fetch(`${url}/api/chat/messages`, { method: "POST", headers, body })).status;
        },
        [world.url, ana.token],
      );
      assert.equal(status, 201, "a page of another origin may send X-Socket-ID");
      await logged(tabs[1].page, "said to the others");
      await server.trigger("presence-lobby", "news", { text: "last" });
      await logged(tabs[0].page, "news last");
      const log = await tabs[0].page.evaluate(() => window.log);
      assert.equal(log.includes("said to the others"), false, "no echo for the sender");
      await tabs[1].close();
      await logged(tabs[0].page, "Ben left");
      assert.deepEqual(tabs[0].errors, []);
      await tabs[0].close();
    });
  }

  test("a page reconnects by itself after kill -9 of the server", async () => {
    const ana = world.person("7", { name: "Ana" });
    const { page, errors, close } = await tab();
    await page.evaluate(
      (options) => {
        const echo = window.open(options);
        echo.private("user.7").subscribed(() => window.log.push("in"));
        echo.private("user.7").listen(".note", ({ n }) => window.log.push(`note ${n}`));
      },
      options(ana, "reverb"),
    );
    await logged(page, "in");
    await world.engine.kill();
    await page.waitForFunction(() => window.log.filter((line) => line === "in").length === 2);
    await server.trigger("private-user.7", "note", { n: 2 });
    await logged(page, "note 2");
    assert.deepEqual(errors, []);
    await close();
  });

  test("a refused page gets the error code, not a broken connection", async () => {
    const database = await world.engine.database();
    const origins = '["https://good.example"]';
    await database.prepare("UPDATE apps SET allowed_origins = ?1 WHERE tenant_id = 'other'").bind(origins).run();
    const { page, close } = await tab();
    const codes = await page.evaluate((url) => {
      const closed = (key) =>
        new Promise((resolve) => {
          new WebSocket(`${url}/app/${key}?protocol=7`).onclose = ({ code }) => resolve(code);
        });
      return Promise.all([closed("nobody"), closed("other-key")]);
    }, world.engine.socketUrl);
    assert.deepEqual(codes, [4001, 4009]);
    await close();
  });
});
