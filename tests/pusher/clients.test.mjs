// Unmodified pusher-js with the server library as its backend: every kind of channel and every client function.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, connect, dial, open, wire } from "../support/pusher.mjs";
import { dataOf, VERSION } from "../support/wire.mjs";
import { eventually, startWorld } from "../support/world.mjs";

describe("pusher-js", () => {
  let world, ana, ben, server;

  before(async () => {
    world = await startWorld({ pusher: { subscription_counts: true, client_events_per_second: 5, gateways: 2 } });
    const permissions = ["subscribe:*"];
    [ana, ben] = [world.person("7", { name: "Ana", permissions }), world.person("8", { name: "Ben", permissions })];
    server = backend(world);
  });
  after(() => world.stop());

  const closeAll = (...clients) => clients.forEach((client) => void client.close());

  test("a client passes through its states and gets its socket's id", async () => {
    const client = open(world, { person: ana });
    assert.equal(client.pusher.connection.state, "connecting");
    await client.state("connected");
    assert.match(client.pusher.connection.socket_id, /^\d+\.\d+$/);
    client.close();
    await client.state("disconnected");
    const states = client.frames.map(({ state }) => state);
    assert.deepEqual(states, ["connected", "disconnected"]);
  });

  test("a client of an unknown app gets 4001 and gives up", async () => {
    const client = open(world, { person: ana, key: "nobody" });
    assert.equal(await client.fault(), 4001);
    await client.state("disconnected");
  });

  test("an event on a public channel reaches every subscriber once, with any data", async () => {
    const clients = [await connect(world), await connect(world)];
    for (const client of clients) await client.subscribe("news");
    const payloads = [{ a: [1, "ñ", null] }, "text", 7, "", true, { emoji: "🚨" }, []];
    for (const [at, payload] of payloads.entries()) await server.trigger("news", `kind-${at}`, payload);
    await server.trigger("news", "last", {});
    for (const client of clients) {
      await client.received("news", "last");
      const events = client.frames.filter(({ event }) => event?.startsWith("kind-"));
      assert.deepEqual(
        events.map(({ event, data }) => [event, data]),
        payloads.map((payload, at) => [`kind-${at}`, payload]),
      );
    }
    closeAll(...clients);
  });

  test("a private channel admits exactly the users that the app's rules allow", async () => {
    const client = await connect(world, { person: ana });
    await client.subscribe("private-user.7");
    await server.trigger("private-user.7", "hello", { n: 1 });
    assert.deepEqual(await client.received("private-user.7", "hello"), { n: 1 });
    const refusal = await client.refused("private-user.8");
    assert.deepEqual([refusal.type, refusal.status], ["AuthError", 403]);
    const stranger = await connect(world);
    assert.equal((await stranger.refused("private-user.7")).status, 401);
    closeAll(client, stranger);
  });

  test("a signature by the app's own backend is accepted", async () => {
    const person = { user_id: "backend-1", user_info: { name: "Signed" } };
    const sign = ({ socketId, channelName }) =>
      server.authorizeChannel(socketId, channelName, channelName.startsWith("presence-") ? person : undefined);
    const client = await connect(world, { sign });
    await client.subscribe("private-own");
    const presence = await client.subscribe("presence-own");
    assert.deepEqual(presence.members.me, { id: "backend-1", info: { name: "Signed" } });
    await server.trigger(["private-own", "presence-own"], "both", {});
    await client.received("private-own", "both");
    await client.received("presence-own", "both");
    client.close();
  });

  test("a user with several tabs is one member of a presence channel", async () => {
    const [watcher, ...tabs] = [await connect(world, { person: ana })];
    const channel = await watcher.subscribe("presence-lobby");
    assert.deepEqual([channel.members.count, channel.members.me.info.name], [1, "Ana"]);
    for (let tab = 0; tab < 4; tab++) tabs.push(await connect(world, { person: ben }));
    for (const tab of tabs) {
      const { members } = await tab.subscribe("presence-lobby");
      assert.deepEqual([members.count, Object.keys(members.members).sort()], [2, ["7", "8"]]);
    }
    assert.deepEqual((await watcher.received("presence-lobby", "pusher:member_added")).info, { id: "8", name: "Ben" });
    tabs[0].close();
    tabs[1].pusher.unsubscribe("presence-lobby");
    await tabs[2].drop();
    await tabs[2].received("presence-lobby", "pusher:subscription_succeeded");
    tabs[2].close();
    const users = async () => (await (await server.get({ path: "/channels/presence-lobby/users" })).json()).users;
    assert.deepEqual((await users()).map(({ id }) => id).sort(), ["7", "8"]);
    assert.equal(watcher.frames.filter(({ event }) => event === "pusher:member_removed").length, 0);
    tabs[3].close();
    assert.equal((await watcher.received("presence-lobby", "pusher:member_removed")).id, "8");
    assert.equal(watcher.frames.filter(({ event }) => event === "pusher:member_added").length, 1);
    closeAll(watcher, tabs[1]);
  });

  test("concurrent members learn of each other once: in the list or by an event", async () => {
    const people = Array.from({ length: 8 }, (_, n) => world.person(`t${n}`, { permissions: ["subscribe:*"] }));
    const clients = await Promise.all(people.map((person) => connect(world, { person })));
    for (let round = 0; round < 3; round++) {
      const name = `presence-rush-${round}`;
      const seen = clients.map((client) => {
        const ids = [];
        const channel = client.listen(name);
        channel.bind("pusher:subscription_succeeded", ({ members }) => ids.push(...Object.keys(members)));
        channel.bind("pusher:member_added", ({ id }) => ids.push(id));
        return ids;
      });
      const everybody = people.map(({ user }) => user);
      await eventually(() => seen.every(({ length }) => length >= everybody.length), "all members in every view");
      await server.trigger(name, "last", {});
      for (const client of clients) await client.received(name, "last");
      for (const ids of seen) assert.deepEqual(ids.sort(), everybody);
    }
    closeAll(...clients);
  });

  test("a cache channel sends its last event to later subscribers, or a cache miss", async () => {
    for (const name of ["cache-board", "private-cache-board", "presence-cache-board"]) {
      const early = await connect(world, { person: ana });
      await early.subscribe(name);
      await early.received(name, "pusher:cache_miss");
      await server.trigger(name, "state", { version: 1 });
      await server.trigger(name, "state", { version: 2 });
      const late = await connect(world, { person: ben });
      await late.subscribe(name);
      assert.deepEqual(await late.received(name, "state"), { version: 2 });
      assert.equal(late.frames.filter(({ event }) => event === "pusher:cache_miss").length, 0);
      closeAll(early, late);
    }
  });

  test("encrypted events are readable only by clients and backends", async () => {
    const client = await connect(world, { person: ana });
    for (const name of ["private-encrypted-vault", "private-encrypted-cache-vault"]) {
      await client.subscribe(name);
      await server.trigger(name, "secret", { code: "1234" });
      assert.deepEqual(await client.received(name, "secret"), { code: "1234" });
    }
    const bare = await wire(world);
    await bare.subscribe("private-encrypted-vault", server.authorizeChannel(bare.id, "private-encrypted-vault"));
    await server.trigger("private-encrypted-vault", "secret", { code: "1234" });
    const carried = await bare.received("private-encrypted-vault", "secret");
    assert.deepEqual(Object.keys(carried).sort(), ["ciphertext", "nonce"]);
    assert.equal(JSON.stringify(bare.frames).includes("1234"), false);
    closeAll(client, bare);
  });

  test("client events reach the others with the sender's id on presence channels, and not the sender", async () => {
    const [one, two] = [await connect(world, { person: ana }), await connect(world, { person: ben })];
    const metadata = new Promise((resolve) => {
      two.listen("presence-talk").bind("client-typing", (data, metadata) => resolve({ data, metadata }));
    });
    for (const client of [one, two]) {
      await client.subscribe("private-talk");
      await client.listen("presence-talk");
      await client.received("presence-talk", "pusher:subscription_succeeded");
    }
    one.pusher.channel("presence-talk").trigger("client-typing", { on: true });
    assert.deepEqual(await metadata, { data: { on: true }, metadata: { user_id: "7" } });
    one.pusher.channel("private-talk").trigger("client-nudge", "hey");
    assert.equal(await two.received("private-talk", "client-nudge"), "hey");
    await server.trigger("private-talk", "last", {});
    await one.received("private-talk", "last");
    assert.equal(one.frames.filter(({ event }) => event?.startsWith("client-")).length, 0, "no echo");
    closeAll(one, two);
  });

  test("client events that are not allowed are refused with 4301, and the client stays connected", async () => {
    const [one, two] = [await connect(world, { person: ana }), await connect(world, { person: ben })];
    for (const name of ["open", "private-flood"]) for (const client of [one, two]) await client.subscribe(name);
    one.pusher.channel("open").trigger("client-x", {});
    assert.equal(await one.fault(), 4301);
    one.pusher.send_event("client-x", {}, "private-elsewhere");
    assert.equal(await one.fault(), 4301);
    one.pusher.channel("private-flood").trigger("client-big", "x".repeat(10_300));
    assert.equal(await one.fault(), 4301);
    // Refused events count, so the limit of a socket of its own is tried.
    const flood = await connect(world, { person: ana });
    await flood.subscribe("private-flood");
    for (let n = 0; n < 12; n++) flood.pusher.channel("private-flood").trigger("client-n", n);
    assert.equal(await flood.fault(), 4301);
    // A refusal is answered at once, while earlier events still wait for the channel's object.
    const numbers = () => two.frames.filter(({ event }) => event === "client-n").map(({ data }) => data);
    await eventually(() => numbers().length >= 5, "the events within the limit");
    await server.trigger("private-flood", "last", {});
    await two.received("private-flood", "last");
    const arrived = numbers();
    assert.deepEqual(arrived.slice(0, 5), [0, 1, 2, 3, 4], "in order, up to the limit");
    assert.ok(arrived.length < 12, `${arrived.length} of 12 arrived`);
    for (const client of [one, flood]) assert.equal(client.pusher.connection.state, "connected");
    closeAll(one, two, flood);
  });

  test("a client that unsubscribes gets no later event, and can subscribe again", async () => {
    const client = await connect(world);
    await client.subscribe("on-and-off");
    client.pusher.unsubscribe("on-and-off");
    await client.subscribe("fence");
    await server.trigger(["on-and-off", "fence"], "meanwhile", {});
    await client.received("fence", "meanwhile");
    await client.subscribe("on-and-off");
    await server.trigger("on-and-off", "again", {});
    await client.received("on-and-off", "again");
    assert.equal(client.frames.filter(({ channel, event }) => channel !== "fence" && event === "meanwhile").length, 0);
    client.close();
  });

  test("after a broken connection a client reconnects, resubscribes and signs in by itself", async () => {
    const client = await connect(world, { person: ana });
    const names = ["news", "private-user.7", "presence-back", "cache-back"];
    for (const name of names) await client.subscribe(name);
    client.pusher.signin();
    await client.pusher.user.signinDonePromise;
    const before = client.pusher.connection.socket_id;
    await client.drop();
    for (const name of names) await client.received(name, "pusher:subscription_succeeded");
    assert.notEqual(client.pusher.connection.socket_id, before);
    assert.deepEqual(client.members("presence-back"), ["7"]);
    await server.trigger(names, "after", {});
    for (const name of names) await client.received(name, "after");
    const user = () => client.pusher.user.serverToUserChannel?.subscribed;
    await eventually(user, "the user's channel");
    await server.sendToUser("7", "for-you", { n: 2 });
    assert.deepEqual((await client.event("for-you")).data, { n: 2 });
    client.close();
  });

  test("a signed-in user gets events on every device, and a watchlist reports who is online", async () => {
    for (const user of ["w-2", "w-3"]) await world.person(user).ok("GET", "/api/me");
    const signUser = ({ socketId }) => server.authenticateUser(socketId, { id: "w-1", watchlist: ["w-2", "w-3"] });
    const watcher = await connect(world, { sign: () => ({}), signUser });
    watcher.pusher.signin();
    await watcher.pusher.user.signinDonePromise;
    const as = (id) => ({ sign: () => ({}), signUser: ({ socketId }) => server.authenticateUser(socketId, { id }) });
    const devices = [await connect(world, as("w-2")), await connect(world, as("w-2"))];
    for (const device of devices) {
      device.pusher.signin();
      await device.pusher.user.signinDonePromise;
    }
    assert.deepEqual((await watcher.event("online")).data.user_ids, ["w-2"]);
    await eventually(() => devices.every(({ pusher }) => pusher.user.serverToUserChannel.subscribed), "their channels");
    await server.sendToUser("w-2", "note", { n: 1 });
    for (const device of devices) assert.deepEqual((await device.event("note")).data, { n: 1 });
    assert.equal(watcher.frames.filter(({ event }) => event === "note").length, 0);
    devices[0].close();
    const late = await connect(world, { sign: () => ({}), signUser });
    late.pusher.signin();
    assert.deepEqual((await late.event("online")).data.user_ids, ["w-2"], "users who are already online are included");
    devices[1].close();
    assert.deepEqual((await watcher.event("offline")).data.user_ids, ["w-2"]);
    assert.equal(watcher.frames.filter(({ event }) => event === "online").length, 1);
    closeAll(watcher, late);
  });

  test("a signed-in user joins presence channels without channel data", async () => {
    const sign = ({ socketId, channelName }) => server.authorizeChannel(socketId, channelName);
    const as = (id) => ({
      sign,
      signUser: ({ socketId }) => server.authenticateUser(socketId, { id, user_info: { name: `Name of ${id}` } }),
    });
    const clients = [await connect(world, as("s-1")), await connect(world, as("s-2"))];
    for (const { pusher } of clients) pusher.signin();
    const channels = await Promise.all(clients.map((client) => client.subscribe("presence-signed-in")));
    await eventually(() => channels.every(({ members }) => members.count === 2), "both members in both views");
    assert.deepEqual(channels[0].members.get("s-2").info, { name: "Name of s-2" });
    const anonymous = await wire(world);
    const forged = sign({ socketId: anonymous.id, channelName: "presence-signed-in" });
    anonymous.sendSubscribe("presence-signed-in", forged);
    assert.equal((await anonymous.refusal("presence-signed-in")).status, 422);
    clients[1].close();
    assert.equal((await clients[0].received("presence-signed-in", "pusher:member_removed")).id, "s-2");
    closeAll(clients[0], anonymous);
  });

  test("a backend ends all connections of a user", async () => {
    const client = await connect(world, { person: ben });
    client.pusher.signin();
    await client.pusher.user.signinDonePromise;
    await server.terminateUserConnections("8");
    assert.equal(await client.fault(), 4009);
    await client.state("disconnected");
  });

  test("a backend also ends connections that only a subscription names as a user's, on every gateway", async () => {
    const named = async (channel, user_id) => {
      const socket = await wire(world);
      await socket.subscribe(channel, server.authorizeChannel(socket.id, channel, { user_id }));
      return socket;
    };
    const channels = ["presence-named", "private-named", "presence-named", "private-named"];
    const theirs = await Promise.all(channels.map((channel) => named(channel, "named-1")));
    const other = await named("presence-named", "named-2");
    await server.terminateUserConnections("named-1");
    for (const socket of theirs) assert.equal((await socket.end()).code, 4009);
    await other.settled();
    assert.equal(other.closed, undefined);
    other.terminate();
  });

  test("a refused client event reaches the listeners of its channel", async () => {
    const sign = ({ socketId, channelName }) => server.authorizeChannel(socketId, channelName);
    const client = await connect(world, { sign });
    const channel = await client.subscribe("private-refused");
    channel.trigger("client-large", { text: "x".repeat(11_000) });
    const error = await client.received("private-refused", "pusher:error");
    assert.equal(error.code, 4301);
    closeAll(client);
  });

  test("subscribers get the subscription count, and backends can query it", async () => {
    const clients = [];
    for (let n = 0; n < 3; n++) {
      clients.push(await connect(world));
      await clients[n].subscribe("counted");
    }
    await clients[0].next(
      ({ event, data }) => event === "pusher:subscription_count" && data.subscription_count === 3,
      "a count of 3",
    );
    const answer = await server.get({ path: "/channels/counted", params: { info: "subscription_count" } });
    assert.deepEqual(await answer.json(), { occupied: true, subscription_count: 3 });
    closeAll(...clients);
  });

  test("the socket that made a request gets no echo of it", async () => {
    const [asking, other] = [await connect(world), await connect(world)];
    for (const client of [asking, other]) await client.subscribe("spared");
    await server.trigger("spared", "done", {}, { socket_id: asking.pusher.connection.socket_id });
    await other.received("spared", "done");
    await server.trigger("spared", "last", {});
    await asking.received("spared", "last");
    assert.equal(asking.frames.filter(({ event }) => event === "done").length, 0);
    closeAll(asking, other);
  });

  test("a socket subscribes to at most 100 channels", async () => {
    const client = await connect(world, { person: ana });
    const names = Array.from({ length: 100 }, (_, n) => `${n % 2 ? "private-" : ""}many-${n}`);
    await Promise.all(names.map((name) => client.subscribe(name)));
    assert.equal((await client.refused("one-too-many")).type, "LimitReached");
    await server.trigger(names, "all", {});
    await client.until((frames) => frames.filter(({ event }) => event === "all").length === 100, "all 100 events");
    client.pusher.unsubscribe(names[0]);
    const bare = dial(world, { query: VERSION });
    await bare.established();
    assert.equal(dataOf(bare.frames[0]).activity_timeout, 30);
    closeAll(client, bare);
  });
});
