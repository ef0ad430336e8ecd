// The channel of two users has a name before they have a conversation: an early subscriber gets all later events.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, connect } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("the channel of two users, of whom one subscribes before the conversation exists", () => {
  let world, server;

  before(async () => {
    world = await startWorld({ limits: WIDE, pusher: { gateways: 2 } });
    server = backend(world);
  });
  after(() => world.stop());

  /** Subscribes as the first of two users, while the other is unknown. */
  const early = async (one, other, count = 4) => {
    const channel = `private-chat.${one}.${other}`;
    const clients = await Promise.all(
      Array.from({ length: count }, () => connect(world, { person: world.person(one) })),
    );
    for (const client of clients) await client.subscribe(channel);
    return { channel, clients };
  };
  const write = (from, to, message) =>
    world.person(from).ok("POST", "/api/chat/messages/private", { recipient_id: to, message });

  test("carries the other user's events from the moment the conversation exists, on every gateway", async () => {
    const { channel, clients } = await early("a", "b");
    await server.trigger(channel, "of-the-app", { n: 1 });
    for (const client of clients) assert.deepEqual(await client.received(channel, "of-the-app"), { n: 1 });
    const back = clients.map((client) => client.reconnected());
    const late = await connect(world, { person: world.person("b") });
    await late.subscribe(channel);
    await Promise.all(back);
    for (const client of clients) await client.received(channel, "conversation.position");
    await write("b", "a", "hello");
    for (const client of [...clients, late]) {
      assert.equal((await client.received(channel, "message.created")).partial.body, "hello");
    }
    await server.trigger(channel, "of-the-app", { n: 2 });
    for (const client of [...clients, late]) assert.deepEqual(await client.received(channel, "of-the-app"), { n: 2 });
    for (const client of [...clients, late]) client.close();
  });

  test("carries the app's events once both are known, which create no conversation", async () => {
    const { channel, clients } = await early("e", "f");
    await world.person("f").ok("GET", "/api/me");
    const { channels } = await (
      await server.trigger(channel, "of-the-app", { n: 1 }, { info: "subscription_count" })
    ).json();
    assert.deepEqual(channels, { [channel]: { subscription_count: clients.length } });
    for (const client of clients) assert.deepEqual(await client.received(channel, "of-the-app"), { n: 1 });
    await server.get({ path: `/channels/${channel}`, params: {} });
    assert.deepEqual(await world.rows("SELECT id FROM conversations WHERE dm_key = ?1", '["e","f"]'), []);
    for (const client of clients) client.close();
  });

  test("carries events under each of its names, also if the conversation begins over HTTP", async () => {
    const channels = ["private-chat.c.d", "private-chat.d.c", "private-private-chat.c.d"];
    const client = await connect(world, { person: world.person("c") });
    for (const channel of channels) await client.subscribe(channel);
    await world.person("d").ok("GET", "/api/me");
    const back = client.reconnected();
    await write("d", "c", "first");
    await back;
    for (const channel of channels) await client.received(channel, "conversation.position");
    await write("d", "c", "second");
    for (const channel of channels) {
      assert.equal((await client.received(channel, "message.created")).partial.body, "second");
    }
    client.close();
  });

  test("carries nothing of other conversations", async () => {
    const { channel, clients } = await early("e", "nobody", 1);
    for (const user of ["f", "g"]) await world.person(user).ok("GET", "/api/me");
    await write("f", "g", "elsewhere");
    await server.trigger(channel, "of-the-app", {});
    await clients[0].received(channel, "of-the-app");
    assert.equal(clients[0].frames.filter(({ state }) => state === "connected").length, 1);
    clients[0].close();
  });
});
