// Any client with the app's key can subscribe to any public name: a subscription creates no object, and events reach every
// subscriber.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { backend, connect, wire } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const SOCKETS = 30;
const CHANNELS = 100;

const occupied = async (server) => (await (await server.get({ path: "/channels" })).json()).channels;
const countOf = async (server, name) => {
  const answer = await server.get({ path: `/channels/${name}`, params: { info: "subscription_count" } });
  return (await answer.json()).subscription_count;
};
/** Publishes; returns the subscription count. */
const publish = async (server, name, event, data = {}) => {
  const answer = await server.trigger(name, event, data, { info: "subscription_count" });
  return (await answer.json()).channels[name].subscription_count;
};
const opened = (world, count) => Promise.all(Array.from({ length: count }, () => wire(world)));

describe("public channels without an event so far", () => {
  let world, server, sockets;

  before(async () => {
    world = await startWorld({ limits: WIDE, pusher: { gateways: 2, frames_per_address: 100_000 } });
    server = backend(world);
    sockets = await opened(world, SOCKETS);
  });
  after(() => world.stop());

  /** Evicts the gateways and the objects of channels; their sockets hibernate. */
  const sleep = async (...channels) => {
    const gateways = await world.rows("SELECT name FROM gateways WHERE tenant_id = 'demo'");
    assert.equal(gateways.length, 2, "the sockets are spread over two gateways");
    for (const channel of channels) await world.engine.evict("Channel", `demo/channel/${channel}`);
    for (const { name } of gateways) await world.engine.evict("Gateway", `demo/${name}`);
  };

  test("[I10] create no object, and are listed nevertheless", async () => {
    await Promise.all(
      sockets.map((socket, at) =>
        Promise.all(Array.from({ length: CHANNELS }, (_, n) => socket.subscribe(`invented-${at}-${n}`))),
      ),
    );
    assert.equal(Object.keys(await occupied(server)).length, SOCKETS * CHANNELS);
    assert.equal(world.objectCount("Channel"), 0);
    for (const [at, socket] of sockets.entries()) {
      for (let n = 0; n < CHANNELS; n++) {
        socket.send({ event: "pusher:unsubscribe", data: { channel: `invented-${at}-${n}` } });
      }
    }
    await eventually(async () => Object.keys(await occupied(server)).length === 0, "all channels to be vacated");
    assert.equal(world.objectCount("Channel"), 0);
  });

  test("carry the first and every later event to all subscribers", async () => {
    await Promise.all(sockets.map((socket) => socket.subscribe("first")));
    assert.equal(await publish(server, "first", "one"), SOCKETS);
    const late = await opened(world, 4);
    await Promise.all(late.map((socket) => socket.subscribe("first")));
    assert.equal(await publish(server, "first", "two"), SOCKETS + 4);
    sockets[0].send({ event: "pusher:unsubscribe", data: { channel: "first" } });
    await sockets[0].settled();
    await late[0].close();
    await eventually(async () => (await countOf(server, "first")) === SOCKETS + 2, "two unsubscriptions");
    await publish(server, "first", "three");
    for (const socket of [...sockets.slice(1), ...late.slice(1)]) await socket.received("first", "three");
    const events = (socket) => socket.frames.filter(({ channel }) => channel === "first").map(({ event }) => event);
    assert.deepEqual(events(sockets[0]).slice(1), ["one", "two"]);
    assert.deepEqual(events(sockets[1]).slice(1), ["one", "two", "three"]);
    assert.deepEqual(events(late[1]).slice(1), ["two", "three"]);
    for (const socket of late) socket.terminate();
  });

  test("carry events to a subscriber that joins after a publish without subscribers", async () => {
    assert.equal(await publish(server, "early", "nobody"), 0);
    const late = await opened(world, 6);
    await Promise.all(late.map((socket) => socket.subscribe("early")));
    assert.equal(await countOf(server, "early"), 6);
    assert.equal(await publish(server, "early", "everybody"), 6);
    for (const socket of late) await socket.received("early", "everybody");
    for (const socket of late) socket.terminate();
  });

  test("carry events after gateways and channels hibernate, before and after the first event", async () => {
    await Promise.all(sockets.slice(0, 10).map((socket) => socket.subscribe("asleep")));
    await sleep();
    await Promise.all(sockets.slice(10, 20).map((socket) => socket.subscribe("asleep")));
    assert.equal(await publish(server, "asleep", "one"), 20);
    await sleep("asleep");
    await Promise.all(sockets.slice(20).map((socket) => socket.subscribe("asleep")));
    assert.equal(await publish(server, "asleep", "two"), SOCKETS);
    await world.engine.evict("Channel", "demo/channel/asleep");
    assert.equal(await publish(server, "asleep", "three"), SOCKETS);
    assert.equal(await publish(server, "dreaming", "nobody"), 0);
    await sleep("dreaming");
    await sockets[3].subscribe("dreaming");
    assert.equal(await publish(server, "dreaming", "one"), 1);
    for (const socket of sockets) await socket.received("asleep", "three");
    for (const socket of sockets.slice(0, 10)) {
      const numbers = socket.frames.filter(({ channel }) => channel === "asleep").map(({ event }) => event);
      assert.deepEqual(numbers.slice(1), ["one", "two", "three"]);
    }
    await sockets[3].received("dreaming", "one");
  });

  test("carry events after kill -9 to reconnected clients", async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => connect(world)));
    await Promise.all(clients.map((client) => client.subscribe("crash")));
    await Promise.all(clients.map((client) => client.subscribe("untouched")));
    assert.equal(await publish(server, "crash", "before"), 6);
    const back = clients.map((client) => client.reconnected());
    await world.engine.kill();
    await Promise.all(back);
    for (const name of ["crash", "untouched"]) {
      for (const client of clients) await client.received(name, "pusher:subscription_succeeded");
      assert.equal(await publish(server, name, "after"), 6);
      for (const client of clients) await client.received(name, "after");
    }
    for (const client of clients) client.close();
  });
});

