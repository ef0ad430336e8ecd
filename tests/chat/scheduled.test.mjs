// Scheduled messages: sent once at their time, on every transport, also after a restart and without an alarm.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readSchedules } from "../../scripts/lib/schedules.mjs";
import { Echo, hostOptions, Pusher } from "../support/pusher.mjs";
import { openOwnStream, openStream } from "../support/stream.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

/** From scheduling a message to its time: enough to open connections in between. */
const SOON_MS = 3_000;

describe("scheduled messages", () => {
  let world, admin, ana, ben;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
  });
  after(() => world.stop());

  const inMs = (millis) => new Date(Date.now() + millis).toISOString();
  const conversationOf = async () => (await world.room([ana, ben], { visibility: "private" })).conversation_id;
  const schedule = (person, conversation, body, millis = SOON_MS) =>
    person.ok("POST", `/api/chat/conversations/${conversation}/scheduled`, { body, send_at: inMs(millis) });
  const statusOf = async (person, { id }) => (await person.ok("GET", `/api/me/scheduled/${id}`)).status;
  const bodiesOf = async (conversation) => {
    const { data } = await ben.history(conversation);
    return data.filter(({ type }) => type !== "system").map(({ body }) => body);
  };

  test("one is sent at its time to sockets, streams and Echo, and its author's devices learn of it", async () => {
    const conversation = await conversationOf();
    const [chat, stream, device, ownStream] = [
      await ben.chat(conversation),
      await openStream(ben, conversation),
      await ana.ownChannel(),
      await openOwnStream(ana),
    ];
    const echoOf = (person) =>
      new Echo({
        broadcaster: "reverb",
        Pusher,
        key: "demo-key",
        ...hostOptions(world),
        authEndpoint: `${world.url}/broadcasting/auth`,
        bearerToken: person.token,
      });
    const [bens, anas] = [echoOf(ben), echoOf(ana)];
    const listening = async (channel, event) => {
      const got = new Promise((resolve) => channel.listen(event, resolve));
      await new Promise((resolve) => channel.subscribed(resolve));
      return { got };
    };
    const created = await listening(bens.private(`conversation.${conversation}`), ".message.created");
    const told = await listening(anas.private("user.7"), ".scheduled.sent");
    const scheduled = await schedule(ana, conversation, "good morning");
    assert.deepEqual([scheduled.status, scheduled.body, scheduled.message_id], ["pending", "good morning", null]);
    const event = await chat.event("message.created");
    const { partial: message } = event;
    assert.deepEqual([message.body, message.sender_name], ["good morning", "Ana"]);
    assert.ok(message.created_at >= scheduled.send_at, `${message.created_at} is not before ${scheduled.send_at}`);
    await stream.until((text) => text.includes(`"id":"${message.id}"`));
    assert.equal((await created.got).partial.id, message.id);
    const partial = { scheduled_id: scheduled.id, message_id: message.id };
    const news = await device.event("scheduled.sent");
    assert.deepEqual([news.conversation_id, news.id, news.partial], [conversation, scheduled.id, partial]);
    assert.ok(Number.isInteger(news.rev));
    assert.deepEqual((await told.got).partial, partial);
    await ownStream.until((text) => text.includes('"scheduled.sent"'));
    assert.equal(await statusOf(ana, scheduled), "sent");
    for (const echo of [bens, anas]) echo.disconnect();
    await Promise.all([chat, stream, device, ownStream].map((connection) => connection.close()));
  });

  test("one with files is sent with them, and a cancelled one releases them", async () => {
    const conversation = await conversationOf();
    const chat = await ben.chat(conversation);
    const path = `/api/chat/conversations/${conversation}/scheduled`;
    const [sent, cancelled] = [await ana.upload("hello", "a.txt"), await ana.upload("never", "b.txt")];
    const waiting = await ana.ok("POST", path, { attachments: [cancelled.id], send_at: inMs(3_600_000) });
    const scheduled = await ana.ok("POST", path, { attachments: [sent.id], send_at: inMs(SOON_MS) });
    assert.deepEqual(scheduled.attachments, [sent]);
    const used = () => world.rows("SELECT id FROM files WHERE unused_at IS NULL ORDER BY id");
    assert.equal((await used()).length, 2);
    const { partial } = await chat.event("message.created");
    assert.deepEqual([partial.type, partial.attachments], ["file", [sent]]);
    assert.equal((await ben.call("GET", sent.url)).text, "hello");
    assert.equal((await ana.call("DELETE", `/api/me/scheduled/${waiting.id}`)).status, 204);
    await eventually(async () => (await used()).length === 1, "the release");
    assert.deepEqual(await used(), [{ id: sent.id }]);
    await chat.close();
  });

  test("one whose author may not write at its time fails, and its text stays", async () => {
    const { id, conversation_id } = await world.room([ana, ben]);
    const device = await ana.ownChannel();
    const scheduled = await schedule(ana, conversation_id, "too late", 1_500);
    await admin.ok("POST", `/api/chat/rooms/${id}/members/7/mute`, { until: inMs(600_000) });
    const news = await device.event("scheduled.failed");
    assert.deepEqual(news.partial, { scheduled_id: scheduled.id, problem: "muted" });
    const { status, problem, body } = await ana.ok("GET", `/api/me/scheduled/${scheduled.id}`);
    assert.deepEqual([status, problem, body], ["failed", "muted", "too late"]);
    assert.deepEqual(await bodiesOf(conversation_id), []);
    await ana.ok("DELETE", `/api/me/scheduled/${scheduled.id}`);
    await device.close();
  });

  test("a cancelled one is not sent, and one that was sent cannot be cancelled", async () => {
    const conversation = await conversationOf();
    const chat = await ben.chat(conversation);
    const cancelled = await schedule(ana, conversation, "never", 1_000);
    const sent = await schedule(ana, conversation, "instead", 1_500);
    await ana.ok("DELETE", `/api/me/scheduled/${cancelled.id}`);
    assert.equal((await chat.event("message.created")).partial.body, "instead");
    await eventually(async () => (await statusOf(ana, sent)) === "sent", "its end in the record");
    assert.equal((await ana.call("DELETE", `/api/me/scheduled/${sent.id}`)).status, 409);
    assert.equal(await statusOf(ana, cancelled), "cancelled");
    assert.deepEqual(await bodiesOf(conversation), ["instead"]);
    await chat.close();
  });

  test("one is sent once when the engine restarts before its time", async () => {
    const conversation = await conversationOf();
    const scheduled = await schedule(ana, conversation, "after a restart");
    await world.restart(() => {});
    const isSent = async () => (await statusOf(ana, scheduled)) === "sent";
    await eventually(isSent, "it is sent");
    const [message] = (await ben.history(conversation)).data;
    assert.equal(message.body, "after a restart");
    assert.ok(message.created_at >= scheduled.send_at);
    await world.restart(() => {});
    await ana.ok("POST", `/api/chat/conversations/${conversation}/messages`, { body: "and no more" });
    assert.deepEqual(await bodiesOf(conversation), ["and no more", "after a restart"]);
  });

  test("one that its object has lost, with its alarm, is sent by the scheduled job", async () => {
    const conversation = await conversationOf();
    const scheduled = await schedule(ana, conversation, "found in the record", 600_000);
    await world.restart(() => {
      world.loseAlarms("Conversation");
      world.changeObjects("Conversation", "scheduled", ["DELETE FROM scheduled"]);
      const past = Date.now() - 120_000;
      world.changeObjects("D1", "scheduled_messages", [
        `UPDATE scheduled_messages SET send_at = ${past}, check_at = ${past} WHERE id = '${scheduled.id}'`,
      ]);
    });
    const { cron } = readSchedules().find(({ jobs }) => jobs.includes("scheduled_messages"));
    for (let run = 0; run < 2; run += 1) {
      await world.engine.schedule(cron, Date.now());
      await eventually(async () => (await statusOf(ana, scheduled)) === "sent", "it is sent");
    }
    assert.deepEqual(await bodiesOf(conversation), ["found in the record"]);
  });
});
