// No acknowledged event is lost: after dropped connections, hibernation, a killed engine, and a record that refuses writes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("durability", () => {
  let world, ana, ben, conversation;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    [ana, ben] = [world.person("7"), world.person("8")];
  });
  after(() => world.stop());

  const freshRoom = async () => {
    conversation = (await world.room([ana, ben])).conversation_id;
  };

  /** Asserts that a reader's events over several sockets have each position once, in order. */
  const assertWhole = (events, from, to) =>
    assert.deepEqual(
      events.map(({ seq }) => seq),
      Array.from({ length: to - from }, (_, i) => from + 1 + i),
    );

  const burst = async (chat, count, label) => {
    for (let i = 0; i < count; i++) chat.send({ type: "send", client_msg_id: `${label}-${i}`, body: `${label} ${i}` });
    for (let i = 0; i < count; i++) await chat.ackOf(`${label}-${i}`);
  };

  test("a client that disconnects during a burst resumes with exactly the missed events", async () => {
    await freshRoom();
    const [writer, reader] = [await ana.chat(conversation), await ben.chat(conversation)];
    const { epoch, head: start } = reader.welcome;
    const writing = burst(writer, 300, "drop");
    await reader.until((frames) => frames.filter(({ seq }) => seq > start).length >= 50, "50 events");
    reader.terminate();
    const had = reader.events.filter(({ seq }) => seq > start);
    const again = await ben.chat(conversation, { epoch, seq: had.at(-1).seq });
    await writing;
    const last = writer.frames.filter(({ type }) => type === "ack").at(-1).seq;
    await again.until((frames) => frames.some(({ event, seq }) => event && seq === last), "the last event");
    assertWhole([...had, ...again.events], start, last);
    await Promise.all([writer.close(), again.close()]);
  });

  test("the resume frame replays the events up to the welcome, once", async () => {
    await freshRoom();
    const writer = await ana.chat(conversation);
    const { epoch, head } = writer.welcome;
    await burst(writer, 20, "frame");
    const reader = await ben.chat(conversation);
    const later = writer.say("live");
    reader.send({ type: "resume", epoch, seq: head });
    const last = (await later).seq;
    await reader.until((frames) => frames.filter(({ event, seq }) => event && seq).length >= last - head, "all events");
    assert.deepEqual(
      reader.events.map(({ seq }) => seq).sort((a, b) => a - b),
      Array.from({ length: last - head }, (_, i) => head + 1 + i),
    );
    await Promise.all([writer.close(), reader.close()]);
  });

  test("a position of another epoch, or from the future, gets a reset", async () => {
    await freshRoom();
    const writer = await ana.chat(conversation);
    const ack = await writer.say("here");
    for (const position of [
      { epoch: "another", seq: 0 },
      { epoch: writer.welcome.epoch, seq: ack.seq + 5 },
    ]) {
      const reader = await ben.chat(conversation, position);
      const reset = await reader.next(({ type }) => type === "reset", "reset");
      assert.deepEqual([reset.epoch, reset.head], [writer.welcome.epoch, ack.seq]);
      await reader.close();
    }
    await writer.close();
  });

  test("[I3] an object that hibernates wakes with its sockets, its sequence and its presence", async () => {
    await freshRoom();
    const [writer, reader] = [await ana.chat(conversation), await ben.chat(conversation)];
    const first = await writer.say("before");
    await world.engine.evict("Conversation", `demo/${conversation}`);
    const second = await writer.say("after");
    assert.equal(second.seq, first.seq + 1);
    await reader.event("message.created");
    assert.equal((await reader.event("message.created")).id, second.id);
    const third = await ben.chat(conversation, { epoch: reader.welcome.epoch, seq: reader.welcome.head });
    assert.equal(third.welcome.online_count, 2);
    await third.until((frames) => frames.some(({ seq, event }) => event && seq === second.seq), "the replay");
    assertWhole(third.events, reader.welcome.head, second.seq);
    const repeat = await writer.say("before", "kept-key").then(() => writer.say("before", "kept-key"));
    await world.engine.evict("Conversation", `demo/${conversation}`);
    writer.frames.length = 0;
    assert.equal((await writer.say("before", "kept-key")).id, repeat.id, "a repeat after hibernation");
    await Promise.all([writer, reader, third].map((chat) => chat.close()));
  });

  test("[I1] after kill -9 of the engine every acknowledged message exists exactly once", async () => {
    await freshRoom();
    const writer = await ana.chat(conversation);
    const { epoch, head } = writer.welcome;
    for (let i = 0; i < 400; i++) writer.send({ type: "send", client_msg_id: `k${i}`, body: `kill ${i}` });
    await writer.until((frames) => frames.filter(({ type }) => type === "ack").length >= 100, "100 acks");
    await world.engine.kill();
    await writer.end();
    const acked = writer.frames.filter(({ type }) => type === "ack");
    const again = await ana.chat(conversation, { epoch, seq: head });
    for (let i = 0; i < 400; i++) again.send({ type: "send", client_msg_id: `k${i}`, body: `kill ${i}` });
    const acks = [];
    for (let i = 0; i < 400; i++) acks.push(await again.ackOf(`k${i}`));
    for (const ack of acked) {
      const now = acks.find(({ client_msg_id }) => client_msg_id === ack.client_msg_id);
      assert.deepEqual([now.id, now.seq], [ack.id, ack.seq], "an acknowledged message changed or was lost");
    }
    const last = Math.max(...acks.map(({ seq }) => seq));
    await again.until((frames) => frames.some(({ event, seq }) => event && seq === last), "the last event");
    assertWhole(again.events, head, last);
    assert.equal(last - head, 400, "each message once");
    const count = () => world.rows("SELECT COUNT(*) n FROM messages WHERE conversation_id = ?1", conversation);
    await eventually(async () => (await count())[0].n === 400, "the record to have each once");
    await again.close();
  });

  test("[I1] messages acknowledged before kill -9 reach the record without another write", async () => {
    await freshRoom();
    const writer = await ana.chat(conversation);
    await burst(writer, 50, "last words");
    await world.engine.kill();
    await writer.end();
    const page = await ben.history(conversation);
    assert.equal(page.data.length, 50);
    const count = () => world.rows("SELECT COUNT(*) n FROM messages WHERE conversation_id = ?1", conversation);
    await eventually(async () => (await count())[0].n === 50, "the record to catch up");
  });

  test("a message that has left the log is found by its key and in the history, and resume answers reset", async () => {
    await freshRoom();
    const writer = await ana.chat(conversation);
    const { epoch, head } = writer.welcome;
    await burst(writer, 6_200, "long");
    const [first, last] = [await writer.ackOf("long-0"), await writer.ackOf("long-6199")];
    assert.equal(last.seq - head, 6_200);
    const inRecord = () => world.rows("SELECT COUNT(*) n FROM messages WHERE conversation_id = ?1", conversation);
    await eventually(async () => (await inRecord())[0].n === 6_200, "the record to have all", 60_000);
    const reader = await ben.chat(conversation, { epoch, seq: head });
    const reset = await reader.next(({ type }) => type === "reset", "reset");
    assert.deepEqual([reset.epoch, reset.head], [epoch, last.seq]);
    writer.frames.length = 0;
    const again = await writer.say("long 0", "long-0");
    assert.deepEqual([again.id, again.seq], [first.id, first.seq]);
    const page = await ben.history(conversation, `before=${head + 3}`);
    assert.deepEqual(
      page.data.map(({ body }) => body),
      ["long 1", "long 0"],
    );
    await ana.ok("PUT", `/api/chat/messages/${first.id}`, { body: "changed late" });
    assert.equal((await reader.event("message.updated")).partial.body, "changed late");
    const changed = await ben.history(conversation, `before=${head + 2}`);
    assert.equal(changed.data[0].body, "changed late");
    await Promise.all([writer.close(), reader.close()]);
  });

  test("chat works while the record refuses writes, and the record catches up afterwards", async () => {
    await freshRoom();
    const [writer, reader] = [await ana.chat(conversation), await ben.chat(conversation)];
    const database = await world.engine.database();
    await database
      .prepare("CREATE TRIGGER refuse BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'refused'); END")
      .run();
    await burst(writer, 150, "down");
    const last = writer.frames.filter(({ type }) => type === "ack").at(-1).seq;
    await reader.until((frames) => frames.some(({ event, seq }) => event && seq === last), "all events");
    const page = await ben.history(conversation);
    assert.equal(page.data.length, 100);
    assert.equal(page.data[0].seq, last, "the newest page is complete");
    const older = await ben.history(conversation, `before=${page.next_cursor}`);
    assert.deepEqual(
      [...page.data, ...older.data].map(({ body }) => body),
      Array.from({ length: 150 }, (_, i) => `down ${149 - i}`),
      "and so are the older ones",
    );
    const middle = older.data[25];
    await ana.call("PUT", `/api/chat/messages/${middle.id}?conversation_id=${conversation}`, { body: "changed" });
    const around = await ben.history(conversation, `around=${page.data[60].id}&limit=5`);
    assert.deepEqual(
      around.data.map(({ seq }) => last - seq),
      [58, 59, 60, 61, 62],
    );
    const after = await ben.history(conversation, `after=${middle.seq - 1}&limit=2`);
    assert.deepEqual(
      after.data.map(({ body }) => body),
      [`down 25`, "changed"],
      "as they stand",
    );
    assert.deepEqual(await world.rows("SELECT seq FROM messages WHERE conversation_id = ?1", conversation), []);
    await database.prepare("DROP TRIGGER refuse").run();
    const bodies = () => world.rows("SELECT body FROM messages WHERE conversation_id = ?1 ORDER BY seq", conversation);
    await eventually(async () => (await bodies()).length === 150, "the record to catch up", 60_000);
    assert.deepEqual(
      (await bodies()).map(({ body }) => body),
      Array.from({ length: 150 }, (_, i) => (i === 24 ? "changed" : `down ${i}`)),
    );
    await Promise.all([writer.close(), reader.close()]);
  });
});
