// An app's settings apply: channels per socket, sockets per gateway, connections of the app, disabling, and expiring
// identities.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, connect, dial, wire } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const channelsOf = async (server) => (await (await server.get({ path: "/channels" })).json()).channels;

describe("settings of the Pusher protocol", () => {
  let world, server;

  before(async () => {
    const pusher = { sockets_per_gateway: 3, channels_per_socket: 5, activity_timeout_s: 6, subscription_counts: true };
    world = await startWorld({ limits: WIDE, pusher });
    server = backend(world);
  });
  after(() => world.stop());

  test("a socket that a full gateway refuses goes to another one, and all get the same events", async () => {
    const sockets = await Promise.all(Array.from({ length: 10 }, () => wire(world)));
    assert.equal(sockets[0].handshake.activity_timeout, 6);
    await Promise.all(sockets.map((socket) => socket.subscribe("spread")));
    await server.trigger("spread", "all", {});
    for (const socket of sockets) await socket.received("spread", "all");
    const gateways = await world.rows("SELECT name FROM gateways WHERE tenant_id = 'demo'");
    assert.ok(gateways.length >= 4, `${gateways.length} gateways for ten sockets, three in each`);
    assert.deepEqual(await channelsOf(server), { spread: {} });
    for (const socket of sockets) socket.terminate();
    await eventually(async () => Object.keys(await channelsOf(server)).length === 0, "the channel to be empty");
  });

  test("a watchlist does not count as channels, and is in no list", async () => {
    const watchlist = Array.from({ length: 100 }, (_, n) => `watched-${n}`);
    await Promise.all(watchlist.map((user) => world.person(user).ok("GET", "/api/me")));
    const socket = await wire(world);
    const other = await wire(world);
    for (const [one, id] of [
      [socket, "watcher"],
      [other, "watched-7"],
    ]) {
      one.send({ event: "pusher:signin", data: server.authenticateUser(one.id, { id, watchlist }) });
      await one.event("pusher:signin_success");
    }
    await socket.event("pusher_internal:watchlist_events");
    for (let n = 0; n < 5; n++) await socket.subscribe(`own-${n}`);
    socket.sendSubscribe("own-5");
    assert.deepEqual((await socket.refusal("own-5")).type, "LimitReached");
    const own = Array.from({ length: 5 }, (_, n) => [`own-${n}`, {}]);
    assert.deepEqual(await channelsOf(server), Object.fromEntries(own));
    for (let n = 0; n < 2; n++) {
      await other.subscribe("own-0");
      await socket.received("own-0", "pusher_internal:subscription_count");
      other.send({ event: "pusher:unsubscribe", data: { channel: "own-0" } });
    }
    const inner = socket.frames.filter(({ channel }) => channel?.startsWith("#"));
    assert.deepEqual(inner, [], "watchlist channels are not listed");
    for (const one of [socket, other]) one.terminate();
  });

  test("a subscription ends with its identity, and continues with a new one", async () => {
    const brief = () => world.person("7", { expiresIn: 6 });
    const lasting = world.person("7");
    const first = brief();
    let calls = 0;
    const headersProvider = () => ({ authorization: `Bearer ${(calls++ === 0 ? first : lasting).token}` });
    const endpoint = `${world.url}/broadcasting/auth`;
    const renewing = await connect(world, { channelAuthorization: { transport: "ajax", endpoint, headersProvider } });
    const ending = await connect(world, { person: brief() });
    for (const client of [renewing, ending]) await client.subscribe("private-user.7");
    for (const client of [renewing, ending]) assert.equal(await client.fault(), 4200);
    assert.equal((await ending.received("private-user.7", "pusher:subscription_error")).status, 401);
    await renewing.received("private-user.7", "pusher:subscription_succeeded");
    await server.trigger("private-user.7", "after", {});
    await renewing.received("private-user.7", "after");
    assert.equal(ending.frames.filter(({ event }) => event === "after").length, 0);
    for (const client of [renewing, ending]) client.close();
  });

  test("disabling an app closes its clients, and they give up", async () => {
    const client = await connect(world);
    await world.rows("UPDATE apps SET disabled_at = 1 WHERE tenant_id = 'demo'");
    assert.equal(await client.fault(60_000), 4003);
    await client.state("disconnected");
    assert.equal((await dial(world).end()).code, 4003);
    await assert.rejects(server.trigger("any", "event", {}), ({ status }) => status === 401 || status === 403);
  });
});

describe("the maximum of connections", () => {
  let world;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, max_connections: 5 }, pusher: { gateways: 3 } });
  });
  after(() => world.stop());

  const answer = async (socket) => {
    await socket.until((frames) => frames.length > 0, "an answer");
    return socket.frames[0];
  };
  const isIn = ({ event }) => event === "pusher:connection_established";

  test("a client over the limit gets an error, retries while that can help, and connects once another leaves", async () => {
    const admin = world.person("1", { roles: ["admin"] });
    const counted = async () => (await admin.ok("GET", "/api/admin/stats")).connections;
    const knocking = Array.from({ length: 12 }, () => dial(world));
    await Promise.all(knocking.map(answer));
    const open = () => knocking.filter(({ closed, frames }) => !closed && isIn(frames[0]));
    await eventually(async () => open().length === 5 && (await counted()) === 5, "5 connections");
    for (const socket of knocking.filter((socket) => !open().includes(socket))) {
      const { code } = await socket.end();
      // Refused by the gateway's last count, or admitted and closed by the registry's answer.
      assert.equal(code, isIn(socket.frames[0]) ? 4100 : 4004);
    }
    await eventually(async () => {
      const socket = dial(world);
      const isRefused = !isIn(await answer(socket));
      assert.equal((await socket.end()).code, isRefused ? 4004 : 4100);
      return isRefused;
    }, "a gateway that knows that the app is full");
    await open()[0].close();
    await eventually(async () => {
      if (open().length === 5) return (await counted()) === 5 && open().length === 5;
      const socket = dial(world);
      if (isIn(await answer(socket))) knocking.push(socket);
      return false;
    }, "room for one");
  });
});
