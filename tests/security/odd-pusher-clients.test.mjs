// Pusher clients that applications do not expect: half-open connections, frames sent in one go before a close, and texts with emoji,
// zero-width and right-to-left characters.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, connect, wire } from "../support/pusher.mjs";
import { RawSocket } from "../support/raw-socket.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const ODD = "\u{1F6A8}\u200B\u200D\u202E\u2066gnp.\u05D0\uFEFF";

describe("odd clients of the Pusher protocol", () => {
  let world, server;

  before(async () => {
    world = await startWorld({ limits: WIDE, pusher: { activity_timeout_s: 5 } });
    server = backend(world);
  });
  after(() => world.stop());

  const member = (socket, channel, user_id, name) =>
    socket.subscribe(channel, server.authorizeChannel(socket.id, channel, { user_id, user_info: { name } }));

  test("a half-open connection leaves its channels after the ping time-out", { timeout: 120_000 }, async () => {
    const raw = await RawSocket.dial(world, "/app/demo-key?protocol=7");
    raw.send({ event: "pusher:subscribe", data: { channel: "half-open" } });
    const isOccupied = async () => {
      const answer = await server.get({ path: "/channels/half-open", params: { info: "subscription_count" } });
      return (await answer.json()).subscription_count === 1;
    };
    await eventually(isOccupied, "the subscription");
    // Nothing reads, nothing answers, and the TCP connection stays.
    await eventually(async () => !(await isOccupied()), "the end of the subscription", 90_000);
    raw.drop();
  });

  test("frames that a client sends in one go before it closes leave no member behind", async () => {
    const watcher = await wire(world);
    await member(watcher, "presence-hasty", "watcher", "W");
    for (let n = 0; n < 5; n++) {
      const hasty = await wire(world);
      const signed = server.authorizeChannel(hasty.id, "presence-hasty", { user_id: `hasty-${n}` });
      for (let times = 0; times < 5; times++) {
        hasty.sendSubscribe("presence-hasty", signed);
        hasty.send({ event: "client-x", channel: "presence-hasty", data: { times } });
        hasty.send({ event: "pusher:unsubscribe", data: { channel: "presence-hasty" } });
      }
      hasty.sendSubscribe("presence-hasty", signed);
      hasty.socket.terminate();
    }
    const members = async () => {
      const { users } = await (await server.get({ path: "/channels/presence-hasty/users" })).json();
      return users.length === 1 && users[0].id === "watcher";
    };
    await eventually(members, "only the watcher");
    watcher.terminate();
  });

  test("names of events with emoji, zero-width and right-to-left characters arrive unchanged", async () => {
    const [one, two] = [await connect(world, signing()), await connect(world, signing())];
    const channel = await one.subscribe("private-odd");
    await two.subscribe("private-odd");
    await server.trigger("private-odd", ODD, { text: ODD });
    assert.deepEqual(await two.received("private-odd", ODD), { text: ODD });
    channel.trigger(`client-${ODD}`, { text: ODD });
    assert.deepEqual(await two.received("private-odd", `client-${ODD}`), { text: ODD });
    // 400 bytes: the limit counts characters. The library counts UTF-16 units, of which there are 200.
    const longest = "\u{1F6A8}".repeat(100);
    await server.trigger("private-odd", longest, {});
    await two.received("private-odd", longest);
    for (const client of [one, two]) client.close();
  });

  function signing() {
    return { sign: ({ socketId, channelName }) => server.authorizeChannel(socketId, channelName) };
  }

  test("members with such ids and names are told apart, and arrive unchanged", async () => {
    const watcher = await wire(world);
    await member(watcher, "presence-odd", "watcher", "W");
    // Ids that look the same are different people.
    const ids = [
      "ana",
      "ana\u200B",
      "\u202Eana",
      "an\u00e1",
      "ana\u0301",
      `ana${ODD}`.slice(0, 20),
      "\u{1F468}".repeat(32),
    ];
    const sockets = await Promise.all(ids.map(() => wire(world)));
    for (const [at, socket] of sockets.entries()) await member(socket, "presence-odd", ids[at], `${ODD}${at}`);
    for (const [at, id] of ids.entries()) {
      const added = await watcher.pick(
        ({ event, data }) => event === "pusher_internal:member_added" && JSON.parse(data).user_id === id,
        `the member ${at}`,
      );
      assert.deepEqual(JSON.parse(added.data).user_info, { name: `${ODD}${at}` });
    }
    const { users } = await (await server.get({ path: "/channels/presence-odd/users" })).json();
    assert.deepEqual(users.map(({ id }) => id).sort(), ["watcher", ...ids].sort());
    for (const socket of [watcher, ...sockets]) socket.terminate();
  });

  test("names of channels with such characters are refused everywhere, and the socket stays", async () => {
    const socket = await wire(world);
    for (const name of [`news${ODD}`, "news\u200B", "\u202Eswen", "caf\u00e9", "\u{1F6A8}"]) {
      socket.sendSubscribe(name);
      assert.match((await socket.fault()).message, /Invalid channel name/);
      const published = server.post({ path: "/events", body: { name: "e", channels: [name], data: "{}" } });
      await assert.rejects(published, ({ status }) => status === 400);
      const answer = await world.person("7").call("POST", "/broadcasting/auth", {
        socket_id: socket.id,
        channel_name: `private-${name}`,
      });
      assert.equal(answer.status, 422);
    }
    await socket.subscribe("news");
    socket.terminate();
  });
});
