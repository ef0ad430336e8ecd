// Rate limits of requests, frames and messages; settings changed during open connections; and log lines about both.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually, startWorld } from "../support/world.mjs";

const SETTINGS = "/api/admin/settings";

/** Repeats a call until it gets 429; returns that answer. */
async function exhaust(call, most) {
  for (let i = 0; i < most; i++) {
    const answer = await call(i);
    if (answer.status === 429) return answer;
    assert.ok(answer.status < 500, answer.text);
  }
  throw new Error(`no 429 within ${most} requests`);
}

describe("requests", () => {
  let person, app;

  before(async () => {
    [person, app] = await Promise.all([
      startWorld({ limits: { requests_per_minute: 30 } }),
      startWorld({ limits: { app_requests_per_minute: 20 } }),
    ]);
  });
  after(() => Promise.all([person.stop(), app.stop()]));

  test("a user over the limit gets Retry-After, and others are not affected", async () => {
    const [ana, ben] = [person.person("7"), person.person("8")];
    const first = await ana.call("GET", "/api/me");
    assert.equal(first.headers.get("ratelimit-policy"), '"person";q=30;w=60, "app";q=120000;w=60');
    assert.match(first.headers.get("ratelimit"), /^"person";r=29;t=2, "app";r=\d+;t=\d+$/);
    const refused = await exhaust(() => ana.call("GET", "/api/me"), 60);
    assert.equal(refused.body.type, "https://campana.dev/problems/rate-limited");
    assert.ok(refused.body.retry_after_ms > 0 && refused.body.retry_after_ms <= 2_000, refused.text);
    assert.equal(Number(refused.headers.get("retry-after")), Math.ceil(refused.body.retry_after_ms / 1_000));
    assert.match(refused.headers.get("ratelimit"), /^"person";r=0;/);
    const alarm = await ana.call("POST", "/api/security/alerts", { id: "no-limit" });
    assert.equal(alarm.status, 201, "alerts are exempt");
    assert.match(alarm.headers.get("ratelimit"), /^"person";r=0;/);
    assert.equal((await ana.call("POST", "/api/security/alerts/no-limit/cancel")).status, 200);
    assert.equal((await ben.call("GET", "/api/me")).status, 200);
    assert.equal((await person.person("7", { tenant: "other" }).call("GET", "/api/me")).status, 200);
    await eventually(async () => (await ana.call("GET", "/api/me")).status === 200, "the limit to allow a request");
  });

  test("connections and tickets count, and a socket is refused on the socket", async () => {
    const carla = person.person("9");
    await exhaust(() => carla.call("POST", "/api/me/ticket"), 60);
    const chat = carla.dial("/api/me/socket");
    const error = await chat.error("rate-limited");
    assert.ok(error.retry_after_ms > 0);
    assert.equal((await chat.end()).code, 4429);
    const events = await carla.call("GET", "/api/chat/conversations/0190a7c0-0000-7000-8000-00000000ffff/events");
    assert.equal(events.status, 429);
  });

  test("an app's users share its limit, and another app has its own", async () => {
    const people = ["7", "8", "9"].map((user) => app.person(user));
    const refused = await exhaust((i) => people[i % 3].call("GET", "/api/me"), 40);
    assert.match(refused.headers.get("ratelimit"), /"app";r=0;/);
    assert.match(refused.body.detail, /all people of this app/);
    assert.equal((await app.person("7", { tenant: "other" }).call("GET", "/api/me")).status, 200);
  });
});

describe("the platform's limiters", () => {
  let world;

  before(async () => {
    world = await startWorld({ ceilings: { PERSON_LIMITER: 5, ADDRESS_LIMITER: 6 } });
  });
  after(() => world.stop());

  test("cap the limits that an app sets", async () => {
    const ana = world.person("7");
    // The limiter's window may end once during the calls.
    const refused = await exhaust(() => ana.call("GET", "/api/me"), 12);
    assert.equal(refused.headers.get("retry-after"), "60");
    assert.match(refused.headers.get("ratelimit"), /^"person";r=11\d\d;/);
    const alarm = await ana.call("POST", "/api/security/alerts");
    assert.equal(alarm.status, 201, "alerts are exempt");
    assert.equal((await world.person("8").call("GET", "/api/me")).status, 200);
  });

  test("limit an address that tries many bad tokens", async () => {
    const forger = world.person("7", { secret: "guess" });
    const refused = await exhaust(() => forger.call("GET", "/api/me"), 14);
    assert.equal(refused.headers.get("ratelimit"), null);
    assert.equal((await world.person("9").call("GET", "/api/me")).status, 200, "a good token from the same address");
    // The limiter's window may have ended; each refused socket then counts as an attempt.
    let codes = [];
    while (codes.at(-1) !== 4429 && codes.length < 14)
      codes = [...codes, (await forger.dial("/api/me/socket").end()).code];
    assert.equal(codes.at(-1), 4429);
    assert.ok(codes.slice(0, -1).every((code) => code === 4401));
  });

  test("refuse nothing when they are not bound, which is logged once", async () => {
    const open = await startWorld({ ceilings: { PERSON_LIMITER: null, APP_LIMITER: null } });
    try {
      for (let i = 0; i < 5; i++) await open.person("7").ok("GET", "/api/me");
      assert.equal(open.printed.filter((line) => line.includes("_LIMITER is not bound")).length, 1);
    } finally {
      await open.stop();
    }
  });
});

