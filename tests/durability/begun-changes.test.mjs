// A membership change that reached D1 before the object died, and is missing in the log, is committed after the restart.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

let world, admin, ana, ben, cy;

before(async () => {
  world = await startWorld({ limits: WIDE });
  admin = world.person("admin", { roles: ["admin"] });
  [ana, ben, cy] = ["7", "8", "9"].map((user) => world.person(user));
  for (const person of [ana, ben, cy]) await person.ok("GET", "/api/me");
});
after(() => world.stop());

const headOf = async (room) => (await ana.history(room.conversation_id)).head;

/** Simulates an object that died after D1 answered and before it committed the newest event. */
async function died(room, change) {
  const head = await headOf(room);
  const flushed = () => world.objectRows(room.conversation_id, "SELECT value FROM meta WHERE key = 'flushed'");
  await eventually(async () => Number(flushed()[0]?.value) === head, "the flush");
  const [subject] = [change.member ? `member/${change.member.person.user_id}` : "fields"];
  await world.restart(() => {
    world.changeObject(room.conversation_id, [
      `DELETE FROM log WHERE seq = ${head}`,
      `UPDATE meta SET value = '${head - 1}' WHERE key = 'flushed'`,
      `INSERT INTO begun_changes VALUES ('${subject}', '${JSON.stringify(change)}')`,
    ]);
  });
  return head;
}

/** The event that a resuming reader gets at that position, without any other request. */
async function recovered(room, seq, reader = ana) {
  const chat = await reader.chat(room.conversation_id, { seq: seq - 1 });
  await chat.until(() => chat.events.length > 0, "an event");
  const events = chat.events;
  assert.deepEqual(world.objectRows(room.conversation_id, "SELECT * FROM begun_changes"), []);
  await chat.close();
  assert.deepEqual(
    events.map((event) => event.seq),
    [seq],
  );
  return events[0];
}

const member = (person, kind) => ({ member: { person: { user_id: person.user, name: person.name }, kind } });

test("a join is recovered", async () => {
  const room = await world.room([ana]);
  await ben.ok("POST", `/api/chat/rooms/${room.id}/join`);
  const seq = await died(room, member(ben, { joined: { role: "member" } }));
  const { event, partial } = await recovered(room, seq);
  assert.deepEqual([event, partial.user_id, partial.name], ["member.joined", "8", ben.name]);
});

test("a leave is recovered, and the call can be repeated", async () => {
  const room = await world.room([ana, ben]);
  await ben.ok("POST", `/api/chat/rooms/${room.id}/leave`);
  const seq = await died(room, member(ben, "left"));
  await ben.call("POST", `/api/chat/rooms/${room.id}/leave`);
  const { event, partial } = await recovered(room, seq);
  assert.deepEqual([event, partial.user_id], ["member.left", "8"]);
});

test("a change that the record does not have is dropped", async () => {
  const room = await world.room([ana, cy]);
  const head = await headOf(room);
  await world.restart(() => {
    world.changeObject(room.conversation_id, [
      `INSERT INTO begun_changes VALUES ('member/9', '${JSON.stringify(member(cy, "removed"))}')`,
    ]);
  });
  const { seq } = await ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: "next" });
  assert.equal(seq, head + 1);
  await eventually(
    async () => world.objectRows(room.conversation_id, "SELECT * FROM begun_changes").length === 0,
    "the intent to be deleted",
  );
  assert.equal(await headOf(room), seq);
});

test("a room that became private is recovered", async () => {
  const room = await world.room([ana]);
  await admin.ok("PUT", `/api/chat/rooms/${room.id}`, { visibility: "private" });
  const head = await headOf(room);
  await world.restart(() => {
    world.changeObject(room.conversation_id, [
      `DELETE FROM log WHERE seq = ${head}`,
      `UPDATE meta SET value = '${head - 1}' WHERE key = 'flushed'`,
      `UPDATE meta SET value = '"public_room"' WHERE key = 'place'`,
      `INSERT INTO begun_changes VALUES ('fields', '${JSON.stringify({ fields: { by: "admin", names: ["visibility"] } })}')`,
    ]);
  });
  const refused = await cy.call("POST", `/api/chat/rooms/${room.id}/join`);
  assert.ok([403, 404].includes(refused.status), refused.text);
  const { event, partial } = await recovered(room, head);
  assert.deepEqual([event, partial], ["conversation.updated", { visibility: "private" }]);
});

test("the look-up is retried until the record answers", async () => {
  const room = await world.room([ana, ben]);
  await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/8`);
  const seq = await died(room, member(ben, "removed"));
  const failures = () => world.printed.filter((line) => line.includes("conversation.record")).length;
  const before = failures();
  await world.rows("ALTER TABLE members RENAME TO members_away");
  const chat = await ana.chat(room.conversation_id, { seq: seq - 1 });
  await eventually(() => failures() >= before + 3, "3 failed look-ups");
  await world.rows("ALTER TABLE members_away RENAME TO members");
  await chat.until(() => chat.events.length > 0, "an event");
  const [{ event, partial }] = chat.events;
  assert.deepEqual([event, partial.user_id], ["member.removed", "8"]);
  await chat.close();
});

test("a ban of a user who is no member, which did not happen, makes no event", async () => {
  const room = await world.room([ana]);
  const head = await headOf(room);
  await world.rows("ALTER TABLE sanctions RENAME TO sanctions_away");
  const refused = await admin.call("POST", `/api/chat/rooms/${room.id}/members/9/ban`, {});
  await world.rows("ALTER TABLE sanctions_away RENAME TO sanctions");
  assert.equal(refused.status, 503);
  await ben.ok("POST", `/api/chat/rooms/${room.id}/join`);
  const { event, partial } = await recovered(room, head + 1);
  assert.deepEqual([event, partial.user_id], ["member.joined", "8"]);
});
