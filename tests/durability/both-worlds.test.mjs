// Native and Pusher clients through hibernation and `kill -9`: presence stays exact for both, and removals apply immediately.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, connect } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("a conversation of native and Pusher clients, after hibernation and kill -9", () => {
  let world, server, admin, ana, ben, eve, room, presence;

  before(async () => {
    world = await startWorld({ limits: WIDE, pusher: { gateways: 2 } });
    server = backend(world);
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben, eve] = ["7", "8", "9"].map((user) => world.person(user));
  });
  after(() => world.stop());

  const freshRoom = async () => {
    room = await world.room([ana, ben, eve], { visibility: "private" });
    presence = `presence-room.${room.id}`;
  };
  const listening = async (person) => {
    const client = await connect(world, { person });
    await client.subscribe(presence);
    return client;
  };
  /** Evicts the conversation and all gateways from memory. */
  const sleep = async () => {
    const gateways = await world.rows("SELECT name FROM gateways WHERE tenant_id = 'demo'");
    await world.engine.evict("Conversation", `demo/${room.conversation_id}`);
    for (const { name } of gateways) {
      const isAsleep = (error) => assert.match(error.message, /not currently running/);
      await world.engine.evict("Gateway", `demo/${name}`).catch(isAsleep);
    }
  };
  const say = (person, body) => person.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body });
  const memberEvents = (client) =>
    client.frames
      .filter(({ event }) => event?.startsWith("pusher:member_"))
      .map(({ event, data }) => `${event.slice("pusher:member_".length)} ${data.id}`);

  test("[I3] a conversation that wakes knows its native sockets and its Pusher subscriptions", async () => {
    await freshRoom();
    const native = await ana.chat(room.conversation_id);
    const clients = [await listening(ben), await listening(eve)];
    const [first, second] = clients;
    await first.received(presence, "pusher:member_added");
    await sleep();
    await say(ana, "awake");
    for (const client of clients) {
      assert.equal((await client.received(presence, "message.created")).partial.body, "awake");
      assert.deepEqual(client.members(presence), ["7", "8", "9"]);
    }
    await native.event("message.created");
    await sleep();
    await native.close();
    for (const client of clients) assert.equal((await client.received(presence, "pusher:member_removed")).id, "7");
    const back = await ana.chat(room.conversation_id);
    assert.equal(back.welcome.online_count, 3);
    await sleep();
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/9`);
    await say(ana, "without her");
    assert.equal((await second.received(presence, "pusher:subscription_error")).status, 403);
    await first.received(presence, "message.created");
    await second.subscribe("fence");
    await server.trigger([presence, "fence"], "last", {});
    await second.received("fence", "last");
    const late = second.frames.filter(
      ({ event, data }) => event === "message.created" && data.partial.body !== "awake",
    );
    assert.deepEqual(late, []);
    await first.received(presence, "last");
    assert.deepEqual(memberEvents(first), ["added 9", "removed 7", "added 7", "removed 9"]);
    await Promise.all([back.close(), ...clients.map((client) => client.close())]);
  });

  test("after kill -9 exactly the users who reconnected, on either protocol, are present", async () => {
    await freshRoom();
    const gone = await ana.chat(room.conversation_id);
    const native = await eve.chat(room.conversation_id);
    const client = await listening(ben);
    const leaving = await listening(ana);
    assert.deepEqual(leaving.members(presence), ["7", "8", "9"]);
    const back = client.reconnected();
    const killed = world.engine.kill();
    leaving.close();
    await killed;
    await Promise.all([back, gone.end(), native.end()]);
    const again = await eve.chat(room.conversation_id);
    await eventually(() => client.members(presence).join() === "8,9", "the two who reconnected");
    if (again.welcome.online.some(({ user_id }) => user_id === "7")) {
      await again.next(({ event, partial }) => event === "presence.left" && partial.user_id === "7", "the leave");
    }
    await say(ben, "still here");
    await client.received(presence, "message.created");
    const late = await ana.chat(room.conversation_id);
    assert.equal(late.welcome.online_count, 3);
    await eventually(() => client.members(presence).join() === "7,8,9", "the member's return");
    const answer = await server.get({ path: `/channels/${presence}/users` });
    assert.deepEqual((await answer.json()).users.map(({ id }) => id).sort(), ["7", "8", "9"]);
    await Promise.all([again, late, client].map((one) => one.close()));
  });
});
