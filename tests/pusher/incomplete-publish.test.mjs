// A publish that a gateway does not take, or not in time: the backend is told once that it is taken in, whoever can hear it
// hears it once, and the others know that they missed something.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { backend, wire } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

/** Sockets that are spread over both gateways. */
const SOCKETS = 12;
/** Longer than a publish waits for gateways, and shorter than a gateway may take to answer, milliseconds. */
const PROMPT_MS = 8_000;

describe("a publish that some gateways do not take", () => {
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
    await deaf({});
    for (const socket of sockets.splice(0)) await socket.close();
  });

  /** One of the two gateways does not answer on a path, or not before the next call of this. */
  const deaf = async (how) => {
    const query = new URLSearchParams(Object.keys(how).length > 0 ? { ...how, at: gateway } : {});
    assert.equal((await fetch(`${world.url}/api/__gateway-faults?${query}`)).status, 204);
  };

  /** Sockets that listen to the channel, on both gateways. */
  const listen = async () => {
    sockets = await Promise.all(Array.from({ length: SOCKETS }, () => wire(world)));
    const signed = ({ id }) => (channel.startsWith("private-") ? server.authorizeChannel(id, channel) : {});
    await Promise.all(sockets.map((socket) => socket.subscribe(channel, signed(socket))));
    const gateways = await world.rows("SELECT name FROM gateways WHERE tenant_id = 'demo' ORDER BY name");
    assert.equal(gateways.length, 2, "the sockets are spread over two gateways");
    gateway = `demo/${gateways[0].name}`;
  };

  /** The object behind the channel loses its memory. */
  const forget = () => world.engine.evict("Channel", `demo/channel/${channel}`);
  /** Publishes; fails unless that is answered by 200, before anybody has given up on a gateway. */
  const publish = async (n, params) => {
    const began = Date.now();
    const response = await server.trigger(channel, "note", { n }, params);
    assert.ok(Date.now() - began < PROMPT_MS, "nobody waits for the gateway");
    return (await response.json()).channels?.[channel];
  };
  const incomplete = async () => (await admin.ok("GET", "/api/admin/stats")).incomplete_publishes;
  const isCounted = (count) => eventually(async () => (await incomplete()) === count, `${count} to be counted`);

  /** Resolves when every socket has heard this, each once; if some may be sent away instead, when they were: how many. */
  const allKnow = async (notes, { mayBeSentAway = false } = {}) => {
    const heard = ({ frames }) => frames.filter(({ event }) => event === "note").map(({ data }) => JSON.parse(data).n);
    const isDone = (socket) => (socket.closed || heard(socket).length >= notes.length ? true : undefined);
    await Promise.all(sockets.map((socket) => socket.waitFor(() => isDone(socket), "an event, or the end")));
    const sentAway = sockets.filter(({ closed }) => closed);
    assert.deepEqual(new Set(sentAway.map(({ closed }) => closed.code)), new Set(mayBeSentAway ? [4200] : []));
    for (const socket of sockets) if (!socket.closed) assert.deepEqual(heard(socket), notes);
    return sentAway.length;
  };

  test("is taken in and counted, and listeners there come back when their gateway answers again", async () => {
    await listen();
    const before = await incomplete();
    await deaf({ fail: "/deliver" });
    await publish(1);
    await isCounted(before + 1);
    await deaf({});
    const sentAway = await allKnow([1], { mayBeSentAway: true });
    assert.ok(sentAway < SOCKETS, "others have heard it");
    const { text } = await admin.call("GET", "/metrics");
    assert.match(text, new RegExp(`^campana_incomplete_publishes_total\\{app="1"\\} ${before + 1}$`, "m"));
  });

  test("gets there late, once, if its gateway is only slow", async () => {
    await listen();
    const before = await incomplete();
    await deaf({ hang: "/deliver" });
    await publish(1);
    await isCounted(before + 1);
    await deaf({});
    await allKnow([1]);
    await publish(2);
    await allKnow([1, 2]);
    assert.equal(await incomplete(), before + 1);
  });

  test("is known to be missed although the object that took it in has lost its memory", async () => {
    await listen();
    await deaf({ fail: "/deliver" });
    await publish(1);
    await forget();
    await deaf({});
    await allKnow([1], { mayBeSentAway: true });
  });

  test("does not wait until listeners are counted, unless it asks how many there are", async () => {
    await listen();
    await forget();
    await deaf({ hang: "/census" });
    const before = await incomplete();
    await publish(1);
    await allKnow([1]);
    const { subscription_count } = await publish(2, { info: "subscription_count" });
    assert.ok(subscription_count < SOCKETS, "those of the other gateway");
    await allKnow([1, 2]);
    await deaf({});
    assert.deepEqual(await publish(3, { info: "subscription_count" }), { subscription_count: SOCKETS });
    await allKnow([1, 2, 3]);
    assert.equal(await incomplete(), before, "every gateway had all of them in time");
  });

  test("on a public channel waits at a gateway that has not said who listens, and goes to the others at once", async () => {
    channel = `news-${count}`;
    await listen();
    await deaf({ hang: "/census" });
    await publish(1);
    assert.ok(sockets.some(({ frames }) => frames.some(({ event }) => event === "note")));
    await deaf({});
    await publish(2);
    await allKnow([1, 2]);
  });

  test("on a public channel is known to be missed where the gateway did not say who listens", async () => {
    channel = `news-${count}`;
    await listen();
    await deaf({ fail: "/census" });
    await publish(1);
    await deaf({});
    await allKnow([1], { mayBeSentAway: true });
  });
});
