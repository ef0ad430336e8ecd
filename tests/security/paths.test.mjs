// Which paths exist, and what browsers are told about every response.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ROOT } from "../../scripts/lib/root.mjs";
import { openStream } from "../support/stream.mjs";
import { startWorld } from "../support/world.mjs";

const ASSETS = readdirSync(join(ROOT, "web/dist/assets")).map((name) => `/assets/${name}`);
const DOCS = ["/docs", "/docs/problems", "/docs/api/rooms", "/docs/openapi.json", "/docs/asyncapi.json"];
const PAGES = ["/", "/?as=7", "/security", "/security/", "/invite/abc", "/invite/abc/", "/invite/a%2Fb"];
const NOTHING = [
  ...[
    "/nothing",
    "/index.html",
    "/index",
    "/invite",
    "/invite/a/b",
    "/security/x",
    "/docs.html",
    "/docs/nothing",
    "/docs/api/nothing",
    "/docs/problems.html",
    "/problems",
    "/problems/nothing",
    "/up/",
    "/healthz/",
    "/api",
    "/api/",
  ],
  ...[
    "/assets",
    "/assets/",
    "/assets/index-00000000.js",
    "//",
    "//up",
    "/_headers",
    "/wrangler.toml",
    "/%2e%2e/package.json",
  ],
];

describe("paths", () => {
  let world, ana;

  before(async () => {
    world = await startWorld();
    ana = world.person("7", { name: "Ana" });
  });
  after(() => world?.stop());

  const get = async (path, options = {}) => {
    const answer = await fetch(world.url + path, { redirect: "manual", ...options });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };

  test("the health checks answer", async () => {
    const up = await get("/up");
    assert.deepEqual([up.status, up.text], [200, '{"health":"OK"}']);
    assert.equal(up.headers.get("cache-control"), "no-store");
    assert.equal((await get("/healthz")).text, '{"status":"ok"}');
  });

  test("the page is served at its own routes only", async () => {
    for (const path of PAGES) {
      const { status, headers, text } = await get(path);
      assert.deepEqual([status, headers.get("content-type")], [200, "text/html; charset=utf-8"], path);
      assert.match(text, /<div id="root">/);
    }
    for (const path of NOTHING) {
      const { status, headers, text } = await get(path);
      assert.deepEqual([status, headers.get("content-type")], [404, "application/problem+json"], path);
      assert.equal(JSON.parse(text).type, "https://campana.dev/problems/not-found");
    }
  });

  test("files are served with their types, and not again to those who have them", async () => {
    for (const path of [...ASSETS, ...DOCS, "/bell.svg", "/alerts-worker.js", "/notifications-worker.js"]) {
      const { status, headers, text } = await get(path);
      const tag = headers.get("etag");
      assert.deepEqual([status, text.length > 0, tag.length > 2], [200, true, true], path);
      assert.equal(headers.get("cache-control").includes("immutable"), path.startsWith("/assets/"), path);
      const again = await get(path, { headers: { "if-none-match": tag } });
      assert.deepEqual([again.status, again.text], [304, ""], path);
      assert.match(again.headers.get("content-security-policy"), /frame-ancestors 'none'/);
    }
    assert.match((await get("/alerts-worker.js")).headers.get("content-type"), /^text\/javascript/);
    assert.equal((await get("/docs/problems")).headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal((await get("/docs/openapi.json")).headers.get("content-type"), "application/json");
  });

  test("HEAD answers as GET without a body, and other methods are refused", async () => {
    for (const path of ["/", "/bell.svg", "/up", "/docs/problems"]) {
      const head = await get(path, { method: "HEAD" });
      assert.deepEqual([head.status, head.text], [200, ""], path);
      for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
        const refused = await get(path, { method });
        assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET,HEAD"], `${method} ${path}`);
      }
    }
    assert.equal((await get("/nothing", { method: "HEAD" })).status, 404);
    assert.equal((await get("/nothing", { method: "POST" })).status, 404);
  });

  test("every response has the headers that protect browsers", async () => {
    const room = await world.room([ana]);
    const stream = await openStream(ana, room.conversation_id);
    stream.close();
    const authorization = `Bearer ${ana.token}`;
    const preflight = { origin: "https://a.example", "access-control-request-method": "PUT" };
    const responses = [
      stream,
      ...(await Promise.all(
        [...PAGES, ...NOTHING, ...ASSETS, ...DOCS, "/up", "/healthz", "/metrics"].map((path) => get(path)),
      )),
      await get("/api/me", { headers: { authorization } }),
      await get("/api/me"),
      await get("/api/me", { method: "PUT" }),
      await get("/api/me", { method: "OPTIONS", headers: preflight }),
      await get("/apps/1/events", { method: "POST", body: "{}" }),
      await get("/app/demo-key"),
    ];
    for (const { status, headers } of responses) {
      const policy = headers.get("content-security-policy");
      assert.match(policy, /default-src 'none';.*frame-ancestors 'none'/, `${status}`);
      assert.doesNotMatch(policy, /unsafe|\*|data:/);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("referrer-policy"), "no-referrer");
      assert.match(headers.get("permissions-policy"), /geolocation=\(self\)/);
      assert.equal(headers.get("strict-transport-security"), null, "only over HTTPS");
    }
    const [, socket] = (await get("/")).headers.get("content-security-policy").match(/connect-src 'self' (\S+)/);
    assert.equal(socket, world.engine.socketUrl);
  });

  test("a page of another origin can tell a missing token from a wrong origin", async () => {
    const origin = "https://any.example";
    const shared = async (path, options = {}) => {
      const { status, headers } = await get(path, { ...options, headers: { origin, ...options.headers } });
      return [status, headers.get("access-control-allow-origin"), headers.get("access-control-allow-credentials")];
    };
    assert.deepEqual(await shared("/api/me"), [401, "*", null]);
    assert.deepEqual(await shared("/api/nothing"), [404, "*", null]);
    assert.deepEqual(await shared("/api/me", { method: "PUT" }), [405, "*", null]);
    assert.deepEqual(await shared("/broadcasting/auth", { method: "POST" }), [401, "*", null]);
    assert.deepEqual(await shared("/api/me", { headers: { authorization: `Bearer ${ana.token}` } }), [
      200,
      origin,
      null,
    ]);
    assert.deepEqual(await shared("/up"), [200, null, null]);
  });
});
