// An object that was made by an earlier version brings its own tables to the newest form when it wakes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorld, WIDE } from "./support/world.mjs";

let world, admin, ana, room;

before(async () => {
  world = await startWorld({ limits: WIDE });
  [admin, ana] = [world.person("admin", { roles: ["admin"] }), world.person("7")];
  room = await world.room([ana]);
  for (const body of ["one", "two"]) await ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body });
});
after(() => world.stop());

test("an object with tables of the first form goes on with all that it has", async () => {
  await world.restart(() => {
    world.changeObject(room.conversation_id, [
      "ALTER TABLE members DROP COLUMN muted_until",
      "ALTER TABLE log DROP COLUMN audit",
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
    ["2"],
  );
});
