// Threads, quotes, mentions, and messages marked as unread: on native sockets, event streams, HTTP and Pusher channels.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { openStream } from "../support/stream.mjs";
import { eventually, startWorld } from "../support/world.mjs";

describe("threads", () => {
  let world, ana, ben, dan, room, conversation, path;

  before(async () => {
    world = await startWorld();
    ana = world.person("7", { name: "Ana" });
    ben = world.person("8", { name: "Ben" });
    dan = world.person("9", { name: "Dan" });
    await dan.ok("GET", "/api/me");
    room = await world.room([ana, ben]);
    conversation = room.conversation_id;
    path = `/api/chat/conversations/${conversation}`;
  });
  after(() => world.stop());

  const bodies = ({ data }) => data.map(({ body }) => body);
  const say = (person, draft) => person.ok("POST", `${path}/messages`, draft);
  const counts = async (person) => {
    const { unread_count, mention_count } = await person.ok("GET", path);
    return { unread_count, mention_count };
  };

  test("a reply reaches sockets, streams and channels alike, and is replayed", async () => {
    const [one, two] = [await ana.chat(conversation), await ben.chat(conversation)];
    const stream = await openStream(ben, conversation);
    await stream.events(1);
    const pusher = await connect(world, { person: ben });
    const channel = `private-conversation.${conversation}`;
    await pusher.subscribe(channel);
    const { id, seq } = await one.say("who has the key?");
    const created = await pusher.received(channel, "message.created");
    assert.equal(created.id, id);
    two.send({ type: "send", client_msg_id: "r1", body: "I do", parent_id: id });
    await one.until(() => one.events.some(({ seq: at }) => at === seq + 2), "the reply and its thread");
    const reply = one.events.find(({ partial }) => partial.client_msg_id === "r1");
    assert.deepEqual([reply.seq, reply.partial.thread_id, reply.partial.also_in_channel], [seq + 1, id, false]);
    const thread = await one.event("thread.updated");
    const partial = { message_id: id, reply_count: 1, last_reply_at: reply.partial.created_at };
    assert.deepEqual([thread.seq, thread.id, thread.partial], [seq + 2, id, partial]);
    assert.deepEqual(await two.event("thread.updated"), thread, "the tab that sent the reply gets it too");
    const streamed = await stream.events(4);
    assert.deepEqual(
      streamed.slice(-2).map(({ data }) => data),
      [reply, thread],
    );
    assert.deepEqual(await pusher.received(channel, "thread.updated"), thread);
    await one.close();
    const again = await ana.chat(conversation, { epoch: one.welcome.epoch, seq });
    assert.deepEqual([await again.event("message.created"), await again.event("thread.updated")], [reply, thread]);
    await stream.close();
    pusher.pusher.disconnect();
    await Promise.all([again.close(), two.close()]);
  });

  test("a thread has a page, followers and markers of its own", async () => {
    const root = await say(ana, { body: "a question" });
    await say(ben, { body: "first", parent_id: root.id });
    const shown = await say(ben, { body: "second", parent_id: root.id, also_in_channel: true });
    const newest = await ana.history(conversation, "limit=2");
    assert.deepEqual(bodies(newest), ["second", "a question"]);
    assert.deepEqual([newest.data[1].reply_count, newest.data[1].last_reply_at], [2, shown.created_at]);
    assert.deepEqual(bodies(await ana.ok("GET", `/api/chat/messages/${root.id}/replies`)), ["second", "first"]);
    const device = await ana.ownChannel();
    const followed = async (person) =>
      (await person.ok("GET", "/api/chat/threads")).data.find(({ id }) => id === root.id);
    const thread = await followed(ana);
    assert.deepEqual([thread.reply_count, thread.unread_count, thread.message.body], [2, 2, "a question"]);
    assert.equal((await followed(ben)).unread_count, 0);
    await ana.ok("POST", `/api/chat/messages/${root.id}/replies/read`, {});
    const told = await device.event("thread.read");
    assert.deepEqual([told.id, told.partial], [root.id, { following: true, last_read_seq: shown.seq }]);
    assert.equal((await followed(ana)).unread_count, 0);
    await ana.ok("DELETE", `/api/chat/messages/${root.id}/follow`);
    assert.equal((await device.event("thread.read")).partial.following, false);
    assert.equal(await followed(ana), undefined);
    await ben.ok("DELETE", `/api/chat/messages/${shown.id}`);
    assert.equal((await followed(ben)).reply_count, 1);
    assert.equal((await ana.history(conversation, "limit=2")).data[1].reply_count, 1);
    await device.close();
  });

  test("a mention is counted, reaches the inbox, and ends with its text", async () => {
    await ben.ok("POST", `${path}/read`, {});
    const device = await ben.ownChannel();
    const sent = await say(ana, { body: "@ben and @[9], look: `@ana`" });
    assert.deepEqual(sent.mentions, [{ type: "user", user_id: "8" }]);
    await device.until(
      (frames) => frames.some(({ event, partial }) => event === "inbox.updated" && partial.mention_count === 1),
      "the mention in the inbox",
    );
    assert.deepEqual(await counts(ben), { unread_count: 1, mention_count: 1 });
    const chat = await ben.chat(conversation);
    await ana.ok("PUT", `/api/chat/messages/${sent.id}`, { body: "nobody" });
    assert.deepEqual((await chat.event("message.updated")).partial.mentions, []);
    await eventually(async () => (await counts(ben)).mention_count === 0, "the mention is gone");
    await Promise.all([device.close(), chat.close()]);
  });

  test("messages marked as unread stay unread until they are read", async () => {
    const first = await say(ana, { body: "one" });
    await say(ben, { body: "two" });
    const device = await ben.ownChannel();
    const { last_read_seq } = await ben.ok("POST", `${path}/unread`, { seq: first.seq });
    assert.equal(last_read_seq, first.seq - 1);
    assert.equal((await device.event("inbox.updated")).partial.unread_count, 2);
    await world.restart(() => {});
    assert.equal((await counts(ben)).unread_count, 2);
    await ben.ok("POST", `${path}/read`, {});
    assert.equal((await counts(ben)).unread_count, 0);
  });

  test("a quote shows what the message says now", async () => {
    const original = await say(ana, { body: "see you at six" });
    const quoting = await say(ben, { body: "fine", quote_id: original.id });
    assert.deepEqual(quoting.quote, { id: original.id, sender_name: "Ana", body: "see you at six" });
    await ana.ok("DELETE", `/api/chat/messages/${original.id}`);
    const page = await ana.history(conversation, "limit=1");
    assert.deepEqual([page.data[0].quote_id, page.data[0].quote.body], [original.id, null]);
    for (const field of ["parent_id", "quote_id"]) {
      const refused = await ben.call("POST", `${path}/messages`, { body: "x", [field]: original.id });
      assert.deepEqual([refused.status, refused.body.errors[0].field], [422, field]);
    }
    const stranger = await dan.call("GET", `/api/chat/messages/${quoting.id}/replies`);
    assert.equal(stranger.status, 403);
  });
});