describe("sockets and settings", () => {
  const IDLE_MS = 4_000;
  let world, admin, ana, ben, room, conversation;

  before(async () => {
    const limits = { idle_timeout_ms: IDLE_MS, conversation_sends_per_second: 1, conversation_send_burst: 5 };
    world = await startWorld({ limits, vars: { LOG_LEVEL: "info" } });
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben] = [world.person("7", { name: "Ana Secreta" }), world.person("8")];
    room = await world.room([ana, ben]);
    conversation = room.conversation_id;
  });
  after(() => world.stop());

  const change = (body) => admin.ok("PATCH", SETTINGS, body);
  /** The settings that the conversation's object uses. */
  const known = () =>
    JSON.parse(world.objectRows(conversation, "SELECT value FROM meta WHERE key = 'limits'")[0].value);

  test("frames of all sockets count for their user", async () => {
    const sockets = await Promise.all([1, 2, 3].map(() => ana.chat(conversation)));
    const other = await ben.chat(conversation);
    for (const chat of sockets) for (let i = 0; i < 105; i++) chat.send({ type: "typing", on: true });
    const isRefused = (chat) => chat.frames.some(({ error }) => error === "rate-limited");
    await eventually(() => sockets.some(isRefused), "the rate limit");
    other.send({ type: "typing", on: true });
    other.send("ping");
    await other.next(({ pong }) => pong, "pong");
    assert.equal(isRefused(other), false);
    await Promise.all([...sockets, other].map((chat) => chat.close()));
  });

  test("a conversation's rate limit applies to all users together", async () => {
    const people = ["carla", "dan"].map((user) => world.person(user));
    for (const person of people) await person.ok("POST", `/api/chat/rooms/${room.id}/join`);
    const [hers, his] = await Promise.all(people.map((person) => person.chat(conversation)));
    for (let i = 0; i < 5; i++) {
      for (const chat of [hers, his]) chat.send({ type: "send", client_msg_id: `${i}`, body: "all at once" });
    }
    const answers = () =>
      [...hers.frames, ...his.frames].filter(({ type, client_msg_id }) => client_msg_id && /^(ack|error)$/.test(type));
    await eventually(() => answers().length === 10, "10 answers");
    const refused = answers().filter(({ error }) => error === "rate-limited");
    assert.ok(refused.length >= 3, `${refused.length} of 10 were refused`);
    for (const { retry_after_ms, detail } of refused) {
      assert.ok(retry_after_ms > 0);
      assert.match(detail, /all who are here/);
    }
    await Promise.all([hers.close(), his.close()]);
  });

  test("a change applies to the next request, and is audited with its author", async () => {
    const before = await admin.ok("GET", SETTINGS);
    assert.equal(before.limits.idle_timeout_ms, IDLE_MS);
    const settings = await change({
      limits: { body_chars: 5, conversation_sends_per_second: 500 },
      retention: { message_days: 90 },
    });
    assert.deepEqual(
      [settings.limits.body_chars, settings.limits.idle_timeout_ms, settings.retention],
      [5, IDLE_MS, { message_days: 90, audit_days: 365 }],
    );
    const path = `/api/chat/conversations/${conversation}/messages`;
    assert.equal((await ana.call("POST", path, { body: "too long" })).status, 422);
    await change({ limits: { body_chars: null }, retention: { message_days: null } });
    await ana.ok("POST", path, { body: "not too long" });
    const [row] = await world.rows("SELECT * FROM admin_audits WHERE action = 'settings.updated' ORDER BY id");
    assert.deepEqual(
      [row.actor_id, row.action, row.target_type, row.target_id],
      ["admin", "settings.updated", "app", "1"],
    );
    assert.deepEqual(JSON.parse(row.metadata), {
      changed: {
        "limits.body_chars": [4_000, 5],
        "limits.conversation_sends_per_second": [1, 500],
        "retention.message_days": [null, 90],
      },
    });
  });

  test("concurrent changes are all applied", async () => {
    const fields = ["send_burst", "sends_per_second", "typing_interval_ms", "sockets_per_user", "private_body_chars"];
    await Promise.all(fields.map((field) => change({ limits: { [field]: 777 } })));
    const { limits } = await admin.ok("GET", SETTINGS);
    for (const field of fields) assert.equal(limits[field], 777, field);
    const audits = await world.rows("SELECT metadata FROM admin_audits WHERE metadata LIKE '%777%'");
    assert.equal(audits.length, fields.length);
    await change({ limits: Object.fromEntries(fields.map((field) => [field, null])) });
  });

  test("unknown settings and values out of range are refused by name and change nothing", async () => {
    const count = async () => (await world.rows("SELECT COUNT(*) n FROM admin_audits"))[0].n;
    const before = await count();
    for (const [body, field] of [
      [{ limits: { idle_timeout_ms: 1_000 } }, "limits.idle_timeout_ms"],
      [{ limits: { keep_alive_ms: 60_000 } }, "limits.keep_alive_ms"],
      [{ limits: { requests_per_minute: 6_001 } }, "limits.requests_per_minute"],
      [{ limits: { send_burst: 1.5 } }, "limits.send_burst"],
      [{ limits: { colour: 1 } }, "limits.colour"],
      [{ retention: { audit_days: 7 } }, "retention.audit_days"],
      [{ secret: "x" }, "secret"],
      [{}, "limits"],
    ]) {
      const { status, body: problem } = await admin.call("PATCH", SETTINGS, body);
      assert.deepEqual([status, problem.errors?.[0]?.field], [422, field], JSON.stringify(body));
    }
    assert.equal((await ana.call("GET", SETTINGS)).status, 403);
    assert.equal((await ana.call("PATCH", SETTINGS, { limits: { body_chars: 5 } })).status, 403);
    assert.equal(await count(), before);
  });

  test("a change applies to silent sockets too", async () => {
    const device = await ana.ownChannel();
    const chat = await ana.chat(conversation);
    await change({ limits: { idle_timeout_ms: 60_000 } });
    await eventually(() => known().idle_timeout_ms === 60_000, "the alarm's look-up of the settings");
    assert.equal(chat.closed, undefined, "with the old limit it would be closed by now");
    assert.equal(device.closed, undefined);
    await change({ limits: { idle_timeout_ms: 5_000, keep_alive_ms: 2_000 } });
    await ben.ok("POST", `/api/chat/conversations/${conversation}/read`, {});
    assert.equal((await chat.end()).code, 4408, "the next check is earlier");
    await device.close();
  });

  test("an invalid stored setting falls back to its default and is logged", async () => {
    await world.rows(`UPDATE apps SET settings = '{"limits":{"body_chars":"many"}}' WHERE tenant_id = 'other'`);
    const other = world.person("1", { tenant: "other", roles: ["admin"] });
    assert.equal((await other.ok("GET", SETTINGS)).limits.body_chars, 4_000);
    await eventually(() => world.printed.some((line) => line.includes('"limits.body_chars"')), "the warning");
  });

  const lines = () => world.printed.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  const linesOf = (id) => lines().filter((line) => line.request_id === id);

  test("every request has a log line, and a failure's request id is in the lines of edge and object", async () => {
    await ana.ok("GET", "/api/chat/users?q=findme", undefined, { "x-request-id": "looked-for-1" });
    await eventually(() => linesOf("looked-for-1").length > 0, "the line of a request");
    const [{ ms, ...line }] = linesOf("looked-for-1");
    assert.ok(ms >= 0);
    const expected = { level: "info", at: "http", method: "GET", path: "/api/chat/users", status: 200, app: "1" };
    assert.deepEqual(line, { ...expected, request_id: "looked-for-1" });

    const stranger = world.person("stranger");
    await stranger.ok("GET", "/api/me");
    await world.rows("ALTER TABLE members RENAME TO members_away");
    try {
      const path = `/api/chat/conversations/${conversation}`;
      const sent = await stranger.call("POST", `${path}/messages`, { body: "hush hush" }, { "x-request-id": "lost-1" });
      assert.equal(sent.status, 503);
      const events = await stranger.call("GET", `${path}/events`, undefined, { "x-request-id": "lost-2" });
      assert.equal(events.status, 503);
    } finally {
      await world.rows("ALTER TABLE members_away RENAME TO members");
    }
    for (const [id, at] of [
      ["lost-1", "conversation.command"],
      ["lost-2", "conversation.connect"],
    ]) {
      const places = () => linesOf(id).map((line) => `${line.level} ${line.at}`);
      await eventually(() => places().length >= 3, "one line of the object and two of the edge");
      assert.deepEqual(places().sort(), [`error ${at}`, "error http", "info http"]);
    }
  });

  test("[I11] no token, name or message body is in the log, which has no info lines by default", async () => {
    const text = world.printed.join("\n");
    for (const secret of [
      ana.token,
      "demo-secret",
      "Ana Secreta",
      "hush hush",
      "findme",
      "all at once",
      conversation,
    ]) {
      assert.equal(text.includes(secret), false, `the log holds ${secret.slice(0, 12)}`);
    }
    const quiet = await startWorld();
    try {
      await quiet.person("7").ok("GET", "/api/me");
      assert.deepEqual(
        quiet.printed.filter((line) => line.includes('"info"')),
        [],
      );
    } finally {
      await quiet.stop();
    }
  });
});
