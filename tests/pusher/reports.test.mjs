// Who is told of listeners, and when: the events that cache channels keep, apps that ask who listens, and new gateways.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, wire } from "../support/pusher.mjs";
import { Receiver } from "../support/receiver.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const GATEWAYS = "SELECT name FROM gateways WHERE tenant_id = 'demo' ORDER BY name";

/** Sets something of the protocol. */
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

  test("that nobody has published on make no object, and say that there is nothing", async () => {
    const sockets = await opened(6);
    for (const [at, socket] of sockets.entries()) {
      await Promise.all(Array.from({ length: 20 }, (_, n) => socket.subscribe(`cache-${at}-${n}`)));
      await Promise.all(Array.from({ length: 20 }, (_, n) => socket.received(`cache-${at}-${n}`, "pusher:cache_miss")));
    }
    assert.equal(world.objectCount("Channel"), 0);
    assert.deepEqual(await world.rows("SELECT * FROM cached_channels"), []);
    for (const socket of sockets) socket.terminate();
  });

  test("hand their last event to whoever comes later, by whichever gateway, through sleep and kill -9", async () => {
    const early = await opened(4);
    await Promise.all(early.map((socket) => socket.subscribe("cache-board")));
    for (const socket of early) await socket.received("cache-board", "pusher:cache_miss");
    const asked = Date.now();
    await server.trigger("cache-board", "score", { home: 1 });
    for (const socket of early) assert.deepEqual(await socket.received("cache-board", "score"), { home: 1 });
    const [{ kept_until: until }] = await rows("cache-board");
    assert.ok(until >= asked + 30 * 60_000 && until < asked + 40 * 60_000, "for half an hour, and a little more");
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
    assert.deepEqual(await rows("cache-board"), [{ kept_until: until }], "written once in a while");
    await receives(2);
    for (const { name } of await world.rows(GATEWAYS)) await world.engine.evict("Gateway", `demo/${name}`);
    await world.engine.evict("Channel", "demo/channel/cache-board");
    await receives(2);
    await world.engine.kill();
    await receives(2);
  });

  test("say so as soon as something is published where there was nothing", async () => {
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

describe("an app that asks who listens", () => {
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

  test("is told of those who listened before it asked, and of everybody from then on", async () => {
    const early = await wire(world);
    await early.subscribe("asked");
    await early.subscribe("left");
    assert.equal(world.objectCount("Channel"), 0);
    const webhooks = [{ url: receiver.url, events: ["channel_occupied", "channel_vacated", "subscription_count"] }];
    await world.rows("UPDATE apps SET webhooks = ?1 WHERE tenant_id = 'demo'", JSON.stringify(webhooks));
    const told = (channel, name) => receiver.of(channel).filter((event) => event.name === name).length;
    await receiver.until(() => told("asked", "channel_occupied") && told("left", "channel_occupied"), "the early ones");
    const late = await wire(world);
    await late.subscribe("new");
    await receiver.until(() => told("new", "channel_occupied"), "the late one");
    early.send({ event: "pusher:unsubscribe", data: { channel: "left" } });
    await receiver.until(() => told("left", "channel_vacated"), "who left");
    assert.equal(told("asked", "channel_vacated"), 0);
    assert.equal(world.objectCount("Channel"), 3);
    await server.trigger(["asked", "new"], "all", {});
    await early.received("asked", "all");
    await late.received("new", "all");
  });

  test("by its settings hears the numbers", async () => {
    await set(world, { subscription_counts: true });
    const sockets = [await wire(world), await wire(world)];
    for (const socket of sockets) await socket.subscribe("counted");
    const count = await sockets[0].pick(({ data, event }) => {
      return event === "pusher_internal:subscription_count" && JSON.parse(data).subscription_count === 2;
    }, "a count of two");
    assert.equal(count.channel, "counted");
  });
});

describe("a gateway that is new", () => {
  let world, server;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    server = backend(world);
  });
  after(() => world.stop());

  test("is asked from its first listener on, whatever was published just before", async () => {
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
    const heard = [];
    for (let n = 0; n < 24; n++) {
      const socket = await wire(world);
      await socket.subscribe("moving");
      heard.push({ socket, first: published + 1 });
    }
    assert.ok((await world.rows(GATEWAYS)).length > 4, "there are more gateways");
    const end = published + 1;
    const has = (number) => (frames) => frames.some(({ event, data }) => event === "n" && Number(data) >= number);
    for (const { socket } of heard) await socket.until(has(end), `event ${end}`);
    isOver = true;
    await publisher;
    for (const { socket, first } of heard) {
      const numbers = socket.frames.filter(({ event }) => event === "n").map(({ data }) => Number(data));
      assert.ok(numbers[0] <= first, `the first is ${numbers[0]}, and it was let in before ${first}`);
      const all = Array.from({ length: numbers.at(-1) - numbers[0] + 1 }, (_, at) => numbers[0] + at);
      assert.deepEqual(numbers, all, "no gap, no repeat, in order");
    }
  });
});
