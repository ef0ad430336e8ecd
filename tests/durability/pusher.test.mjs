// Hibernation, `kill -9`, constantly changing members, a crowd, and a vanished client: presence ends exactly right, and events
// arrive once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { PresenceView } from "../support/presence.mjs";
import { backend, connect, wire } from "../support/pusher.mjs";
import { VERSION } from "../support/wire.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const GATEWAYS = 4;
const PING = '{"event":"pusher:ping","data":{}}';
const CROWD = 1_000;

/** Seeded pseudo-random numbers. */
function seeded(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("Pusher clients under failures", () => {
  let world, server, vanished, pinging, watcher;

  before(async () => {
    world = await startWorld({ limits: WIDE, pusher: { gateways: GATEWAYS, activity_timeout_s: 5 } });
    server = backend(world);
    // Detecting a vanished client takes a while, so this one vanishes first.
    watcher = await member("presence-vanishing", "watcher");
    vanished = await view("presence-vanishing", "vanished");
    await watcher.received("presence-vanishing", "pusher:member_added");
    vanished.socket._socket.pause();
    pinging = await view("presence-vanishing", "pinging");
    pinging.timer = setInterval(() => pinging.send(PING), 2_000);
  });
  after(() => {
    clearInterval(pinging?.timer);
    return world.stop();
  });

  const about = (name, id) => (frame) => frame.event === name && frame.data.id === id;
  const signFor = (user) => (request) => {
    const data = { user_id: user, user_info: { name: `Name of ${user}` } };
    return server.authorizeChannel(request.socketId, request.channelName, data);
  };
  const member = async (channel, user) => {
    const client = await connect(world, { sign: signFor(user) });
    await client.subscribe(channel);
    return client;
  };
  /** A bare socket that is subscribed as a member. */
  const view = async (channel, user) => {
    const socket = new PresenceView(`${world.engine.socketUrl}/app/demo-key?${VERSION}`, channel, user);
    world.chats.push(socket);
    await socket.established();
    await socket.subscribe(channel, signFor(user)({ socketId: socket.id, channelName: channel }));
    return socket;
  };
  /** Evicts all gateways and these channels from memory; those that hibernate already are skipped. */
  const sleep = async (channels, webSockets = "hibernate") => {
    const gateways = await world.rows("SELECT name FROM gateways WHERE tenant_id = 'demo'");
    const objects = [
      ...channels.map((channel) => ["Channel", `demo/channel/${channel}`]),
      ...gateways.map(({ name }) => ["Gateway", `demo/${name}`]),
    ];
    let fell = 0;
    for (const [kind, name] of objects) {
      await world.engine.evict(kind, name, webSockets).then(
        () => fell++,
        (error) => assert.match(error.message, /not currently running/),
      );
    }
    assert.ok(fell >= channels.length + 1, "the channels and some gateways were awake");
  };
  const users = async (channel) => {
    const answer = await (await server.get({ path: `/channels/${channel}/users` })).json();
    return answer.users.map(({ id }) => id).sort();
  };

  test("[I3] gateways and channels that hibernate wake with their sockets and their presence members", async () => {
    const name = "presence-nap";
    const clients = [];
    for (const user of ["a", "a", "b", "c", "c", "d"]) clients.push(await member(name, user));
    const [a] = clients;
    await sleep([name]);
    await server.trigger(name, "morning", {});
    for (const client of clients) await client.received(name, "morning");
    await sleep([name]);
    const from = new Promise((resolve) => {
      clients[2].pusher.channel(name).bind("client-hello", (_, { user_id }) => resolve(user_id));
    });
    a.pusher.channel(name).trigger("client-hello", {});
    assert.equal(await from, "a", "the gateway still knows the sender");
    await sleep([name]);
    const late = await member(name, "e");
    assert.deepEqual(late.members(name), ["a", "b", "c", "d", "e"]);
    assert.deepEqual(late.pusher.channel(name).members.get("c").info, { name: "Name of c" });
    await a.pick(about("pusher:member_added", "e"), "the join of e");
    await sleep([name]);
    clients[3].close();
    clients[5].close();
    assert.equal((await a.received(name, "pusher:member_removed")).id, "d");
    assert.deepEqual(await users(name), ["a", "b", "c", "e"]);
    await sleep([name]);
    clients[4].close();
    assert.equal((await a.received(name, "pusher:member_removed")).id, "c");
    const changes = a.frames.filter(({ event }) => event?.startsWith("pusher:member_")).map(({ data }) => data.id);
    assert.deepEqual(changes, ["b", "c", "d", "e", "d", "c"], "each once");
    for (const client of [...clients, late]) client.close();
  });

  test("members and tabs change constantly, and every view is always right", async () => {
    const name = "presence-churn";
    const chance = seeded(20_261_121);
    const people = Array.from({ length: 12 }, (_, n) => `u${n}`);
    const tabs = new Set();
    const gone = [];
    const under = new Set();
    const start = (task) => {
      const run = task.finally(() => under.delete(run));
      under.add(run);
    };
    const leave = async (tab) => {
      const ways = [
        () => tab.send({ event: "pusher:unsubscribe", data: { channel: name } }),
        () => tab.close(),
        () => tab.terminate(),
      ];
      gone.push(tab);
      await ways[chance(ways.length)]();
    };
    for (let phase = 0; phase < 4; phase++) {
      for (let step = 0; step < 60; step++) {
        const all = [...tabs];
        if (all.length < 5 || (all.length < 40 && chance(100) < 52)) {
          start(view(name, people[chance(people.length)]).then((tab) => tabs.add(tab)));
        } else {
          const tab = all[chance(all.length)];
          tabs.delete(tab);
          start(leave(tab));
        }
        // Some changes are concurrent, others sequential.
        if (under.size > 6) await Promise.race(under);
      }
      await Promise.all(under);
      const truth = [...new Set([...tabs].map(({ user }) => user))].sort();
      await eventually(() => [...tabs].every(({ ids }) => ids === truth.join()), "every view to be right");
      assert.deepEqual(await users(name), truth);
      if (phase % 2 === 0) await sleep([name]);
    }
    await server.trigger(name, "end", {});
    for (const tab of tabs) await tab.received(name, "end");
    const wrong = [...tabs, ...gone].filter(({ spurious }) => spurious.length > 0);
    assert.deepEqual(
      wrong.map(({ user, spurious }) => [user, spurious]),
      [],
    );
    for (const tab of tabs) tab.terminate();
    await eventually(async () => (await users(name)).length === 0, "the last member to leave");
  });

  test(`${CROWD} sockets over several gateways get every event once, in order`, async () => {
    const crowd = [];
    for (let n = 0; n < CROWD; n += 50) {
      const opened = await Promise.all(Array.from({ length: 50 }, () => wire(world)));
      await Promise.all(opened.map((socket) => socket.subscribe("crowd")));
      crowd.push(...opened);
    }
    const numbers = Array.from({ length: 10 }, (_, n) => n);
    await Promise.all([0, 1, 2].map((n) => server.trigger("crowd", "n", n)));
    for (const n of numbers.slice(3)) await server.trigger("crowd", "n", n);
    await server.trigger("crowd", "end", {});
    const received = await Promise.all(crowd.map((socket) => receivedBy(socket)));
    assert.deepEqual([...received[0]].sort(), numbers.map(String));
    for (const each of received) assert.deepEqual(each, received[0]);
    const { subscription_count } = await (
      await server.get({ path: "/channels/crowd", params: { info: "subscription_count" } })
    ).json();
    assert.equal(subscription_count, CROWD);
    for (const socket of crowd) socket.terminate();
  });

  const receivedBy = async (socket) => {
    await socket.received("crowd", "end");
    return socket.frames.filter(({ event }) => event === "n").map(({ data }) => data);
  };

  test("a vanished client stops being a member; one that answers, or pings during hibernation, stays", async () => {
    const removed = await watcher.received("presence-vanishing", "pusher:member_removed", 60_000);
    assert.equal(removed.id, "vanished");
    assert.deepEqual(watcher.members("presence-vanishing"), ["pinging", "watcher"]);
    assert.equal(pinging.closed, undefined);
    assert.equal(pinging.frames.filter(({ event }) => event === "pusher:ping").length, 0, "no ping from the server");
    assert.equal(watcher.frames.filter(({ state }) => state).length, 1, "no reconnect");
    assert.deepEqual(pinging.spurious, []);
  });

  test("clients of replaced gateways reconnect, and no member is left over", async () => {
    const name = "presence-deploy";
    const clients = [];
    for (let n = 0; n < 8; n++) clients.push(await member(name, `d${n % 4}`));
    const lost = await view(name, "lost");
    const back = clients.map((client) => client.reconnected());
    await sleep([], "close");
    await Promise.all([...back, lost.end()]);
    const truth = ["d0", "d1", "d2", "d3"];
    await eventually(() => clients.every((client) => client.members(name).join() === truth.join()), "all members");
    assert.deepEqual(await users(name), truth);
    await server.trigger(name, "after", {});
    for (const client of clients) await client.received(name, "after");
    for (const client of clients) client.close();
    await eventually(async () => (await users(name)).length === 0, "the last member to leave");
  });

  test("after kill -9 clients reconnect by themselves, and the others are no members any more", async () => {
    const name = "presence-crash";
    const clients = [];
    for (let n = 0; n < 12; n++) clients.push(await member(name, `k${n % 6}`));
    for (const client of clients) await client.subscribe("crash-news");
    // k0, k1 and k2 reconnect, k1 with one of two tabs; the others do not.
    const survivors = clients.filter((_, n) => n % 6 < 3 && n !== 7);
    const back = survivors.map((client) => client.reconnected());
    const killed = world.engine.kill();
    for (const client of clients) if (!survivors.includes(client)) client.close();
    await killed;
    await Promise.all(back);
    const truth = ["k0", "k1", "k2"];
    await eventually(() => survivors.every((client) => client.members(name).join() === truth.join()), "the survivors");
    assert.deepEqual(await users(name), truth);
    for (const client of survivors) await client.received("crash-news", "pusher:subscription_succeeded");
    await server.trigger(["crash-news", name], "alive", {});
    for (const client of survivors) {
      await client.received("crash-news", "alive");
      await client.received(name, "alive");
      assert.equal(client.frames.filter(({ event }) => event === "alive").length, 2);
      assert.deepEqual(client.members(name), truth);
    }
    const joined = await member(name, "k9");
    for (const client of survivors) await client.pick(about("pusher:member_added", "k9"), "the join of k9");
    for (const client of [...survivors, joined]) client.close();
  });

  test("after kill -9 without any reconnect no member is left over", async () => {
    const name = "presence-empty";
    const views = [await view(name, "a"), await view(name, "b")];
    await world.engine.kill();
    for (const socket of views) await socket.end();
    assert.deepEqual(await users(name), []);
    const late = await member(name, "c");
    assert.deepEqual(late.members(name), ["c"]);
    late.close();
  });
});
