// 20 concurrent senders: one order for all clients, in the log and in the record.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const SENDERS = 20;
const MESSAGES = 200;
/**
 * Messages that a sender sends at once. The events of 200 exceed the 32 MiB that a conversation buffers for all clients: on a
 * busy machine, it would close one with 4429 "not reading".
 */
const WAVE = 40;
/** Time-out of a wave: on a busy machine its 16,000 events take longer than other tests wait. */
const PATIENCE_MS = 60_000;
let world;

before(async () => {
  world = await startWorld({ limits: WIDE });
});
after(() => world.stop());

test("[I2] 20 senders x 200 messages: no gap, no duplicate, the same order for all, and the record equals the log", async () => {
  const people = Array.from({ length: SENDERS }, (_, i) => world.person(`p${i}`));
  const room = await world.room(people);
  const chats = await Promise.all(people.map((person) => person.chat(room.conversation_id)));
  const start = chats[0].welcome.head;
  const total = SENDERS * MESSAGES;
  const created = (chat) => chat.events.filter(({ event }) => event === "message.created");
  for (let sent = 0; sent < MESSAGES; sent += WAVE) {
    for (let i = sent; i < sent + WAVE; i++) {
      for (const [who, chat] of chats.entries())
        chat.send({ type: "send", client_msg_id: `m${i}`, body: `${who}:${i}` });
    }
    const expected = SENDERS * (sent + WAVE);
    for (const chat of chats) {
      await chat.until(() => created(chat).length >= expected, `${expected} messages`, PATIENCE_MS);
    }
  }
  const expected = Array.from({ length: total }, (_, i) => start + 1 + i);
  const order = created(chats[0]).map(({ seq, id }) => `${seq} ${id}`);
  for (const chat of chats) {
    assert.deepEqual(
      created(chat).map(({ seq }) => seq),
      expected,
    );
    assert.deepEqual(
      created(chat).map(({ seq, id }) => `${seq} ${id}`),
      order,
    );
    assert.equal(chat.frames.filter(({ type }) => type === "ack").length, MESSAGES);
  }
  for (const [who] of chats.entries()) {
    const own = created(chats[0]).filter(({ partial }) => partial.sender_id === `p${who}`);
    assert.deepEqual(
      own.map(({ partial }) => partial.body),
      Array.from({ length: MESSAGES }, (_, i) => `${who}:${i}`),
    );
  }
  const rows = () =>
    world.rows(
      "SELECT seq, id, ordinal, body FROM messages WHERE conversation_id = ?1 ORDER BY seq",
      room.conversation_id,
    );
  await eventually(async () => (await rows()).length === total, "the record to have all");
  const record = await rows();
  assert.deepEqual(
    record.map(({ seq, id }) => `${seq} ${id}`),
    order,
  );
  assert.deepEqual(
    record.map(({ ordinal }) => ordinal),
    Array.from({ length: total }, (_, i) => i + 1),
  );
  const log = world.objectRows(
    room.conversation_id,
    "SELECT seq, message_id FROM log WHERE ordinal IS NOT NULL ORDER BY seq",
  );
  assert.deepEqual(
    log.map(({ seq, message_id }) => `${seq} ${message_id}`),
    order,
  );
});
