// The HTTP API for backends, called with the official server library, and the errors of sockets that do not open.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Pusher from "pusher";
import WebSocket from "ws";
import { encryptionMasterKey } from "../../scripts/lib/app-output.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const DEMO = { appId: "1", key: "demo-key", secret: "demo-secret" };

let world;

before(async () => {
  world = await startWorld({ limits: WIDE });
});
after(() => world?.stop());

function backend(options = {}) {
  const { hostname: host, port } = new URL(world.url);
  return new Pusher({ ...DEMO, host, port, useTLS: false, ...options });
}

async function body(response) {
  return (await response).json();
}

/** The error's body, which is one plain sentence. */
async function refused(request, status) {
  const error = await assert.rejects(request).then(
    () => request.catch((error) => error),
    (failure) => Promise.reject(failure),
  );
  assert.equal(error.status, status, error.body);
  assert.match(error.body, /^[A-Za-z_].*\n$/, "one sentence");
  assert.ok(!error.body.includes("secret"), error.body);
  return error.body;
}

/** Opens a Pusher client's socket; resolves with its frames and its close code. */
function dial(path, headers = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${world.engine.socketUrl}${path}`, { headers, closeTimeout: 50 });
    const frames = [];
    socket.on("message", (data) => {
      frames.push(JSON.parse(String(data)));
      if (frames[0].event === "pusher:connection_established") socket.close(1000);
    });
    socket.on("close", (code) => resolve({ frames, code }));
    socket.on("error", reject);
  });
}

describe("publishing", () => {
  test("an event is published to several channels and to a user", async () => {
    assert.deepEqual(await body(backend().trigger("news", "e", { a: 1 })), {});
    assert.deepEqual(await body(backend().trigger(["a", "b", "a"], "e", "text", { socket_id: "1.2" })), {});
    assert.deepEqual(await body(backend().sendToUser("7", "e", {})), {});
    assert.deepEqual(await body(backend().triggerBatch([{ channel: "a", name: "e", data: {} }])), {});
  });

  test("a publish with `info` returns the channels' counts", async () => {
    const info = "user_count,subscription_count";
    const answer = await body(backend().trigger("presence-a", "e", {}, { info }));
    assert.deepEqual(answer, { channels: { "presence-a": { user_count: 0, subscription_count: 0 } } });
    const batch = [
      { channel: "presence-a", name: "e", data: {}, info: "user_count" },
      { channel: "b", name: "e", data: {} },
    ];
    assert.deepEqual(await body(backend().triggerBatch(batch)), { batch: [{ user_count: 0 }, {}] });
  });

  test("an encrypted channel's key equals the one that the library derives", async () => {
    const own = backend({ encryptionMasterKeyBase64: encryptionMasterKey(DEMO.secret) });
    const channel = "private-encrypted-orders";
    const admin = world.person("1", { roles: ["admin"] });
    const request = { socket_id: "1.2", channel_name: channel };
    const { shared_secret, auth, channel_data } = await admin.ok("POST", "/broadcasting/auth", request);
    const theirs = own.authorizeChannel("1.2", channel, JSON.parse(channel_data));
    assert.equal(shared_secret, theirs.shared_secret);
    const [key, signature, carried] = auth.split(":");
    assert.deepEqual([key, signature], [DEMO.key, own.config.token.sign(`1.2:${channel}:${channel_data}`)]);
    assert.equal(Buffer.from(carried, "base64url").toString(), channel_data);
    assert.deepEqual(await body(own.trigger(channel, "e", { a: 1 })), {});
  });

  test("a sign-in gets the signature that the library would make", async () => {
    const { auth, user_data } = await world.person("7").ok("POST", "/broadcasting/user-auth", { socket_id: "1.2" });
    assert.equal(auth, backend().authenticateUser("1.2", JSON.parse(user_data)).auth);
  });
});

describe("queries", () => {
  test("no channel is occupied at first", async () => {
    assert.deepEqual(await body(backend().get({ path: "/channels" })), { channels: {} });
    const params = { filter_by_prefix: "presence-", info: "user_count" };
    assert.deepEqual(await body(backend().get({ path: "/channels", params })), { channels: {} });
    const one = backend().get({ path: "/channels/presence-x", params: { info: "user_count,subscription_count" } });
    assert.deepEqual(await body(one), { occupied: false, user_count: 0, subscription_count: 0 });
    assert.deepEqual(await body(backend().get({ path: "/channels/presence-x/users" })), { users: [] });
  });

  test("a user's connections are ended, also if there are none", async () => {
    assert.deepEqual(await body(backend().terminateUserConnections("7")), {});
  });

  test("attributes that a channel does not have are refused", async () => {
    await refused(backend().get({ path: "/channels/news/users" }), 400);
    await refused(backend().get({ path: "/channels/news", params: { info: "user_count" } }), 400);
    await refused(backend().get({ path: "/channels", params: { info: "user_count" } }), 400);
  });
});

describe("refusals", () => {
  test("[I5] a wrong secret, a wrong key, another app's key and an unknown app are refused", async () => {
    await refused(backend({ secret: "guess" }).trigger("news", "e", {}), 401);
    await refused(backend({ key: "guess" }).trigger("news", "e", {}), 401);
    await refused(backend({ key: "other-key", secret: "other-secret" }).trigger("news", "e", {}), 401);
    await refused(backend({ appId: "99" }).trigger("news", "e", {}), 404);
    assert.deepEqual(
      await body(backend({ appId: "2", key: "other-key", secret: "other-secret" }).trigger("a", "e", {})),
      {},
    );
  });

  test("a request signed more than 10 minutes ago is refused", async (t) => {
    const now = Date.now();
    const clock = t.mock.method(Date, "now", () => now - 700_000);
    const late = backend().createSignedQueryString({ method: "GET", path: "/apps/1/channels" });
    clock.mock.mockImplementation(() => now - 500_000);
    const recent = backend().createSignedQueryString({ method: "GET", path: "/apps/1/channels" });
    clock.mock.restore();
    const ask = async (query) => (await fetch(`${world.url}/apps/1/channels?${query}`)).status;
    assert.deepEqual([await ask(late), await ask(recent)], [401, 200]);
  });

  test("a body that was changed after signing is refused", async () => {
    const [method, path] = ["POST", "/apps/1/events"];
    const body = JSON.stringify({ name: "e", channels: ["news"], data: "x" });
    const query = backend().createSignedQueryString({ method, path, body });
    const send = async (body) => (await fetch(`${world.url}${path}?${query}`, { method, body })).status;
    assert.deepEqual([await send(body.replace("news", "mews")), await send(body)], [401, 200]);
  });

  test("too large events and too many channels are refused", async () => {
    await refused(backend().trigger("news", "e", "x".repeat(10_241)), 413);
    assert.equal((await backend().trigger("news", "e", "x".repeat(10_240))).status, 200);
    const batch = (count) =>
      Array.from({ length: count }, () => ({ channel: "a", name: "e", data: "x".repeat(10_240) }));
    await refused(backend().triggerBatch(batch(11)), 400);
    assert.equal((await backend().triggerBatch(batch(10))).status, 200);
    const channels = Array.from({ length: 101 }, (_, number) => `c${number}`);
    await refused(backend().post({ path: "/events", body: { name: "e", data: "x", channels } }), 400);
    await refused(backend().post({ path: "/events", body: { name: "e", data: { a: 1 }, channels: ["a"] } }), 400);
    await refused(backend().trigger("x".repeat(165), "e", {}), 400);
  });
});

describe("sockets that do not open", () => {
  test("get an error frame, and are closed with the code that clients act on", async () => {
    for (const [path, code] of [
      ["/app/nobody?protocol=7", 4001],
      ["/app/demo-key", 4008],
      ["/app/demo-key?protocol=seven", 4006],
      ["/app/demo-key?protocol=4", 4007],
    ]) {
      const { frames, code: closed } = await dial(path);
      assert.equal(closed, code, path);
      assert.deepEqual(
        frames.map(({ event, data }) => [event, data.code]),
        [["pusher:error", code]],
      );
    }
  });

  test("a request without an upgrade gets an HTTP error", async () => {
    const response = await fetch(`${world.url}/app/demo-key?protocol=7`);
    assert.equal(response.status, 426);
    assert.equal((await response.json()).type, "https://campana.dev/problems/upgrade-required");
  });

  test("a disabled app refuses sockets once the edge has read it", async () => {
    const other = backend({ appId: "2", key: "other-key", secret: "other-secret" });
    assert.equal((await other.get({ path: "/channels" })).status, 200);
    await world.rows("UPDATE apps SET disabled_at = 1 WHERE id = '2'");
    await eventually(async () => (await dial("/app/other-key?protocol=7")).code === 4003, "the app to be disabled");
    await refused(other.get({ path: "/channels" }), 403);
  });
});

test("a client cannot choose the region of its gateway", async () => {
  const { frames } = await dial("/app/demo-key?protocol=7&client=js&version=8.6.0", { "x-campana-region": "eu" });
  assert.equal(frames[0].event, "pusher:connection_established");
  const gateways = await world.rows("SELECT name FROM gateways WHERE tenant_id = 'demo'");
  assert.equal(gateways.length, 1);
  assert.match(gateways[0].name, /^(?!eu)[a-z]{2}\/0$/, "the region comes from the engine, not from the client");
});
