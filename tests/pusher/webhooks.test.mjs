// Webhooks of channels: signed, in order, once, and never sent to private addresses.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { WORKER_NAME } from "../../scripts/lib/engine.mjs";
import { Chat } from "../support/chat.mjs";
import { Receiver } from "../support/receiver.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const ALL = [
  "channel_occupied",
  "channel_vacated",
  "member_added",
  "member_removed",
  "client_event",
  "cache_miss",
  "subscription_count",
];

const configure = async (world, webhooks) => {
  const database = await world.engine.database();
  const sql = "UPDATE apps SET webhooks = ?1 WHERE tenant_id = 'demo'";
  await database.prepare(sql).bind(JSON.stringify(webhooks)).run();
};

const names = (events) => events.map(({ name }) => name);

describe("webhooks of channels", () => {
  let world, receiver;

  before(async () => {
    receiver = await Receiver.start();
    world = await startWorld({ limits: WIDE });
    await configure(world, [{ url: receiver.url, events: ALL }]);
  });
  after(async () => {
    await world.stop();
    receiver.stop();
  });

  /** A client of the protocol, connected. */
  const connect = async () => {
    const client = new Chat(`${world.engine.socketUrl}/app/demo-key?protocol=7&client=js&version=8.6.0`, []);
    world.chats.push(client);
    const established = await client.event("pusher:connection_established");
    client.id = JSON.parse(established.data).socket_id;
    return client;
  };

  const subscribe = async (client, channel, member) => {
    const isSigned = channel.startsWith("private-") || channel.startsWith("presence-");
    const signed = isSigned ? receiver.pusher.authorizeChannel(client.id, channel, member) : {};
    client.send({ event: "pusher:subscribe", data: { channel, ...signed } });
    const succeeded = ({ event, channel: of }) => event === "pusher_internal:subscription_succeeded" && of === channel;
    await client.next(succeeded, `subscription to ${channel}`);
  };

  const listener = async (channel, member) => {
    const client = await connect();
    await subscribe(client, channel, member);
    return client;
  };

  const unsubscribe = (client, channel) => client.send({ event: "pusher:unsubscribe", data: { channel } });

  test("a channel's subscribers are counted from the first to the last", async () => {
    const began = Date.now();
    const clients = [await listener("news"), await listener("news")];
    await receiver.until((events) => events.some((event) => event.subscription_count === 2), "a count of 2");
    for (const client of clients) client.terminate();
    await receiver.until((events) => names(events).includes("channel_vacated"), "the end");
    await eventually(() => receiver.of("news").at(-1), "an event");
    const events = receiver.of("news");
    assert.deepEqual(events[0], { name: "channel_occupied" });
    assert.deepEqual(
      events.filter(({ name }) => name === "channel_vacated"),
      [{ name: "channel_vacated" }],
    );
    for (const { isValid, at } of receiver.requests) {
      assert.ok(isValid, "the server library accepts the signature");
      assert.ok(at >= began && at <= Date.now());
    }
  });

  test("a user with two tabs is one member, until the last tab closes", async () => {
    const ana = { user_id: "7", user_info: { name: "Ana" } };
    const [one, two] = [await listener("presence-x", ana), await listener("presence-x", ana)];
    one.terminate();
    await subscribe(two, "presence-marker", ana);
    await receiver.until((events) => events.some(({ channel }) => channel === "presence-marker"), "the marker");
    assert.deepEqual(receiver.of("presence-x"), [{ name: "channel_occupied" }, { name: "member_added", user_id: "7" }]);
    two.terminate();
    const over = () => receiver.of("presence-x").length === 4;
    await receiver.until(over, "the end");
    assert.deepEqual(receiver.of("presence-x").slice(2), [
      { name: "member_removed", user_id: "7" },
      { name: "channel_vacated" },
    ]);
  });

  test("client events and cache misses are sent with their data", async () => {
    const ana = { user_id: "7", user_info: { name: "Ana" } };
    const client = await listener("private-talk");
    await subscribe(client, "presence-talk", ana);
    await subscribe(client, "cache-talk");
    for (const channel of ["private-talk", "presence-talk"]) {
      client.send({ event: "client-hello", channel, data: { n: 1 } });
    }
    const find = (channel, name) => receiver.of(channel).find((event) => event.name === name);
    await receiver.until(() => find("presence-talk", "client_event") && find("cache-talk", "cache_miss"), "the events");
    const event = { name: "client_event", event: "client-hello", data: '{"n":1}', socket_id: client.id };
    assert.deepEqual(find("private-talk", "client_event"), event);
    assert.deepEqual(find("presence-talk", "client_event"), { ...event, user_id: "7" });
    assert.deepEqual(find("cache-talk", "cache_miss"), { name: "cache_miss" });
    client.terminate();
  });

  test("a quick reload sends nothing", async () => {
    const ben = { user_id: "8", user_info: { name: "Ben" } };
    const client = await listener("presence-quick", ben);
    await subscribe(client, "presence-gone", ben);
    const joined = [{ name: "channel_occupied" }, { name: "member_added", user_id: "8" }];
    await receiver.until(() => receiver.of("presence-gone").length === 2, "the join");
    client.terminate();
    const again = await listener("presence-quick", ben);
    await receiver.until(() => receiver.of("presence-gone").length === 4, "the leave of another channel");
    assert.deepEqual(receiver.of("presence-quick"), joined);
    unsubscribe(again, "presence-quick");
    await receiver.until(() => receiver.of("presence-quick").length === 4, "the leave");
    again.terminate();
  });

  /** Sends client events and waits until another subscriber has them: then they are durable. */
  const say = async (speaker, other, channel, from, to) => {
    for (let n = from; n <= to; n++) speaker.send({ event: "client-n", channel, data: { n } });
    const isLast = ({ event, data }) => event === "client-n" && data.n === to;
    await other.next(isLast, `event ${to}`);
  };

  const numbers = (channel) =>
    receiver
      .of(channel)
      .filter(({ name }) => name === "client_event")
      .map(({ data }) => JSON.parse(data).n);

  const upTo = (last) => Array.from({ length: last }, (_, index) => index + 1);

  test("a backend that was down gets every event once and in order", async () => {
    const channel = "private-down";
    const [speaker, other] = [await listener(channel), await listener(channel)];
    receiver.status = 500;
    const failed = receiver.requests.length;
    await say(speaker, other, channel, 1, 5);
    await receiver.refused(2);
    await say(speaker, other, channel, 6, 9);
    receiver.status = 200;
    await receiver.until(() => numbers(channel).length >= 9, "all of it");
    assert.deepEqual(numbers(channel), upTo(9));
    const tries = receiver.requests.slice(failed).filter(({ status }) => status === 500);
    const bodies = new Map(receiver.requests.map(({ id, rawBody }) => [id, rawBody]));
    for (const { id, rawBody } of tries) assert.equal(rawBody, bodies.get(id), "a retry repeats the same bytes");
    for (const client of [speaker, other]) client.terminate();
  });

  test("kill -9 loses no event and repeats none", async () => {
    const channel = "private-killed";
    const [speaker, other] = [await listener(channel), await listener(channel)];
    receiver.status = 503;
    await say(speaker, other, channel, 1, 5);
    const before = receiver.requests.filter(({ status }) => status === 503).length;
    await receiver.refused(before + 1);
    await say(speaker, other, channel, 6, 9);
    await world.engine.kill();
    receiver.status = 200;
    await receiver.until(() => numbers(channel).length >= 9, "all of it");
    assert.deepEqual(numbers(channel), upTo(9));
  });
});

