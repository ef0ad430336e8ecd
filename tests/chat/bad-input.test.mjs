// Invalid input gets the documented error and does not disturb other users.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { startWorld } from "../support/world.mjs";

const base64 = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

describe("bad input", () => {
  let world, ana, ben, room, conversation, bystander;

  before(async () => {
    world = await startWorld();
    [ana, ben] = [world.person("7"), world.person("8")];
    room = await world.room([ana, ben]);
    conversation = room.conversation_id;
    bystander = await ben.chat(conversation);
  });
  after(async () => {
    const ack = await bystander.say("still here");
    assert.ok(ack.seq > 0, "the object still serves the others");
    await world.stop();
  });

  const problem = async (expected, method, path, body, headers) => {
    const answer = await ana.call(method, path, body, headers);
    assert.equal(answer.status, expected, `${method} ${path} ${answer.text}`);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    for (const field of ["type", "title", "status", "detail", "errors"]) assert.ok(field in answer.body, field);
    assert.ok(answer.body.type.startsWith("https://"), answer.body.type);
    return answer.body;
  };

  test("malformed and invalid bodies are refused", async () => {
    const path = `/api/chat/rooms/${room.id}/messages`;
    const json = { "content-type": "application/json" };
    await problem(400, "POST", path, "{", json);
    await problem(400, "POST", path, new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), json);
    await problem(415, "POST", path, "body=hi", { "content-type": "application/x-www-form-urlencoded" });
    await problem(422, "POST", path, []);
    await problem(422, "POST", path, {});
    await problem(422, "POST", path, { body: 7 });
    await problem(422, "POST", path, { body: "" });
    await problem(422, "POST", path, { body: " \n " });
    await problem(422, "POST", path, { body: "x".repeat(4001) });
    await problem(422, "POST", path, { body: "hi", colour: "red" });
    await problem(422, "POST", path, { body: "hi", client_msg_id: "x".repeat(65) });
    await problem(422, "POST", path, { body: "hi", type: "system" });
    await problem(413, "POST", path, { body: "hi", metadata: { blob: "x".repeat(100_000) } });
    await problem(422, "POST", "/api/chat/conversations", { type: "dm" });
    await problem(422, "POST", "/api/chat/conversations", { type: "crowd", user_id: "8" });
    const wrong = await problem(422, "POST", path, { body: "" });
    assert.equal(wrong.errors[0].field, "body");
  });

  test("unknown paths, cursors and methods are refused", async () => {
    await problem(404, "GET", "/api/chat/nothing");
    await problem(404, "GET", "/api/chat/rooms/not-a-uuid");
    await problem(404, "GET", "/api/chat/rooms/0190a7c0-0000-7000-8000-00000000ffff");
    await problem(405, "DELETE", "/api/chat/conversations");
    for (const query of ["before=%00", "before=bm90IGEgY3Vyc29y", "limit=0", "limit=101", "limit=many", "around=x"]) {
      await problem(422, "GET", `/api/chat/rooms/${room.id}/messages?${query}`);
    }
    await problem(422, "GET", "/api/chat/rooms?cursor=nonsense");
  });

  test("a repeated idempotency key with another body is refused", async () => {
    const key = { "idempotency-key": "group-1" };
    const group = { type: "group", user_ids: ["8"], metadata: { name: "One" } };
    const first = await ana.ok("POST", "/api/chat/conversations", group, key);
    assert.equal((await ana.ok("POST", "/api/chat/conversations", group, key)).id, first.id);
    const refused = await problem(422, "POST", "/api/chat/conversations", { ...group, metadata: { name: "Two" } }, key);
    assert.ok(refused.type.endsWith("/key-reused"));
  });

  test("[I5] tokens that are expired, forged, unsigned, of another key or without a subject are refused", async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: "7", name: "Ana", tenant: "demo", exp: now + 600 };
    const sign = (header, payload, secret) => {
      const signed = `${base64(header)}.${base64(payload)}`;
      return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
    };
    const HS256 = { alg: "HS256", typ: "JWT" };
    const good = sign(HS256, claims, "demo-secret");
    const [head, , signature] = good.split(".");
    const tokens = {
      expired: sign(HS256, { ...claims, exp: now - 5 }, "demo-secret"),
      "wrong key": sign(HS256, claims, "not-the-secret"),
      "another tenant's key": sign(HS256, claims, "other-secret"),
      "alg none": `${base64({ alg: "none" })}.${base64(claims)}.`,
      "alg none with a signature": `${base64({ alg: "none" })}.${base64(claims)}.${signature}`,
      "changed claims": `${head}.${base64({ ...claims, roles: ["admin"] })}.${signature}`,
      "no expiry": sign(HS256, { ...claims, exp: undefined }, "demo-secret"),
      "no tenant": sign(HS256, { ...claims, tenant: undefined }, "demo-secret"),
      "unknown tenant": sign(HS256, { ...claims, tenant: "nobody" }, "demo-secret"),
      "no subject": sign(HS256, { ...claims, sub: undefined }, "demo-secret"),
      "not a token": "abc",
    };
    for (const [kind, token] of Object.entries(tokens)) {
      const answer = await fetch(`${world.url}/api/me`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(answer.status, 401, kind);
      const person = world.person("7");
      person.token = token;
      const chat = person.dial(`/api/chat/conversations/${conversation}/socket`);
      assert.equal((await chat.end()).code, 4401, `${kind}, on a socket`);
    }
    assert.equal((await fetch(`${world.url}/api/me`)).status, 401, "no token");
    assert.equal((await fetch(`${world.url}/api/me?token=${good}`)).status, 401, "a token in the URL");
  });

  test("a socket whose token expires is closed with 4401", async () => {
    const brief = world.person("7", { expiresIn: 2 });
    const chat = await brief.chat(conversation);
    assert.equal((await chat.end()).code, 4401);
  });

  test("each malformed or invalid frame gets an answer", async () => {
    const chat = await ana.chat(conversation);
    for (const [frame, kind] of [
      ["{", "malformed"],
      ["[]", "malformed"],
      ["7", "malformed"],
      ["{}", "invalid"],
      [{ type: "dance" }, "unknown-frame"],
      [{ type: "send", body: "no id" }, "invalid"],
      [{ type: "send", client_msg_id: "e1", body: "" }, "invalid"],
      [{ type: "send", client_msg_id: "e2", body: "x".repeat(4001) }, "invalid"],
      [{ type: "send", client_msg_id: "e3", body: 7 }, "invalid"],
      [{ type: "send", client_msg_id: "e4", body: "hi", colour: "red" }, "invalid"],
      [{ type: "typing", on: "yes" }, "invalid"],
      [{ type: "read", seq: -1 }, "invalid"],
      [{ type: "edit", id: "nothing", body: "x" }, "not-found"],
      [{ type: "delete", id: "0190a7c0-0000-7000-8000-00000000ffff" }, "not-found"],
      [new Uint8Array([1, 2, 3]), "malformed"],
    ]) {
      chat.send(frame);
      await chat.error(kind);
    }
    await chat.say("and it still works");
    await chat.close();
  });

  test("a frame over 32 KiB closes its socket with 4413", async () => {
    const chat = await ana.chat(conversation);
    chat.send({ type: "send", client_msg_id: "big", body: "x".repeat(40_000) });
    await chat.error("too-large");
    assert.equal((await chat.end()).code, 4413);
  });

  test("a handshake with an invalid field gets an error that names it, and is closed with 4400", async () => {
    const guard = world.person("7", { permissions: ["view_panic_alerts"] });
    const conversationPath = `/api/chat/conversations/${conversation}`;
    const wrong = [
      [{ seq: "-1" }, "seq"],
      [{ seq: "1e3" }, "seq"],
      [{ epoch: "", seq: "1" }, "epoch"],
      [{ epoch: "x".repeat(65), seq: "1" }, "epoch"],
      [{ client_id: "x".repeat(65) }, "client_id"],
      [{ colour: "red" }, "colour"],
    ];
    for (const [query, field] of wrong) {
      for (const path of [`${conversationPath}/socket`, "/api/me/socket", "/api/security/alerts/socket"]) {
        const socket = guard.dial(path, query);
        const error = await socket.error("invalid");
        assert.deepEqual([error.status, error.errors[0].field], [422, field], `${path} with ${JSON.stringify(query)}`);
        assert.deepEqual(await socket.end(), { code: 4400, reason: "invalid request" });
      }
      const stream = await guard.call("GET", `${conversationPath}/events?${new URLSearchParams(query)}`);
      assert.deepEqual([stream.status, stream.body.errors[0].field], [422, field], JSON.stringify(query));
    }
    for (const last of ["x", "e:-1", ":1", "e:1e3"]) {
      const stream = await ana.call("GET", `${conversationPath}/events`, undefined, { "last-event-id": last });
      assert.deepEqual([stream.status, stream.body.errors[0].field], [422, "Last-Event-ID"], last);
    }
    const outsider = world.person("outsider");
    assert.equal((await outsider.dial(`${conversationPath}/socket`).end()).code, 4403, "a user who is no member");
  });

  test("a client over the rate limit gets the time to wait, and is closed with 4429 if it continues", async () => {
    const chat = await ana.chat(conversation);
    for (let i = 0; i < 300; i++) chat.send({ type: "send", client_msg_id: `f${i}`, body: "flood" });
    const error = await chat.error("rate-limited");
    assert.ok(error.retry_after_ms > 0);
    assert.equal((await chat.end()).code, 4429);
    const acks = chat.frames.filter(({ type }) => type === "ack").length;
    assert.ok(acks >= 20 && acks < 100, `${acks} of 300 were let through`);
  });

  test("a client over the rate limit still gets earlier answers, and repeats do not count", async () => {
    const dora = world.person("dora");
    await dora.ok("POST", `/api/chat/rooms/${room.id}/join`);
    const chat = await dora.chat(conversation);
    for (let i = 0; i < 34; i++) chat.send({ type: "send", client_msg_id: `d${i}`, body: "quick" });
    const first = await chat.ackOf("d0");
    await chat.error("rate-limited");
    for (let i = 0; i < 10; i++) chat.send({ type: "send", client_msg_id: "d0", body: "quick" });
    await chat.until((frames) => frames.filter(({ client_msg_id }) => client_msg_id === "d0").length === 11, "repeats");
    const acks = chat.frames.filter(({ client_msg_id }) => client_msg_id === "d0");
    assert.deepEqual([...new Set(acks.map(({ type, id }) => `${type} ${id}`))], [`ack ${first.id}`]);
    await chat.close();
  });

  test("a user's 11th socket is refused with 4429", async () => {
    const carla = world.person("carla");
    await carla.ok("POST", `/api/chat/rooms/${room.id}/join`);
    const chats = [];
    for (let i = 0; i < 10; i++) chats.push(await carla.chat(conversation));
    const refused = carla.dial(`/api/chat/conversations/${conversation}/socket`);
    await refused.error("too-many-sockets");
    assert.equal((await refused.end()).code, 4429);
    for (const chat of chats) await chat.close();
  });

  test("a page from an origin that the app does not list is refused", async () => {
    const other = world.person("7", { tenant: "other" });
    const database = await world.engine.database();
    await database
      .prepare("UPDATE apps SET allowed_origins = '[\"https://good.example\"]' WHERE tenant_id = 'other'")
      .run();
    const from = (origin) => other.call("GET", "/api/me", undefined, { origin });
    const good = await from("https://good.example");
    assert.equal(good.headers.get("access-control-allow-origin"), "https://good.example");
    const evil = await from("https://evil.example");
    assert.equal(evil.headers.get("access-control-allow-origin"), null);
  });

  test("[I11] no token and no message body is in the log", () => {
    const text = world.printed.join("\n");
    for (const secret of [ana.token, "demo-secret", "flood", "and it still works"]) {
      assert.equal(text.includes(secret), false, "a secret or a body was printed");
    }
  });
});
