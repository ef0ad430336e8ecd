// Requests that no browser sends: repeated headers, odd paths and encodings, odd bodies. The edge refuses them or reads them in one
// way only, and stays whole.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { RawHttp } from "../support/raw-http.mjs";
import { startWorld } from "../support/world.mjs";

const MESSAGES = "/api/chat/messages";
const JSON_TYPE = "Content-Type: application/json";
const INVISIBLE = "\u200b\u2060\ufeff";

describe("odd requests", () => {
  let world, ana, ben;

  before(async () => {
    world = await startWorld();
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    const strict = `UPDATE apps SET allowed_origins = '["https://app.example"]' WHERE tenant_id = 'other'`;
    await (await world.engine.database()).prepare(strict).run();
    for (const person of [ana, ben]) await person.ok("GET", "/api/me");
  });
  afterEach(async () => {
    assert.equal((await ana.ok("GET", "/api/me")).id, "7", "the edge still answers");
  });
  after(() => world?.stop());

  const bearer = ({ token }) => `Authorization: Bearer ${token}`;
  const exchange = (lines, body) => RawHttp.exchange(world, lines, body);
  const statusOf = async (lines, body) => (await exchange(lines, body))?.status;
  const said = async () => (await ana.ok("GET", MESSAGES)).data.map(({ body }) => body);

  test("two Authorization headers authenticate nobody", async () => {
    for (const [first, second] of [
      [ana, ben],
      [ben, ana],
      [ana, ana],
    ]) {
      const answer = await exchange(["GET /api/me HTTP/1.1", bearer(first), bearer(second)]);
      assert.equal(answer.status, 401);
      assert.equal(answer.text.includes(first.token), false);
    }
  });

  test("two origins are not an allowed origin", async () => {
    const other = world.person("7", { tenant: "other" });
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    const dial = async (...origins) => {
      const headers = [...upgrade, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", bearer(other)];
      return exchange(["GET /api/me/socket HTTP/1.1", ...headers, ...origins.map((origin) => `Origin: ${origin}`)]);
    };
    assert.equal((await dial("https://app.example")).status, 101);
    for (const origins of [
      ["https://app.example", "https://evil.example"],
      ["https://evil.example", "https://app.example"],
      [`http://${new URL(world.url).host}`, "https://evil.example"],
    ]) {
      assert.equal((await dial(...origins)).status, 403, origins.join());
      const headers = [bearer(other), ...origins.map((origin) => `Origin: ${origin}`)];
      const answer = await exchange(["GET /api/me HTTP/1.1", ...headers]);
      assert.deepEqual([answer.status, answer.headers.get("access-control-allow-origin")], [200, undefined]);
    }
  });

  test("a request with two lengths or two hosts is refused", async () => {
    const post = [`POST ${MESSAGES} HTTP/1.1`, bearer(ana), JSON_TYPE];
    const body = '{"message":"two lengths"}';
    const smuggled = `${body}GET /up HTTP/1.1\r\nHost: x\r\n\r\n`;
    const lengths = [`Content-Length: ${body.length}`, `Content-Length: ${smuggled.length}`];
    for (const both of [lengths, lengths.toReversed()]) assert.equal(await statusOf([...post, ...both], smuggled), 400);
    assert.equal(await statusOf([...post, "Content-Length: -1"], body), 400);
    assert.equal((await said()).includes("two lengths"), false);
    const hosts = ["Host: a.example", "Host: b.example"];
    assert.ok((await statusOf(["GET /api/me HTTP/1.1", ...hosts, bearer(ana)])) >= 400);
  });

  test("a body is never read as the next request", async () => {
    const next = "GET /api/nothing HTTP/1.1\r\nHost: x\r\n\r\n";
    const post = `POST ${MESSAGES} HTTP/1.1`;
    for (const [headers, body] of [
      [[`Content-Length: ${next.length}`], next],
      [["Transfer-Encoding: chunked"], `${next.length.toString(16)}\r\n${next}\r\n0\r\n\r\n`],
    ]) {
      const connection = await RawHttp.dial(world);
      connection.request([post, JSON_TYPE, ...headers], body);
      connection.request(["GET /up HTTP/1.1"]);
      assert.equal((await connection.response()).status, 401, "refused before the body is read");
      const second = await connection.response();
      assert.ok(second === undefined || second.text === '{"health":"OK"}', second?.text);
      connection.drop();
    }
  });

  test("very long ids and paths are absent", async () => {
    for (const size of [300, 8_000, 60_000]) {
      const long = "x".repeat(size);
      for (const path of [`/${long}`, `/api/chat/rooms/${long}`, `/api/security/alerts/${long}`, `/invite/${long}/x`]) {
        assert.equal(await statusOf([`GET ${path} HTTP/1.1`, bearer(ana)]), 404, `${path.slice(0, 30)} ${size}`);
      }
    }
    assert.equal(await statusOf([`GET /${"x".repeat(200_000)} HTTP/1.1`, bearer(ana)]), 414);
  });

  test("encoded slashes and NULs stay within their segment", async () => {
    const room = await world.room([ana]);
    for (const path of [
      "/api%2Fme",
      "/api/chat%2frooms",
      `/api/chat/rooms/${room.id}%2Fmembers`,
      `/api/chat/rooms/${room.id}%00`,
      `/api/chat/rooms/%00${room.id}`,
      "/api/me%00",
      "/bell.svg%00.js",
      "//api/me",
      "//evil.example/api/me",
      "/api//me",
      "/api/chat/rooms/..%2f..%2fme",
    ]) {
      assert.equal(await statusOf([`GET ${path} HTTP/1.1`, bearer(ana)]), 404, path);
    }
    assert.equal(await statusOf(["GET /api/me\0 HTTP/1.1", bearer(ana)]), 400);
    assert.equal(await statusOf(["GET /api/me HTTP/1.1", bearer(ana), "X-Note: a\0b"]), 400);
  });

  test("paths and queries that are not UTF-8 are refused", async () => {
    for (const bytes of ["%ff%fe", "%c0%af", "%ed%a0%80"]) {
      assert.equal(await statusOf([`GET /api/chat/rooms/${bytes} HTTP/1.1`, bearer(ana)]), 404, bytes);
      assert.equal(await statusOf([`GET /invite/${bytes} HTTP/1.1`]), 200, "the page reads the token itself");
      assert.equal(await statusOf([`GET /api/chat/invites/${bytes} HTTP/1.1`, bearer(ana)]), 404, bytes);
      const answer = await exchange([`GET /api/chat/users?q=${bytes} HTTP/1.1`, bearer(ana)]);
      assert.equal(answer.status, 400, bytes);
      assert.match(answer.text, /not UTF-8/);
    }
    assert.equal(await statusOf(["GET /api/chat/rooms/\xff HTTP/1.1", bearer(ana)]), 400);
    assert.equal((await ana.call("GET", "/api/chat/users?q=%EF%BF%BD")).status, 200, "the character itself is UTF-8");
  });

  test("names lose invisible and direction-changing characters", async () => {
    const eve = world.person("9", { name: `\u202eA${INVISIBLE}na\u2066` });
    assert.equal((await eve.ok("GET", "/api/me")).name, "Ana");
    const nobody = world.person("10", { name: INVISIBLE });
    assert.equal((await nobody.ok("GET", "/api/me")).name, "10", "an invisible name is none");
    const admin = world.person("1", { name: "👩‍🚒 می‌خواهم", roles: ["admin"] });
    assert.equal((await admin.ok("GET", "/api/me")).name, "👩‍🚒 می‌خواهم", "emoji and scripts keep their joiners");
    const room = await admin.ok("POST", "/api/chat/rooms", { name: ` \u202eLob${INVISIBLE}by `, visibility: "public" });
    assert.equal(room.name, "Lobby");
    const renamed = await admin.ok("PUT", `/api/chat/rooms/${room.id}`, { name: `Fo\u00adyer${INVISIBLE}` });
    assert.equal(renamed.name, "Foyer");
    assert.equal((await admin.call("POST", "/api/chat/rooms", { name: INVISIBLE })).status, 422);
    assert.equal((await admin.call("PUT", `/api/chat/rooms/${room.id}`, { name: "\u200d" })).status, 422);
  });

  test("huge and numerous headers change nothing", async () => {
    const headers = Array.from({ length: 500 }, (_, at) => `X-Odd-${at}: ${at}`);
    assert.equal(await statusOf(["GET /api/me HTTP/1.1", bearer(ana), ...headers]), 200);
    assert.equal(await statusOf(["GET /api/me HTTP/1.1", bearer(ana), `Cookie: ${"x".repeat(100_000)}`]), 200);
    assert.equal(
      await statusOf(["GET /api/me HTTP/1.1", `Cookie: token=${ana.token}`]),
      401,
      "no cookie signs anybody in",
    );
    const id = await exchange(["GET /up HTTP/1.1", `X-Request-Id: ${"x".repeat(1_000)}`]);
    assert.equal(id.headers.get("x-request-id").length, 24);
  });

  test("a client that expects to continue is refused before it sends its body", async () => {
    const post = [`POST ${MESSAGES} HTTP/1.1`, JSON_TYPE, "Expect: 100-continue"];
    assert.equal(await statusOf([...post, "Content-Length: 16"]), 401);
    assert.equal(await statusOf([...post, bearer(ana), "Content-Length: 1000000"]), 413);
    const backend = "/apps/1/events?auth_key=demo-key&auth_version=1.0&auth_signature=00&auth_timestamp=1";
    assert.equal(await statusOf([`POST ${backend} HTTP/1.1`, "Expect: 100-continue", "Content-Length: 2000000"]), 401);
    const connection = await RawHttp.dial(world);
    connection.request([...post, bearer(ana), "Content-Length: 19"]);
    assert.equal((await connection.response()).status, 100);
    connection.write('{"message":"later"}');
    assert.equal((await connection.response()).status, 201);
    connection.drop();
    assert.ok((await said()).includes("later"));
  });

  test("a chunked body over the limit is refused while it is sent", async () => {
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const connection = await RawHttp.dial(world);
    connection.request([`POST ${MESSAGES} HTTP/1.1`, bearer(ana), JSON_TYPE, "Transfer-Encoding: chunked"]);
    connection.write(chunk.repeat(5));
    assert.equal((await connection.response()).status, 413, "the body has no end yet");
    connection.drop();
  });

  test("method names are case-sensitive, and unknown ones do nothing", async () => {
    const body = '{"message":"odd method"}';
    for (const method of ["post", "Post", "BREW"]) {
      const lines = [`${method} ${MESSAGES} HTTP/1.1`, bearer(ana), JSON_TYPE, `Content-Length: ${body.length}`];
      assert.equal(await statusOf(lines, body), 501, method);
    }
    for (const method of ["TRACE", "PROPFIND", "PUT", "OPTIONS"]) {
      const answer = await exchange([`${method} ${MESSAGES} HTTP/1.1`, bearer(ana)]);
      assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET,HEAD,POST"], method);
      assert.equal(answer.text.includes(ana.token), false, "nothing is echoed");
    }
    const override = ["X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE"];
    assert.equal(await statusOf(["GET /api/me HTTP/1.1", bearer(ana), ...override]), 200);
    assert.equal((await said()).includes("odd method"), false);
  });
});