describe("a continuous publisher with changing subscribers", () => {
  let world, server;

  before(async () => {
    world = await startWorld({ limits: WIDE, pusher: { gateways: 2 } });
    server = backend(world);
  });
  after(() => world.stop());

  const isNumber = ({ event }) => event === "n";

  test("a subscriber gets every event published after its subscription, once and in order", async () => {
    const sockets = await opened(world, 24);
    let published = 0;
    let isOver = false;
    const publisher = (async () => {
      while (!isOver) {
        published += 1;
        await server.trigger("busy", "n", published);
        // The object loses its cached subscribers.
        if (published % 5 === 0) await world.engine.evict("Channel", "demo/channel/busy");
      }
    })();
    const spans = [];
    const listen = async (socket, events) => {
      const from = socket.frames.length;
      await socket.subscribe("busy");
      const first = published + 1;
      await socket.until((frames) => frames.slice(from).filter(isNumber).length >= events, `${events} events`);
      const last = published - 1;
      socket.send({ event: "pusher:unsubscribe", data: { channel: "busy" } });
      await socket.settled();
      spans.push({ received: socket.frames.slice(from).filter(isNumber), first, last });
    };
    for (let round = 0; round < 8; round++) {
      await Promise.all(sockets.map((socket, at) => listen(socket, 1 + ((at + round) % 4))));
    }
    isOver = true;
    await publisher;
    assert.ok(published > 20, `${published} events`);
    for (const { received, first, last } of spans) {
      const numbers = received.map(({ data }) => Number(data));
      const all = Array.from({ length: numbers.at(-1) - numbers[0] + 1 }, (_, at) => numbers[0] + at);
      assert.deepEqual(numbers, all, "no gap, no repeat, in order");
      assert.ok(numbers[0] <= first, `the first is ${numbers[0]}, and it was let in before ${first}`);
      assert.ok(numbers.at(-1) >= last, `the last is ${numbers.at(-1)}, and ${last} was published before it left`);
    }
  });
});

describe("channels of invented conversations", () => {
  let world;

  before(async () => {
    world = await startWorld({ limits: WIDE });
  });
  after(() => world.stop());

  test("create no object, with 100 subscriptions at a time", async () => {
    const ana = world.person("7");
    const { conversation_id: real } = await world.room([ana]);
    const before = world.objectCount("Conversation");
    const client = await connect(world, { person: ana });
    const names = Array.from({ length: 99 }, () => `private-conversation.${randomUUID()}`);
    names.push(`private-conversation.${real}`);
    const body = { socket_id: client.pusher.connection.socket_id, channel_name: names };
    const answers = await ana.ok("POST", "/broadcasting/auth", body);
    assert.deepEqual(
      names.map((name) => answers[name].status),
      [...Array(99).fill(403), 200],
    );
    assert.equal(world.objectCount("Conversation"), before);
    await client.subscribe(`private-conversation.${real}`);
    client.close();
  });
});
