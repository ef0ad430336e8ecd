// Echo suppression applies to the sender's own tab or socket only: no user can hide an event from another user.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

let world, ana, eve, admin, room, conversation, path;

before(async () => {
  world = await startWorld({ limits: WIDE });
  [ana, eve, admin] = [world.person("7"), world.person("66"), world.person("admin", { roles: ["admin"] })];
  room = await world.room([ana, eve]);
  conversation = room.conversation_id;
  path = `/api/chat/rooms/${room.id}/messages`;
});
after(() => world.stop());

const has = (chat, seq) => chat.until(() => chat.events.some((event) => event.seq === seq), `event ${seq}`);

test("a sender who names another user's tab hides nothing from it", async () => {
  const victim = await ana.chat(conversation, { client_id: "ana-tab" });
  const { id, seq } = await eve.ok("POST", path, { body: "psst", origin_client_id: "ana-tab" });
  await has(victim, seq);
  const [event] = victim.events.filter((event) => event.seq === seq);
  assert.equal(event.origin_client_id, undefined, "another user's tab would take the event for its own");
  const deleted = await eve.call("DELETE", `/api/chat/messages/${id}?origin_client_id=ana-tab`);
  assert.ok([200, 422].includes(deleted.status), deleted.text);
  if (deleted.status === 200) await victim.event("message.deleted");
  await victim.close();
});

test("a socket opened with another user's client id hides nothing from that user", async () => {
  const victim = await ana.chat(conversation, { client_id: "shared" });
  const other = await ana.chat(conversation, { client_id: "another" });
  const thief = await eve.chat(conversation, { client_id: "shared" });
  const { seq } = await thief.say("from the thief");
  await Promise.all([has(victim, seq), has(other, seq)]);
  // The other user's own echo is still suppressed, and only for that user.
  const own = await victim.say("from the victim");
  await Promise.all([has(thief, own.seq), has(other, own.seq)]);
  const last = await admin.ok("PUT", `/api/chat/rooms/${room.id}`, { description: "the end" });
  assert.ok(last.id);
  await victim.event("conversation.updated");
  assert.ok(!victim.events.some((event) => event.seq === own.seq));
  await Promise.all([victim, other, thief].map((chat) => chat.close()));
});

test("the X-Socket-ID of another user's socket hides nothing from it", async () => {
  const channel = `private-conversation.${conversation}`;
  const [victim, own] = await Promise.all([connect(world, { person: ana }), connect(world, { person: eve })]);
  await Promise.all([victim.subscribe(channel), own.subscribe(channel)]);
  const from = (client) => ({ "x-socket-id": client.pusher.connection.socket_id });
  await eve.ok("POST", path, { body: "hidden?" }, from(victim));
  assert.equal((await victim.received(channel, "message.created")).partial.body, "hidden?");
  assert.equal((await own.received(channel, "message.created")).partial.body, "hidden?");
  // The sender's own socket gets no echo.
  await eve.ok("POST", path, { body: "mine" }, from(own));
  assert.equal((await victim.received(channel, "message.created")).partial.body, "mine");
  await eve.ok("POST", path, { body: "the last" });
  assert.equal((await own.received(channel, "message.created")).partial.body, "the last");
});