describe("the webhooks' object", () => {
  let world, receiver, number;

  before(async () => {
    receiver = await Receiver.start();
    world = await startWorld({ limits: WIDE });
    await configure(world, [{ url: receiver.url, events: ["cache_miss"] }]);
    number = 0;
  });
  after(async () => {
    await world.stop();
    receiver.stop();
  });

  const hand = async (of, happenings, source = "a source") => {
    const namespace = await of.engine.miniflare.getDurableObjectNamespace("WEBHOOKS", WORKER_NAME);
    const stub = namespace.get(namespace.idFromName("demo"));
    const body = JSON.stringify({ tenant: "demo", source, happenings });
    const response = await stub.fetch("http://webhooks/happenings", { method: "POST", body });
    await response.text();
    return response.status;
  };

  /** Rows of the object's own database. */
  const rowsOf = (table) => {
    const files = readdirSync(world.persist, { recursive: true });
    const file = files.find((name) => /Webhooks.*[0-9a-f]{64}\.sqlite$/.test(name));
    const database = new DatabaseSync(join(world.persist, file), { readOnly: true });
    try {
      return database.prepare(`SELECT * FROM ${table}`).all();
    } finally {
      database.close();
    }
  };

  const miss = (channel) => [++number, { at: new Date().toISOString(), channel, name: "cache_miss" }];

  test("a repeated hand-over is sent once", async () => {
    const happenings = [miss("cache-a"), miss("cache-b")];
    for (const again of [happenings, happenings, [...happenings, miss("cache-c")]]) {
      assert.equal(await hand(world, again), 204);
    }
    assert.equal(await hand(world, [[1, happenings[0][1]]], "another source"), 204);
    await receiver.until((events) => events.length >= 4, "4 events");
    assert.deepEqual(
      receiver.events.map(({ channel }) => channel),
      ["cache-a", "cache-b", "cache-c", "cache-a"],
    );
  });

  test("a redirect is not followed, and the request is retried", async () => {
    receiver.status = 302;
    const before = receiver.requests.length;
    assert.equal(await hand(world, [miss("cache-moved")]), 204);
    await receiver.refused(1);
    receiver.status = 200;
    await receiver.until((events) => events.some(({ channel }) => channel === "cache-moved"), "the retry");
    const urls = receiver.requests.slice(before).map(({ url }) => url);
    assert.deepEqual(new Set(urls), new Set(["/hooks"]));
  });

  test("a hibernating object wakes when the hold time of a leave ends", async () => {
    await configure(world, [{ url: receiver.url, events: ["cache_miss", "channel_vacated"] }]);
    await world.engine.evict("Webhooks", "demo");
    const vacated = [++number, { at: new Date().toISOString(), channel: "left", name: "channel_vacated" }];
    assert.equal(await hand(world, [vacated, miss("cache-before")]), 204);
    await receiver.until(
      (events) => events.some(({ channel }) => channel === "cache-before"),
      "the event without a hold time",
    );
    await world.engine.evict("Webhooks", "demo");
    await receiver.until((events) => events.some(({ channel }) => channel === "left"), "the leave");
  });

  /** Changes the record, and evicts the object so that it reads it again. */
  const changeRecord = async (sql) => {
    await (await world.engine.database()).prepare(sql).run();
    await world.engine.evict("Webhooks", "demo");
  };

  test("events are stored while the record does not answer", async () => {
    await changeRecord("ALTER TABLE apps RENAME COLUMN webhooks TO gone");
    const failures = () => world.printed.filter((line) => line.includes("webhooks.record")).length;
    assert.equal(await hand(world, [miss("cache-kept")]), 204);
    await eventually(() => failures() > 0, "a record that does not answer");
    await (await world.engine.database()).prepare("ALTER TABLE apps RENAME COLUMN gone TO webhooks").run();
    await receiver.until((events) => events.some(({ channel }) => channel === "cache-kept"), "the stored event");
  });

  test("a disabled app never gets the events of that time", async () => {
    await changeRecord("UPDATE apps SET disabled_at = 1 WHERE tenant_id = 'demo'");
    assert.equal(await hand(world, [miss("cache-disabled")]), 204);
    await eventually(() => rowsOf("ready").length === 0 && rowsOf("endpoints").length === 0, "an empty queue");
    await changeRecord("UPDATE apps SET disabled_at = NULL WHERE tenant_id = 'demo'");
    assert.equal(await hand(world, [miss("cache-enabled")]), 204);
    await receiver.until((events) => events.some(({ channel }) => channel === "cache-enabled"), "a later event");
    assert.deepEqual(receiver.of("cache-disabled"), []);
  });

  test("during a rotation a backend can verify with either secret", async () => {
    const until = Date.now() + 3_600_000;
    const change = `secret = 'next', previous_secret = 'demo-secret', previous_secret_until = ${until}`;
    await changeRecord(`UPDATE apps SET ${change} WHERE tenant_id = 'demo'`);
    receiver.isStrict = true;
    const before = receiver.requests.length;
    assert.equal(await hand(world, [miss("cache-secret")]), 204);
    await receiver.until(
      (events) => events.some(({ channel }) => channel === "cache-secret"),
      "the event signed with the new secret",
    );
    assert.deepEqual(
      receiver.requests.slice(before).map(({ status }) => status),
      [401, 200],
    );
    receiver.isStrict = false;
    await changeRecord("UPDATE apps SET secret = 'demo-secret', previous_secret = NULL WHERE tenant_id = 'demo'");
  });

  test("a request without an answer is retried after its time-out", async () => {
    receiver.status = 0;
    assert.equal(await hand(world, [miss("cache-silent")]), 204);
    await eventually(() => receiver.requests.at(-1).status === 0, "a request without an answer");
    receiver.status = 200;
    await receiver.until((events) => events.some(({ channel }) => channel === "cache-silent"), "the next attempt");
    const timedOut = world.printed.filter((line) => line.includes("timed_out")).map((line) => JSON.parse(line));
    assert.deepEqual(
      timedOut.map(({ at, attempts }) => [at, attempts]),
      [["webhooks.delivery", 1]],
    );
    assert.ok(!world.printed.some((line) => line.includes("given_up")), "nothing is given up");
  });

  test("a hand-over of another version is refused", async () => {
    assert.equal(await hand(world, [[++number, { at: "now", channel: "x", name: "secret" }]]), 500);
    assert.equal(
      await hand(
        world,
        Array.from({ length: 101 }, () => miss("cache-many")),
      ),
      500,
    );
  });

  test("[I11] no log line has a webhook's body, signature key, path or response", async () => {
    const lines = world.printed.filter((line) => line.includes("webhooks"));
    const moved = lines.map((line) => JSON.parse(line)).find(({ status }) => status === 302);
    assert.deepEqual([moved.host, moved.events, moved.attempts], ["127.0.0.1", 1, 1]);
    for (const line of lines) {
      assert.doesNotMatch(line, /cache-|not read|demo-secret|\/hooks/);
    }
  });

  test("a deployed edge sends nothing to private addresses", async () => {
    const outside = await startWorld({ vars: { ENVIRONMENT: "production" } });
    try {
      const before = receiver.requests.length;
      const secure = receiver.url.replace("http:", "https:");
      await configure(outside, [
        { url: receiver.url, events: ["cache_miss"] },
        { url: secure, events: ["cache_miss"] },
      ]);
      assert.equal(await hand(outside, [miss("cache-inner")]), 204);
      const refusal = () => outside.printed.find((line) => line.includes("webhooks.addresses"));
      assert.equal(JSON.parse(await eventually(refusal, "the refusal")).refused, 2);
      assert.equal(receiver.requests.length, before);
    } finally {
      await outside.stop();
    }
  });
});
