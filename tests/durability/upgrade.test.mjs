// An object created by an earlier version migrates its own tables when it wakes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

let world, admin, ana, room;

before(async () => {
  world = await startWorld({ limits: WIDE });
  [admin, ana] = [world.person("admin", { roles: ["admin"] }), world.person("7")];
  room = await world.room([ana]);
  for (const body of ["one", "two"]) await ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body });
});
after(() => world.stop());

test("an object with tables of the first step keeps its data", async () => {
  await world.restart(() => {
    world.changeObject(room.conversation_id, [
      "DROP VIEW reaction_events",
      "ALTER TABLE members DROP COLUMN muted_until",
      "ALTER TABLE log DROP COLUMN audit",
      "DROP TABLE begun_changes",
      "DROP TABLE annotations",
      "DROP TABLE reactions",
      "DROP TABLE pins",
      "ALTER TABLE log DROP COLUMN in_channel",
      "ALTER TABLE log DROP COLUMN uncounted",
      "ALTER TABLE members DROP COLUMN read_rev",
      "ALTER TABLE members DROP COLUMN unread_head",
      "ALTER TABLE members DROP COLUMN read_at",
      "DELETE FROM meta WHERE key = 'tables'",
    ]);
  });
  const { data } = await ana.history(room.conversation_id);
  assert.deepEqual(
    data.map(({ body }) => body),
    ["two", "one"],
  );
  const until = new Date(Date.now() + 60_000).toISOString();
  await admin.ok("POST", `/api/chat/rooms/${room.id}/members/7/mute`, { until });
  const refused = await ana.call("POST", `/api/chat/rooms/${room.id}/messages`, { body: "three" });
  assert.deepEqual([refused.status, refused.body.until], [403, until]);
  const deleted = await admin.call(
    "DELETE",
    `/api/chat/messages/${data[0].id}?conversation_id=${room.conversation_id}`,
  );
  assert.equal(deleted.status, 200);
  const steps = world.objectRows(room.conversation_id, "SELECT value FROM meta WHERE key = 'tables'");
  assert.deepEqual(
    steps.map(({ value }) => value),
    ["7"],
  );
});

test("a quota registry with tables of the first step counts the current connections", async () => {
  const stats = () => admin.ok("GET", "/api/admin/stats");
  const chat = await ana.chat(room.conversation_id);
  await eventually(async () => (await stats()).connections === 1, "the registry to know of the socket");
  await chat.close();
  await world.restart(() => {
    world.changeQuotaRegistries([
      "DROP TABLE leases",
      `CREATE TABLE leases (source TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('room', 'conversation', 'channel')), connections INTEGER NOT NULL,
        people INTEGER NOT NULL, allowance INTEGER NOT NULL, sent INTEGER NOT NULL, turn INTEGER NOT NULL,
        until INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
      "INSERT INTO leases VALUES ('user.9', 'channel', 5, 1, 0, 0, 1, 9000000000000)",
      "DELETE FROM meta WHERE key = 'tables'",
    ]);
  });
  await connect(world);
  const now = await eventually(async () => {
    const now = await stats();
    return now.pusher_connections === 1 && now;
  }, "the registry to know of the Pusher client");
  assert.deepEqual([now.connections, now.messages_total], [1, 2]);
});
