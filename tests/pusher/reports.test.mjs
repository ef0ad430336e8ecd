// Reports of subscribers from gateways to channels: cached events, apps with channel webhooks, and new gateways.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, wire } from "../support/pusher.mjs";
import { Receiver } from "../support/receiver.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const GATEWAYS = "SELECT name FROM gateways WHERE tenant_id = 'demo' ORDER BY name";

/** Changes Pusher settings. */
const set = (world, pusher) =>
  world.person("admin", { roles: ["admin"] }).ok("PATCH", "/api/admin/settings", { pusher });

describe("public cache channels", () => {
  let world, server;

  before(async () => {
    world = await startWorld({ limits: WIDE, pusher: { gateways: 2 } });
    server = backend(world);
  });
  after(() => world.stop());

  const opened = (count) => Promise.all(Array.from({ length: count }, () => wire(world)));
  const rows = (channel) => world.rows("SELECT kept_until FROM cached_channels WHERE channel = ?1", channel);

  test("without an event create no object, and send a cache miss", async () => {
    const sockets = await opened(6);
    for (const [at, socket] of sockets.entries()) {
      await Promise.all(Array.from({ length: 20 }, (_, n) => socket.subscribe(`cache-${at}-${n}`)));
      await Promise.all(Array.from({ length: 20 }, (_, n) => socket.received(`cache-${at}-${n}`, "pusher:cache_miss")));
    }
    assert.equal(world.objectCount("Channel"), 0);
    assert.deepEqual(await world.rows("SELECT * FROM cached_channels"), []);
    for (const socket of sockets) socket.terminate();
  });

  test("send their last event to later subscribers on every gateway, after hibernation and kill -9", async () => {
    const early = await opened(4);
    await Promise.all(early.map((socket) => socket.subscribe("cache-board")));
    for (const socket of early) await socket.received("cache-board", "pusher:cache_miss");
    const began = Date.now();
    await server.trigger("cache-board", "score", { home: 1 });
    for (const socket of early) assert.deepEqual(await socket.received("cache-board", "score"), { home: 1 });
    const [{ kept_until: until }] = await rows("cache-board");
    assert.ok(until >= began + 30 * 60_000 && until < began + 40 * 60_000, "for 30 minutes plus a margin");
    const receives = async (home) => {
      const late = await opened(6);
      await Promise.all(late.map((socket) => socket.subscribe("cache-board")));
      for (const socket of late) assert.deepEqual(await socket.received("cache-board", "score"), { home });
      for (const socket of late) {
        assert.equal(socket.frames.filter(({ event }) => event === "pusher:cache_miss").length, 0);
        socket.terminate();
      }
    };
    await receives(1);
    await server.trigger("cache-board", "score", { home: 2 });
    assert.deepEqual(await rows("cache-board"), [{ kept_until: until }], "not renewed at every event");
    await receives(2);
    for (const { name } of await world.rows(GATEWAYS)) await world.engine.evict("Gateway", `demo/${name}`);
    await world.engine.evict("Channel", "demo/channel/cache-board");
    await receives(2);
    await world.engine.kill();
    await receives(2);
  });

  test("send an event as soon as the first one is published", async () => {
    for (let n = 0; n < 10; n++) {
      const channel = `cache-turn-${n}`;
      const [before, after] = await opened(2);
      await before.subscribe(channel);
      await server.trigger(channel, "first", { n });
      await after.subscribe(channel);
      assert.deepEqual(await after.received(channel, "first"), { n });
      assert.deepEqual(await before.received(channel, "first"), { n });
      for (const socket of [before, after]) socket.terminate();
    }
  });
});

describe("an app with channel webhooks", () => {
  let world, server, receiver;

  before(async () => {
    receiver = await Receiver.start();
    world = await startWorld({ limits: WIDE, pusher: { activity_timeout_s: 5 } });
    server = backend(world);
  });
  after(async () => {
    await world.stop();
    receiver.stop();
  });

  test("gets the channels that were already occupied, and every later change", async () => {
    const early = await wire(world);
    await early.subscribe("asked");
    await early.subscribe("left");
    assert.equal(world.objectCount("Channel"), 0);
    const webhooks = [{ url: receiver.url, events: ["channel_occupied", "channel_vacated", "subscription_count"] }];
    await world.rows("UPDATE apps SET webhooks = ?1 WHERE tenant_id = 'demo'", JSON.stringify(webhooks));
    const count = (channel, name) => receiver.of(channel).filter((event) => event.name === name).length;
    await receiver.until(
      () => count("asked", "channel_occupied") && count("left", "channel_occupied"),
      "the earlier subscriptions",
    );
    const late = await wire(world);
    await late.subscribe("new");
    await receiver.until(() => count("new", "channel_occupied"), "the later subscription");
    early.send({ event: "pusher:unsubscribe", data: { channel: "left" } });
    await receiver.until(() => count("left", "channel_vacated"), "the end of a subscription");
    assert.equal(count("asked", "channel_vacated"), 0);
    assert.equal(world.objectCount("Channel"), 3, "counts of subscriptions need an object for each channel");
    await server.trigger(["asked", "new"], "all", {});
    await early.received("asked", "all");
    await late.received("new", "all");
  });

  test("gets subscription counts if its settings say so", async () => {
    await set(world, { subscription_counts: true });
    const sockets = [await wire(world), await wire(world)];
    for (const socket of sockets) await socket.subscribe("counted");
    const count = await sockets[0].pick(({ data, event }) => {
      return event === "pusher_internal:subscription_count" && JSON.parse(data).subscription_count === 2;
    }, "a count of two");
    assert.equal(count.channel, "counted");
  });
});

describe("a new gateway", () => {
  let world, server;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    server = backend(world);
  });
  after(() => world.stop());

  test("gets events from its first subscriber on, also right after a publish", async () => {
    const old = await wire(world);
    await old.subscribe("moving");
    await server.trigger("moving", "n", 0);
    await set(world, { gateways: 16 });
    let published = 0;
    let isOver = false;
    const publisher = (async () => {
      while (!isOver) {
        published += 1;
        await server.trigger("moving", "n", published);
      }
    })();
    const subscribers = [];
    for (let n = 0; n < 24; n++) {
      const socket = await wire(world);
      await socket.subscribe("moving");
      subscribers.push({ socket, first: published + 1 });
    }
    assert.ok((await world.rows(GATEWAYS)).length > 4, "there are more gateways");
    const end = published + 1;
    const has = (number) => (frames) => frames.some(({ event, data }) => event === "n" && Number(data) >= number);
    for (const { socket } of subscribers) await socket.until(has(end), `event ${end}`);
    isOver = true;
    await publisher;
    for (const { socket, first } of subscribers) {
      const numbers = socket.frames.filter(({ event }) => event === "n").map(({ data }) => Number(data));
      assert.ok(numbers[0] <= first, `the first is ${numbers[0]}, and it was let in before ${first}`);
      const all = Array.from({ length: numbers.at(-1) - numbers[0] + 1 }, (_, at) => numbers[0] + at);
      assert.deepEqual(numbers, all, "no gap, no repeat, in order");
    }
  });
});
