// An operator's numbers: connections of every kind and messages, as JSON and for Prometheus, of the own app only.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import parsePrometheus from "parse-prometheus-text-format";
import { openStream } from "../support/stream.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const PATHS = ["/api/admin/stats", "/metrics", "/metrics/reverb"];

describe("operator", () => {
  let world, admin, ana, ben, room, lounge;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, keep_alive_ms: 1_000 } });
    admin = world.person("1", { roles: ["admin"] });
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    room = await world.room([ana, ben], { name: "Lobby" });
    lounge = await world.room([ana, ben], { name: "Lounge" });
  });
  after(() => world.stop());

  const stats = () => admin.ok("GET", "/api/admin/stats");

  /** Waits until the numbers are as expected, and returns all numbers. */
  async function statsOnce(expected, what) {
    let last;
    return eventually(
      async () => {
        last = await stats();
        return Object.entries(expected).every(([name, value]) => last[name] === value) && last;
      },
      `${what}: ${JSON.stringify(expected)}`,
    ).catch((error) => {
      throw new Error(`${error.message}; it stood ${JSON.stringify(last)}`);
    });
  }

  test("connections of every kind are counted until they close", async () => {
    const empty = await stats();
    assert.equal(empty.connections, 0);
    const chats = [await ana.chat(room.conversation_id), await ana.chat(room.conversation_id)];
    chats.push(await ben.chat(lounge.conversation_id), await ana.ownChannel(), await ben.ownChannel());
    const dm = await ana.ok("POST", "/api/chat/conversations", { type: "dm", user_id: "8" });
    chats.push(await ana.chat(dm.id));
    const stream = await openStream(ben, room.conversation_id);
    const all = { connections: 7, people_online: 2, conversations_live: 3, rooms_live: 2, channels_live: 2 };
    const { busiest, memory_bytes } = await statsOnce(all, "everybody");
    assert.deepEqual(busiest[0], { conversation_id: room.conversation_id, connections: 3, people: 2 });
    assert.equal(busiest.length, 3);
    assert.ok(memory_bytes > 0 && memory_bytes % 65_536 === 0, `${memory_bytes} bytes`);
    await stream.close();
    await chats.pop().close();
    await statsOnce({ connections: 5, conversations_live: 2, rooms_live: 2 }, "without the stream and the dm");
    for (const chat of chats) chat.terminate();
    const none = { connections: 0, people_online: 0, conversations_live: 0, rooms_live: 0, channels_live: 0 };
    assert.deepEqual((await statsOnce(none, "no connection")).busiest, []);
  });

  test("clients get the ping interval, and a stream sends keep-alives in the same interval", async () => {
    const [chat, device] = [await ana.chat(room.conversation_id), await ana.ownChannel()];
    assert.equal(chat.welcome.keep_alive_ms, 1_000);
    assert.equal(device.frames[0].keep_alive_ms, 1_000);
    const stream = await openStream(ben, room.conversation_id);
    await stream.until((text) => text.includes('"keep_alive_ms":1000'));
    await stream.until((text) => text.split(": still here\n\n").length >= 3);
    await Promise.all([chat.close(), device.close(), stream.close()]);
  });

  test("the numbers survive the eviction of the quota registry and objects", async () => {
    const chats = [await ana.chat(room.conversation_id), await ben.chat(room.conversation_id), await ben.ownChannel()];
    await statsOnce({ connections: 3 }, "three");
    await world.engine.evict("QuotaRegistry", "demo");
    assert.equal((await stats()).connections, 3);
    await world.engine.evict("Conversation", `demo/${room.conversation_id}`);
    await world.engine.evict("Channel", "demo/user.8");
    await world.engine.evict("QuotaRegistry", "demo");
    assert.equal((await stats()).connections, 3);
    await chats.shift().close();
    await statsOnce({ connections: 2, rooms_live: 1 }, "one less");
    await Promise.all(chats.map((chat) => chat.close()));
    await statsOnce({ connections: 0 }, "no connection");
  });

  test("every message is counted once", async () => {
    const { messages_total: start } = await stats();
    const [chat, other] = [await ana.chat(room.conversation_id), await ben.chat(lounge.conversation_id)];
    const sends = Array.from({ length: 30 }, (_, i) => chat.say(`line ${i}`, `count-${i}`));
    sends.push(...Array.from({ length: 10 }, (_, i) => other.say(`line ${i}`)));
    await Promise.all(sends);
    await chat.say("line 0", "count-0");
    for (let i = 0; i < 5; i += 1) {
      await ben.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: `by HTTP ${i}` });
    }
    const { messages_per_second } = await statsOnce({ messages_total: start + 45 }, "all messages");
    assert.ok(messages_per_second >= 45 / 60 && messages_per_second < 10, `${messages_per_second} a second`);
    // Evicted objects and an evicted registry do not count a message twice.
    for (const { conversation_id } of [room, lounge])
      await world.engine.evict("Conversation", `demo/${conversation_id}`);
    await world.engine.evict("QuotaRegistry", "demo");
    await chat.say("one more");
    await statsOnce({ messages_total: start + 46 }, "one more");
    await world.engine.evict("QuotaRegistry", "demo");
    assert.equal((await stats()).messages_total, start + 46);
    await Promise.all([chat.close(), other.close()]);
  });

  test("Prometheus metrics are valid", async () => {
    const chat = await ana.chat(room.conversation_id);
    await statsOnce({ connections: 1 }, "one");
    const { status, headers, text } = await admin.call("GET", "/metrics");
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.ok(text.endsWith("\n"));
    const families = parsePrometheus(text);
    const value = (name) => {
      const family = families.find((one) => one.name === `campana_${name}`);
      assert.deepEqual(family.metrics[0].labels, { app: "1" });
      return Number(family.metrics[0].value);
    };
    const { messages_total } = await stats();
    assert.deepEqual([value("connections"), value("rooms_live"), value("messages_total")], [1, 1, messages_total]);
    assert.ok(value("memory_bytes") > 0);
    for (const { name, help, type, metrics } of families) {
      assert.match(name, /^campana_[a-z_]+$/);
      assert.ok(help.length > 0, `${name} has no help`);
      const others = name.endsWith("_duration_seconds") ? "HISTOGRAM" : "GAUGE";
      assert.equal(type, name.endsWith("_total") ? "COUNTER" : others, name);
      assert.doesNotMatch(name, /_(count|sum|bucket|gauge|counter|ms|milliseconds|kilobytes|megabytes)$/);
      const series = metrics.map(({ labels }) => JSON.stringify(labels));
      assert.equal(new Set(series).size, series.length, `${name} has a series twice`);
    }
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    assert.equal(new Set(names).size, names.length);
    assert.equal(families.length, names.length);
    await chat.close();
  });

  test("the same numbers have Reverb's metric names", async () => {
    const chat = await ana.chat(room.conversation_id);
    const { messages_total: before } = await stats();
    await chat.say("hello");
    const { messages_total } = await statsOnce({ connections: 1, people_online: 1, messages_total: before + 1 }, "one");
    const reverb = await admin.ok("GET", "/metrics/reverb");
    assert.deepEqual(
      { ...reverb, memory: undefined, messages_per_second: undefined },
      {
        app_id: "1",
        connections: 1,
        max_connections: null,
        memory: undefined,
        messages: messages_total,
        messages_per_second: undefined,
        channels: 1,
        rooms: 1,
        users: 1,
      },
    );
    assert.ok(reverb.memory > 0 && reverb.messages_per_second > 0);
    await chat.close();
  });

  test("only administrators get the numbers, each of their own app", async () => {
    const chat = await ana.chat(room.conversation_id);
    await statsOnce({ connections: 1, people_online: 1 }, "one");
    const stranger = world.person("1", { tenant: "other", roles: ["admin"] });
    const forged = world.person("1", { roles: ["admin"], secret: "other-secret" });
    for (const path of PATHS) {
      assert.equal((await fetch(world.url + path)).status, 401, path);
      assert.equal((await forged.call("GET", path)).status, 401, path);
      assert.equal((await ana.call("GET", path)).status, 403, path);
    }
    const theirs = await stranger.ok("GET", "/api/admin/stats");
    const { app_id, connections, people_online, messages_total, busiest } = theirs;
    assert.deepEqual([app_id, connections, people_online, messages_total, busiest], ["2", 0, 0, 0, []]);
    const metrics = await stranger.call("GET", "/metrics");
    assert.match(metrics.text, /^campana_connections\{app="2"\} 0$/m);
    assert.doesNotMatch(metrics.text, /app="1"/);
    await chat.close();
  });
});

describe("operator, after a crash", () => {
  let world;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, idle_timeout_ms: 8_000 } });
  });
  after(() => world.stop());

  test("connections of a killed process do not count, and messages still do", async () => {
    const [admin, ana] = [world.person("1", { roles: ["admin"] }), world.person("7")];
    const room = await world.room([ana]);
    const stats = () => admin.ok("GET", "/api/admin/stats");
    const chat = await ana.chat(room.conversation_id);
    await ana.ownChannel();
    for (let i = 0; i < 5; i += 1) await chat.say(`line ${i}`);
    await eventually(async () => {
      const { connections, messages_total } = await stats();
      return connections === 2 && messages_total === 5;
    }, "two connections and five messages");
    await world.engine.kill();
    await eventually(async () => (await stats()).connections === 0, "no connection");
    assert.equal((await stats()).messages_total, 5);
  });
});
