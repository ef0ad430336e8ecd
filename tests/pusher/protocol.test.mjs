// Answers on the wire to valid and invalid frames, compared with the published protocol; other clients are not disturbed.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, afterEach, before, describe, test } from "node:test";
import { backend, dial, wire } from "../support/pusher.mjs";
import { dataOf } from "../support/wire.mjs";
import { startWorld } from "../support/world.mjs";

const APP = `INSERT INTO apps (id, tenant_id, key, secret, allowed_origins, disabled_at, created_at)
  VALUES (?1, ?2, ?2 || '-key', ?2 || '-secret', ?3, ?4, 0)`;

describe("the Pusher protocol", () => {
  let world, server, bystander;
  let ticks = 0;

  before(async () => {
    world = await startWorld({ pusher: { presence_members: 3 } });
    const database = await world.engine.database();
    await database.prepare(APP).bind("8", "closed", '["*"]', 1).run();
    await database.prepare(APP).bind("9", "picky", '["https://good.example"]', null).run();
    server = backend(world);
    bystander = await wire(world);
    await bystander.subscribe("bystander");
  });
  afterEach(async () => {
    await server.trigger("bystander", "tick", { tick: ++ticks });
    assert.deepEqual(await bystander.received("bystander", "tick"), { tick: ticks }, "other clients are not disturbed");
    assert.equal(bystander.closed, undefined);
  });
  after(() => world.stop());

  const sign = (text, secret = "demo-secret", key = "demo-key") =>
    `${key}:${createHmac("sha256", secret).update(text).digest("hex")}`;
  const signed = (socket, channel, data) => {
    const channel_data = typeof data === "object" ? JSON.stringify(data) : data;
    const text = channel_data === undefined ? `${socket.id}:${channel}` : `${socket.id}:${channel}:${channel_data}`;
    return { auth: sign(text), channel_data };
  };

  test("a client with a supported version gets its socket's id and the ping interval", async () => {
    const agents = ["", "&client=js&version=8.6.0&flash=false", "&client=dart&version=&more=1"];
    for (const protocol of [5, 6, 7]) {
      for (const agent of agents) {
        const socket = await wire(world, { query: `protocol=${protocol}${agent}` });
        assert.equal(socket.frames.length, 1);
        assert.equal(typeof socket.frames[0].data, "string", "data is a string");
        assert.match(socket.handshake.socket_id, /^\d+\.\d+$/);
        assert.equal(socket.handshake.activity_timeout, 30);
        socket.terminate();
      }
    }
  });

  for (const [kind, code, options] of [
    ["of another version", 4007, { query: "protocol=4" }],
    ["of a version to come", 4007, { query: "protocol=8" }],
    ["of no version", 4008, { query: "client=js" }],
    ["of an empty version", 4008, { query: "protocol=" }],
    ["whose version is no number", 4006, { query: "protocol=seven" }],
    ["of an app that does not exist", 4001, { key: "nobody" }],
    ["of an app of an odd name", 4001, { key: "%00%ff" }],
    ["of a disabled app", 4003, { key: "closed-key" }],
    ["from a page that the app does not list", 4009, { key: "picky-key", headers: { origin: "https://evil.example" } }],
  ]) {
    test(`a client ${kind} gets ${code} in a frame, and is closed with it`, async () => {
      const socket = dial(world, options);
      const end = await socket.end();
      assert.equal(end.code, code);
      assert.ok(end.reason.length > 0);
      assert.equal(socket.frames.length, 1);
      const { event, data } = socket.frames[0];
      assert.deepEqual([event, data.code, typeof data.message], ["pusher:error", code, "string"]);
    });
  }

  test("a page of a listed origin, and a client without an origin, connect", async () => {
    await wire(world, { key: "picky-key", headers: { origin: "https://good.example" } });
    await wire(world, { key: "picky-key" });
  });

  test("a ping is answered, in the clients' exact bytes and in other forms", async () => {
    const socket = await wire(world);
    for (const ping of [
      '{"event":"pusher:ping","data":{}}',
      '{"event":"pusher:ping","data":"{}"}',
      ' { "data" : null, "event" : "pusher:ping" } ',
      '{"event":"pusher:ping"}',
    ]) {
      socket.send(ping);
      await socket.event("pusher:pong");
    }
    assert.deepEqual([...new Set(socket.texts.slice(1))], ['{"event":"pusher:pong","data":{}}']);
    socket.send({ event: "pusher:pong", data: {} });
    await socket.settled();
  });

  for (const [kind, frame, code] of [
    ["bytes", new Uint8Array([1, 2, 3]), null],
    ["broken JSON", '{"event":', null],
    ["nothing", "", null],
    ["an array", ["pusher:ping"], null],
    ["a text", '"pusher:ping"', null],
    ["an object without an event", {}, null],
    ["an event that is no text", { event: 7 }, null],
    ["an event of the protocol that does not exist", { event: "pusher:dance" }, null],
    ["an event that only servers send", { event: "pusher_internal:member_added", channel: "x", data: "{}" }, null],
    ["an event without the clients' prefix", { event: "dance", channel: "private-x", data: {} }, 4301],
    ["a subscription to nothing", { event: "pusher:subscribe", data: {} }, null],
    ["a subscription without data", { event: "pusher:subscribe" }, null],
    ["a subscription to a number", { event: "pusher:subscribe", data: { channel: 7 } }, null],
    ["a subscription to no name", { event: "pusher:subscribe", data: { channel: "" } }, null],
    ["a subscription to an odd name", { event: "pusher:subscribe", data: { channel: "a b/c" } }, null],
    ["a subscription to a long name", { event: "pusher:subscribe", data: { channel: "x".repeat(165) } }, null],
    ["data that is too long", { event: "pusher:subscribe", data: { channel: "x", channel_data: "x".repeat(11_000) } }],
    ["a frame that is too long", { event: "client-x", channel: "private-x", data: "x".repeat(70_000) }, null],
    ["a sign-in without data", { event: "pusher:signin", data: {} }, null],
    ["a client event without a channel", { event: "client-x", data: {} }, 4301],
    ["a client event to an odd name", { event: "client-x", channel: "a b", data: {} }, 4301],
    ["a client event where one does not listen", { event: "client-x", channel: "private-x", data: {} }, 4301],
    ["a client event on a public channel", { event: "client-x", channel: "lobby", data: {} }, 4301],
    ["a client event on an encrypted channel", { event: "client-x", channel: "private-encrypted-x", data: {} }, 4301],
    ["a client event of a long name", { event: `client-${"x".repeat(200)}`, channel: "private-in", data: {} }, 4301],
    ["a client event that is too large", { event: "client-x", channel: "private-in", data: "x".repeat(10_241) }, 4301],
  ]) {
    test(`${kind} gets an error, and the socket stays open`, async () => {
      const socket = await wire(world);
      await socket.subscribe("lobby");
      for (const name of ["private-in", "private-encrypted-x"]) await socket.subscribe(name, signed(socket, name));
      socket.send(frame);
      const fault = await socket.fault();
      assert.equal(fault.code, code ?? null);
      assert.ok(fault.message.length > 0 && fault.message.length < 200, "the error does not repeat the input");
      await socket.settled();
      assert.equal(socket.frames.filter(({ event }) => event === "pusher:error").length, 1);
      socket.terminate();
    });
  }

  test("a second subscription is an error without effect, and unsubscribing twice is allowed", async () => {
    const socket = await wire(world);
    await socket.subscribe("twice");
    socket.sendSubscribe("twice");
    assert.match((await socket.fault()).message, /twice/);
    await server.trigger("twice", "once", {});
    await socket.received("twice", "once");
    socket.send({ event: "pusher:unsubscribe", data: { channel: "never-listened" } });
    socket.send({ event: "pusher:unsubscribe", data: { channel: "twice" } });
    socket.send({ event: "pusher:unsubscribe", data: { channel: "twice" } });
    await socket.settled();
    assert.equal(socket.frames.filter(({ event }) => event === "once").length, 1);
    assert.equal(socket.frames.filter(({ event }) => event === "pusher:error").length, 1);
  });

  test("subscribe, unsubscribe and subscribe in immediate succession ends subscribed", async () => {
    const socket = await wire(world);
    socket.sendSubscribe("breath");
    socket.send({ event: "pusher:unsubscribe", data: { channel: "breath" } });
    socket.sendSubscribe("breath");
    await socket.answer("breath");
    await socket.settled();
    await server.trigger("breath", "hello", {});
    await socket.received("breath", "hello");
    assert.equal(socket.frames.filter(({ event }) => event === "pusher:error").length, 0);
  });

  test("other frames of a socket do not wait for the answer to a subscription", async () => {
    // A fast server may have answered all before the ping arrives, but not each time.
    let overtakes = 0;
    for (let round = 0; round < 10 && overtakes === 0; round++) {
      const socket = await wire(world);
      const channels = Array.from({ length: 50 }, (_, n) => `private-slow-${round}-${n}`);
      for (const channel of channels) socket.sendSubscribe(channel, signed(socket, channel));
      await socket.settled();
      const names = socket.frames.map(({ event }) => event);
      if (names.indexOf("pusher:pong") < channels.length) overtakes += 1;
      for (const channel of channels) await socket.answer(channel);
    }
    assert.ok(overtakes > 0, "a pong came before the answer to a subscription");
  });

  test("a client event sent right after a subscribe is accepted once the subscription succeeds", async () => {
    const [socket, other] = [await wire(world), await wire(world)];
    await other.subscribe("private-quick", signed(other, "private-quick"));
    socket.sendSubscribe("private-quick", signed(socket, "private-quick"));
    socket.send({ event: "client-now", channel: "private-quick", data: 1 });
    assert.equal(await other.received("private-quick", "client-now"), 1);
  });

  test("names of the maximum length are accepted", async () => {
    const socket = await wire(world);
    const name = `private-${"A-z_0=@,.;".repeat(15)}abcdef`;
    assert.equal(name.length, 164);
    await socket.subscribe(name, signed(socket, name));
    const event = "e".repeat(200);
    await server.trigger(name, event, { text: "x".repeat(10_000) });
    assert.equal((await socket.received(name, event)).text.length, 10_000);
  });

  test("a subscription that is not signed for this socket, this channel and this app is refused with 401", async () => {
    const [socket, other] = [await wire(world), await wire(world)];
    const channel = "private-guarded";
    const own = `${socket.id}:${channel}`;
    const data = JSON.stringify({ user_id: "7" });
    const good = sign(own);
    for (const [kind, forged] of Object.entries({
      "no signature": {},
      "an empty one": { auth: "" },
      "no key": { auth: good.split(":")[1] },
      "another socket's": { auth: sign(`${other.id}:${channel}`) },
      "another channel's": { auth: sign(`${socket.id}:private-other`) },
      "another secret": { auth: sign(own, "not-the-secret") },
      "another app's": { auth: sign(own, "other-secret", "other-key") },
      "this app's by another's key": { auth: sign(own, "demo-secret", "other-key") },
      "one that is cut": { auth: good.slice(0, -2) },
      "one that is longer": { auth: `${good}00` },
      "data that was not signed": { auth: good, channel_data: data },
      "data that was signed and is not sent": { auth: sign(`${own}:${data}`) },
      "an identity that has ended": signed(socket, channel, { user_id: "7", expires_at: Date.now() - 1 }),
    })) {
      socket.sendSubscribe(channel, forged);
      const refusal = await socket.refusal(channel);
      assert.deepEqual([refusal.type, refusal.status], ["AuthError", 401], kind);
    }
    await socket.subscribe(channel, { auth: good });
    assert.equal(socket.frames.filter(({ event }) => event.endsWith("subscription_succeeded")).length, 1);
  });

  test("presence data needs a user id and has a maximum size", async () => {
    const socket = await wire(world);
    const channel = "presence-strict";
    for (const [kind, data] of Object.entries({
      nothing: undefined,
      "no JSON": "{",
      "an array": ["7"],
      "no user_id": { user_info: {} },
      "an empty one": { user_id: "" },
      "an object": { user_id: {} },
      "a fraction": { user_id: 1.5 },
      "a long one": { user_id: "x".repeat(129) },
      "long user_info": { user_id: "7", user_info: { text: "x".repeat(1_024) } },
    })) {
      socket.sendSubscribe(channel, signed(socket, channel, data));
      assert.equal((await socket.refusal(channel)).status, 422, kind);
    }
    const longest = { user_id: "x".repeat(128), user_info: { text: "x".repeat(1_000) } };
    const { presence } = await socket.subscribe(channel, signed(socket, channel, longest));
    assert.deepEqual(presence, { ids: [longest.user_id], hash: { [longest.user_id]: longest.user_info }, count: 1 });
  });

  test("a numeric id stays a number, and a presence channel has a maximum of members", async () => {
    const sockets = [];
    const join = async (data) => {
      const socket = await wire(world);
      sockets.push(socket);
      socket.sendSubscribe("presence-full", signed(socket, "presence-full", data));
      return dataOf(await socket.answer("presence-full"));
    };
    assert.deepEqual((await join({ user_id: 10, user_info: { n: 1 } })).presence, {
      ids: [10],
      hash: { 10: { n: 1 } },
      count: 1,
    });
    await join({ user_id: "11" });
    const [first] = sockets;
    const added = await first.received("presence-full", "pusher_internal:member_added");
    assert.deepEqual(added, { user_id: "11", user_info: {} });
    assert.equal((await join({ user_id: 12 })).presence.count, 3);
    const refusal = await join({ user_id: "13" });
    assert.equal(refusal.type, "LimitReached");
    assert.equal((await join({ user_id: 12 })).presence.count, 3, "an existing member can open another tab");
    sockets[2].terminate();
    sockets[4].terminate();
    assert.deepEqual(await first.received("presence-full", "pusher_internal:member_removed"), { user_id: 12 });
  });

  test("a sign-in needs a signature, and a socket signs in once", async () => {
    const userData = (data) => JSON.stringify(data);
    const signIn = (socket, data, secret) =>
      socket.send({
        event: "pusher:signin",
        data: { auth: sign(`${socket.id}::user::${data}`, secret), user_data: data },
      });
    const forger = await wire(world);
    signIn(forger, userData({ id: "7" }), "not-the-secret");
    assert.equal((await forger.end()).code, 4009);
    const socket = await wire(world);
    socket.sendSubscribe("#server-to-user-7");
    assert.equal((await socket.refusal("#server-to-user-7")).status, 403);
    for (const data of [{}, { id: "" }, { id: 7.5 }, []]) {
      signIn(socket, userData(data));
      assert.equal((await socket.fault()).code, null);
    }
    signIn(socket, userData({ id: "7", watchlist: Array.from({ length: 101 }, (_, n) => `${n}`) }));
    assert.equal((await socket.fault()).code, 4302);
    signIn(socket, userData({ id: "7" }));
    assert.deepEqual(dataOf(await socket.event("pusher:signin_success")), { user_data: '{"id":"7"}' });
    await socket.subscribe("#server-to-user-7");
    socket.sendSubscribe("#server-to-user-8");
    assert.equal((await socket.refusal("#server-to-user-8")).status, 403);
    signIn(socket, userData({ id: "8" }));
    assert.equal((await socket.fault()).code, null);
    const numeric = await wire(world);
    signIn(numeric, userData({ id: 7 }));
    assert.deepEqual(dataOf(await numeric.event("pusher:signin_success")), { user_data: '{"id":7}' });
    await numeric.subscribe("#server-to-user-7");
  });

  test("[I5] channels of the same name in two tenants share nothing", async () => {
    const [ours, theirs] = [await wire(world), await wire(world, { key: "other-key" })];
    for (const socket of [ours, theirs]) await socket.subscribe("shared-name");
    const user = world.person("7", { tenant: "other" });
    const body = { socket_id: ours.id, channel_name: "private-user.7" };
    const granted = await user.ok("POST", "/broadcasting/auth", body);
    ours.sendSubscribe("private-user.7", granted);
    assert.equal((await ours.refusal("private-user.7")).status, 401);
    await server.trigger("shared-name", "ours", {});
    await ours.received("shared-name", "ours");
    const other = backend(world, { appId: "2", key: "other-key", secret: "other-secret" });
    await other.trigger("shared-name", "theirs", {});
    await theirs.received("shared-name", "theirs");
    for (const [socket, foreign] of [
      [ours, "theirs"],
      [theirs, "ours"],
    ]) {
      await socket.settled();
      assert.equal(socket.frames.filter(({ event }) => event === foreign).length, 0);
    }
  });

  test("a client over the rate limit gets an error, and is closed if it continues", async () => {
    const [flooder, slow] = [await wire(world), await wire(world)];
    for (let n = 0; n < 1_000; n++) flooder.send({ event: "pusher:unsubscribe", data: { channel: `x-${n}` } });
    assert.match((await flooder.fault()).message, /slow down/);
    assert.equal((await flooder.end()).code, 4100);
    await slow.subscribe("private-flood", signed(slow, "private-flood"));
    for (let n = 0; n < 30; n++) slow.send({ event: "client-n", channel: "private-flood", data: n });
    assert.equal((await slow.fault()).code, 4301);
    await slow.settled();
    assert.equal(slow.closed, undefined);
  });

  test("[I11] no secret and nothing that a client sent is in the log", () => {
    const text = world.printed.join("\n");
    for (const secret of ["demo-secret", "private-guarded", "not-the-secret", "xxxx", "dance"]) {
      assert.equal(text.includes(secret), false, `${secret} was printed`);
    }
  });
});
