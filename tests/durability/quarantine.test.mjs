// Entries of a conversation's log stay readable, and an unreadable one does not block the flush.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

let world, admin, ana, ben;

before(async () => {
  world = await startWorld({ limits: WIDE });
  [admin, ana, ben] = [world.person("admin", { roles: ["admin"] }), world.person("7"), world.person("8")];
});
after(() => world.stop());

/** An object nested to this depth. */
const nested = (levels) => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);
const bodies = ({ data }) => data.map(({ body }) => body).reverse();
const recorded = (room) =>
  world.rows("SELECT body FROM messages WHERE conversation_id = ?1 ORDER BY seq", room.conversation_id);
const quarantined = (room) =>
  world.rows("SELECT seq, reason FROM quarantined_entries WHERE conversation_id = ?1", room.conversation_id);

test("too deeply nested metadata is refused on every path, and not stored", async () => {
  const room = await world.room([ana, ben]);
  const group = await ana.ok("POST", "/api/chat/conversations", {
    type: "group",
    user_ids: ["8"],
    metadata: nested(16),
  });
  const chat = await ana.chat(room.conversation_id);
  const paths = [
    ["POST", `/api/chat/rooms/${room.id}/messages`],
    ["POST", `/api/chat/conversations/${room.conversation_id}/messages`],
    ["POST", "/api/chat/messages"],
  ];
  for (const levels of [17, 100, 122, 123, 124, 125, 126, 127, 128, 200]) {
    const metadata = nested(levels);
    for (const [method, path] of paths) {
      const answer = await ana.call(method, path, { body: "deep", metadata });
      assert.equal(answer.status, 422, `${path} ${levels} ${answer.text}`);
    }
    const made = await ana.call("POST", "/api/chat/conversations", { type: "group", user_ids: ["8"], metadata });
    assert.equal(made.status, 422, `${levels} ${made.text}`);
    const changed = await ana.call("PATCH", `/api/chat/conversations/${group.id}`, { metadata });
    assert.equal(changed.status, 422, `${levels} ${changed.text}`);
    const id = `deep-${levels}`;
    chat.send({ type: "send", client_msg_id: id, body: "deep", metadata });
    const refused = await chat.next(({ type }) => type === "error", "refusal");
    assert.equal(refused.error, "invalid", JSON.stringify(refused));
    if (levels < 120) assert.equal(refused.client_msg_id, id);
  }
  chat.send({ type: "send", client_msg_id: "flat", body: "flat", metadata: nested(16) });
  await chat.ackOf("flat");
  assert.deepEqual(bodies(await ben.history(room.conversation_id)), ["flat"]);
  await eventually(async () => (await recorded(room)).length === 1, "the record to have it");
  await chat.close();
});

test("[I17] a log with an unreadable entry is flushed: that entry is quarantined and every other is recorded", async () => {
  const room = await world.room([ana, ben]);
  const path = `/api/chat/rooms/${room.id}/messages`;
  const sent = [];
  for (const body of ["one", "two", "three"]) sent.push(await ana.ok("POST", path, { body }));
  const before = sent[0].seq - 1;
  await eventually(async () => (await recorded(room)).length === 3, "the record to have them");
  await world.restart(() => {
    // As an earlier version wrote it: an entry nested deeper than the parser reads, and one that is no JSON.
    const deep = JSON.stringify(nested(126));
    world.changeObject(room.conversation_id, [
      `UPDATE log SET event = json_set(event, '$.partial.metadata', json('${deep}')) WHERE seq = ${sent[0].seq}`,
      `UPDATE log SET event = 'no JSON' WHERE seq = ${sent[1].seq}`,
      `UPDATE meta SET value = '${before}' WHERE key = 'flushed'`,
    ]);
  });
  const database = await world.engine.database();
  await database.prepare("DELETE FROM messages WHERE conversation_id = ?1").bind(room.conversation_id).run();

  assert.deepEqual(bodies(await ben.history(room.conversation_id)), ["one", "three"]);
  await ana.ok("POST", path, { body: "four" });
  await eventually(async () => (await recorded(room)).length === 3, "the flush to continue");
  assert.deepEqual(
    (await recorded(room)).map(({ body }) => body),
    ["one", "three", "four"],
  );
  const page = await ben.history(room.conversation_id);
  assert.deepEqual(bodies(page), ["one", "three", "four"]);
  assert.deepEqual(page.data.at(-1).metadata, nested(126), "the whole metadata is returned");
  assert.deepEqual(await quarantined(room), [{ seq: sent[1].seq, reason: "unreadable" }]);
  assert.equal((await admin.ok("GET", "/api/admin/stats")).quarantined_entries, 1);
  const metrics = await admin.call("GET", "/metrics");
  assert.match(metrics.text, /campana_quarantined_entries\{app="1"\} 1/);

  // Positions have no gap, and the broken entry does not affect others.
  const chat = await ben.chat(room.conversation_id, { seq: before });
  await chat.until((frames) => frames.some(({ seq }) => seq === page.head), "the newest");
  assert.deepEqual(
    chat.events.map(({ seq }) => seq),
    Array.from({ length: page.head - before }, (_, i) => before + 1 + i),
  );
  await chat.close();
  const repeat = await ana.call("POST", path, { body: "two", client_msg_id: sent[1].client_msg_id });
  assert.notEqual(repeat.status, 500, repeat.text);
});

test("[I17] an entry that the record refuses does not block later ones", async () => {
  const room = await world.room([ana, ben]);
  const path = `/api/chat/rooms/${room.id}/messages`;
  const database = await world.engine.database();
  await database
    .prepare(
      `CREATE TRIGGER refused BEFORE INSERT ON messages WHEN NEW.body = 'poison'
       BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: poison'); END`,
    )
    .run();
  const chat = await ana.chat(room.conversation_id);
  const sends = ["a", "b", "poison", "c", "poison", "d"];
  await Promise.all(sends.map((body) => chat.say(body)));
  await eventually(async () => (await recorded(room)).length === 4, "the flush to continue");
  assert.deepEqual(
    (await recorded(room)).map(({ body }) => body),
    ["a", "b", "c", "d"],
  );
  assert.deepEqual(
    (await quarantined(room)).map(({ reason }) => reason),
    ["refused", "refused"],
  );
  await database.prepare("DROP TRIGGER refused").run();
  await ana.ok("POST", path, { body: "e" });
  await eventually(async () => (await recorded(room)).length === 5, "the next entry in the record");
  assert.ok(world.printed.some((line) => line.includes("conversation.quarantine")));
  assert.ok(!world.printed.some((line) => line.includes("poison")), "no body is in the log");
  await chat.close();
});
