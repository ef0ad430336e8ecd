// A publish that a gateway does not accept, or not by the deadline: the backend gets one success, reachable subscribers get the
// event once, and the sockets of the other gateway are closed so that they reconnect.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { backend, wire } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

/** Sockets, spread over both gateways. */
const SOCKETS = 12;
/** Milliseconds: longer than a publish waits for gateways, shorter than the time-out of a call to a gateway. */
const PROMPT_MS = 8_000;

describe("a publish that some gateways do not accept", () => {
  let world, server, admin, gateway;
  let count = 0;
  let channel;
  let sockets = [];

  before(async () => {
    world = await startWorld({
      limits: WIDE,
      pusher: { gateways: 2 },
      front: join(import.meta.dirname, "../support/gateway-faults.mjs"),
    });
    server = backend(world);
    admin = world.person("admin", { roles: ["admin"] });
  });
  after(() => world.stop());

  beforeEach(async () => {
    count += 1;
    channel = `private-news-${count}`;
  });
  afterEach(async () => {
    await setFaults({});
    for (const socket of sockets.splice(0)) await socket.close();
  });

  /** Sets the faults of one of the two gateways; see gateway-faults.mjs. */
  const setFaults = async (faults) => {
    const query = new URLSearchParams(Object.keys(faults).length > 0 ? { ...faults, at: gateway } : {});
    assert.equal((await fetch(`${world.url}/api/__gateway-faults?${query}`)).status, 204);
  };

  /** Sockets subscribed to the channel, on both gateways. */
  const listen = async () => {
    sockets = await Promise.all(Array.from({ length: SOCKETS }, () => wire(world)));
    const signed = ({ id }) => (channel.startsWith("private-") ? server.authorizeChannel(id, channel) : {});
    await Promise.all(sockets.map((socket) => socket.subscribe(channel, signed(socket))));
    const gateways = await world.rows("SELECT name FROM gateways WHERE tenant_id = 'demo' ORDER BY name");
    assert.equal(gateways.length, 2, "the sockets are spread over two gateways");
    gateway = `demo/${gateways[0].name}`;
  };

  /** Evicts the object behind the channel from memory. */
  const forget = () => world.engine.evict("Channel", `demo/channel/${channel}`);
  /** Publishes; fails unless the response is 200 and comes before a call to a gateway can time out. */
  const publish = async (n, params) => {
    const began = Date.now();
    const response = await server.trigger(channel, "note", { n }, params);
    assert.ok(Date.now() - began < PROMPT_MS, "the publish does not wait for the gateway");
    return (await response.json()).channels?.[channel];
  };
  const incomplete = async () => (await admin.ok("GET", "/api/admin/stats")).incomplete_publishes;
  const isCounted = (count) => eventually(async () => (await incomplete()) === count, `${count} to be counted`);

  /** Resolves with the number of closed sockets when every open socket has all of these notes, each once. */
  const allReceived = async (notes, { someClosed = false } = {}) => {
    const received = ({ frames }) =>
      frames.filter(({ event }) => event === "note").map(({ data }) => JSON.parse(data).n);
    const isDone = (socket) => (socket.closed || received(socket).length >= notes.length ? true : undefined);
    await Promise.all(sockets.map((socket) => socket.waitFor(() => isDone(socket), "an event, or the end")));
    const closed = sockets.filter(({ closed }) => closed);
    assert.deepEqual(new Set(closed.map(({ closed }) => closed.code)), new Set(someClosed ? [4200] : []));
    for (const socket of sockets) if (!socket.closed) assert.deepEqual(received(socket), notes);
    return closed.length;
  };

  test("succeeds and is counted, and subscribers of the gateway reconnect once it answers again", async () => {
    await listen();
    const before = await incomplete();
    await setFaults({ fail: "/deliver" });
    await publish(1);
    await isCounted(before + 1);
    await setFaults({});
    const closed = await allReceived([1], { someClosed: true });
    assert.ok(closed < SOCKETS, "sockets of the other gateway received it");
    const { text } = await admin.call("GET", "/metrics");
    assert.match(text, new RegExp(`^campana_incomplete_publishes_total\\{app="1"\\} ${before + 1}$`, "m"));
  });

  test("arrives late and once if the gateway is only slow", async () => {
    await listen();
    const before = await incomplete();
    await setFaults({ hang: "/deliver" });
    await publish(1);
    await isCounted(before + 1);
    await setFaults({});
    await allReceived([1]);
    await publish(2);
    await allReceived([1, 2]);
    assert.equal(await incomplete(), before + 1);
  });

  test("is known to be missed although the object that accepted it was evicted", async () => {
    await listen();
    await setFaults({ fail: "/deliver" });
    await publish(1);
    await forget();
    await setFaults({});
    await allReceived([1], { someClosed: true });
  });

  test("waits for a pending resync only if it requests `info`", async () => {
    await listen();
    await forget();
    await setFaults({ hang: "/census" });
    const before = await incomplete();
    await publish(1);
    await allReceived([1]);
    const { subscription_count } = await publish(2, { info: "subscription_count" });
    assert.ok(subscription_count < SOCKETS, "the other gateway's subscribers");
    await allReceived([1, 2]);
    await setFaults({});
    assert.deepEqual(await publish(3, { info: "subscription_count" }), { subscription_count: SOCKETS });
    await allReceived([1, 2, 3]);
    assert.equal(await incomplete(), before, "every gateway had all of them by the deadline");
  });

  test("on a public channel waits at a gateway with a pending resync, and reaches the others immediately", async () => {
    channel = `news-${count}`;
    await listen();
    await setFaults({ hang: "/census" });
    await publish(1);
    assert.ok(sockets.some(({ frames }) => frames.some(({ event }) => event === "note")));
    await setFaults({});
    await publish(2);
    await allReceived([1, 2]);
  });

  test("on a public channel is known to be missed at a gateway whose resync failed", async () => {
    channel = `news-${count}`;
    await listen();
    await setFaults({ fail: "/census" });
    await publish(1);
    await setFaults({});
    await allReceived([1], { someClosed: true });
  });
});
