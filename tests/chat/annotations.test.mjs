// Edits with versions, reactions and pins: on native sockets, event streams, HTTP and Pusher channels, and for those who may not.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { openStream } from "../support/stream.mjs";
import { startWorld } from "../support/world.mjs";

const THUMB = "\u{1F44D}";

describe("annotations", () => {
  let world, admin, ana, ben, dan, room, conversation;

  before(async () => {
    world = await startWorld();
    admin = world.person("admin", { name: "Admin", roles: ["admin"] });
    ana = world.person("7", { name: "Ana" });
    ben = world.person("8", { name: "Ben" });
    dan = world.person("9", { name: "Dan" });
    await dan.ok("GET", "/api/me");
    room = await world.room([ana, ben]);
    conversation = room.conversation_id;
  });
  after(() => world.stop());

  const newest = async (person) => (await person.history(conversation, "limit=1")).data[0];
  const reactionPath = (id, emoji) =>
    `/api/chat/messages/${id}/reactions/${encodeURIComponent(emoji)}?conversation_id=${conversation}`;

  test("a reaction reaches sockets, streams and channels alike, and is replayed", async () => {
    const [one, two] = [await ana.chat(conversation), await ben.chat(conversation)];
    const stream = await openStream(ben, conversation);
    await stream.events(1);
    const pusher = await connect(world, { person: ben });
    const channel = `private-conversation.${conversation}`;
    await pusher.subscribe(channel);
    const { id, seq } = await one.say("react to me");
    two.send({ type: "react", id, emoji: "\u2764" });
    const event = await one.event("reaction.added");
    const partial = { message_id: id, emoji: "\u2764\uFE0F", user_id: "8", count: 1 };
    assert.deepEqual([event.seq, event.id, event.partial], [seq + 1, id, partial]);
    const [, , streamed] = await stream.events(3);
    assert.deepEqual(streamed.data, event);
    assert.deepEqual(await pusher.received(channel, "reaction.added"), event);
    assert.deepEqual((await newest(ben)).reactions, [{ emoji: "\u2764\uFE0F", count: 1, me: true }]);
    assert.deepEqual((await newest(ana)).reactions, [{ emoji: "\u2764\uFE0F", count: 1, me: false }]);
    two.send({ type: "unreact", id, emoji: "\u2764\uFE0F" });
    const removed = await one.event("reaction.removed");
    assert.equal(removed.partial.count, 0);
    await one.close();
    const again = await ana.chat(conversation, { epoch: one.welcome.epoch, seq });
    assert.deepEqual([await again.event("reaction.added"), await again.event("reaction.removed")], [event, removed]);
    await stream.close();
    pusher.pusher.disconnect();
    await Promise.all([again.close(), two.close()]);
  });

  test("two hundred people's reactions are counted once each, in order", async () => {
    const people = Array.from({ length: 200 }, (_, index) =>
      world.person(`crowd-${index}`, { name: `Person ${index}` }),
    );
    const crowd = await world.room([ana, ...people]);
    const chat = await ana.chat(crowd.conversation_id);
    const { id, seq } = await chat.say("who is in?");
    const path = `/api/chat/messages/${id}/reactions/${encodeURIComponent(THUMB)}?conversation_id=${crowd.conversation_id}`;
    const queue = people.flatMap((person) => [person, person]);
    const work = async () => {
      for (let person = queue.pop(); person; person = queue.pop()) await person.ok("PUT", path);
    };
    await Promise.all(Array.from({ length: 16 }, work));
    await chat.until(() => chat.events.at(-1)?.seq >= seq + 200, "the reactions");
    const counts = chat.events.filter(({ event }) => event === "reaction.added").map(({ partial }) => partial.count);
    assert.deepEqual(
      counts,
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
    const page = await ana.history(crowd.conversation_id, "limit=1");
    assert.deepEqual(page.data[0].reactions, [{ emoji: THUMB, count: 200, me: false }]);
    const listed = new Set();
    for (let cursor = ""; cursor !== null; ) {
      const address = `/api/chat/messages/${id}/reactions?limit=100${cursor && `&cursor=${cursor}`}`;
      const { data, next_cursor } = await ana.ok("GET", address);
      for (const { user_id } of data) listed.add(user_id);
      cursor = next_cursor;
    }
    assert.equal(listed.size, 200);
    await chat.close();
  });

  test("reactions and pins survive hibernation, also of messages that have left the log", async () => {
    const chat = await ana.chat(conversation);
    const { id } = await chat.say("remember me");
    await chat.close();
    await ben.ok("PUT", reactionPath(id, THUMB));
    await admin.ok("PUT", `/api/chat/messages/${id}/pin?conversation_id=${conversation}`);
    await world.engine.evict("Conversation", `demo/${conversation}`);
    const reacted = await ana.ok("PUT", reactionPath(id, THUMB));
    assert.deepEqual(reacted.reactions, [{ emoji: THUMB, count: 2, me: true }]);
    const pins = await ben.ok("GET", `/api/chat/conversations/${conversation}/pins`);
    assert.deepEqual(
      pins.data.map((message) => [message.id, message.pinned_by]),
      [[id, "admin"]],
    );
    await ana.ok("DELETE", `/api/chat/messages/${id}?conversation_id=${conversation}`);
    assert.deepEqual((await ben.ok("GET", `/api/chat/conversations/${conversation}/pins`)).data, []);
    assert.deepEqual((await newest(ben)).reactions, []);
  });

  test("a stale edit is refused on every transport, and earlier texts are listed", async () => {
    const chat = await ana.chat(conversation);
    const { id } = await chat.say("one");
    const path = `/api/chat/messages/${id}?conversation_id=${conversation}`;
    const edited = await ana.call("PUT", path, { body: "two" }, { "if-match": '"1"' });
    assert.deepEqual([edited.status, edited.headers.get("etag"), edited.body.version], [200, '"2"', 2]);
    assert.equal((await chat.event("message.updated")).partial.version, 2);
    const stale = await ana.call("PUT", path, { body: "lost" }, { "if-match": '"1"' });
    assert.deepEqual([stale.status, stale.body.type.split("/").at(-1)], [412, "precondition-failed"]);
    chat.send({ type: "edit", id, body: "lost", version: 1 });
    assert.equal((await chat.error("precondition-failed")).status, 412);
    chat.send({ type: "edit", id, body: "three", version: 2 });
    assert.equal((await chat.event("message.updated")).partial.body, "three");
    const history = await admin.ok("GET", `/api/chat/messages/${id}/history?conversation_id=${conversation}`);
    assert.deepEqual(
      history.data.map(({ version, body }) => [version, body]),
      [
        [2, "two"],
        [1, "one"],
      ],
    );
    await chat.close();
  });

  test("those who may not write or moderate are refused, by HTTP and by socket", async () => {
    const chat = await ana.chat(conversation);
    const { id } = await chat.say("hands off");
    const refusal = async (person, method, path) => {
      const { status, body } = await person.call(method, path);
      return [status, body.type.split("/").at(-1)];
    };
    const pin = `/api/chat/messages/${id}/pin?conversation_id=${conversation}`;
    assert.deepEqual(await refusal(dan, "PUT", reactionPath(id, THUMB)), [403, "forbidden"]);
    assert.deepEqual(await refusal(dan, "PUT", pin), [403, "forbidden"]);
    assert.deepEqual(await refusal(ben, "PUT", pin), [403, "forbidden"]);
    assert.deepEqual(await refusal(ben, "PUT", reactionPath(id, "x")), [422, "invalid"]);
    assert.deepEqual(await refusal(dan, "GET", `/api/chat/conversations/${conversation}/pins`), [403, "forbidden"]);
    chat.send({ type: "pin", id });
    assert.equal((await chat.error("forbidden")).status, 403);
    const until = new Date(Date.now() + 600_000).toISOString();
    await admin.ok("POST", `/api/chat/rooms/${room.id}/members/8/mute`, { until });
    assert.deepEqual(await refusal(ben, "PUT", reactionPath(id, THUMB)), [403, "muted"]);
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/8/mute`);
    await chat.close();
  });
});
