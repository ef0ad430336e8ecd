// What an administrator sees of a running app: every kind of connection, and channels with their subscribers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { dashboard } from "../support/alerts.mjs";
import { connect } from "../support/pusher.mjs";
import { openStream } from "../support/stream.mjs";
import { eventually, startWorld } from "../support/world.mjs";

const PERMISSIONS = ["subscribe:*", "view_panic_alerts"];

describe("the live monitor", () => {
  let world, admin, ana, ben, room;

  before(async () => {
    world = await startWorld({ pusher: { gateways: 2 } });
    admin = world.person("admin", { roles: ["admin"] });
    ana = world.person("7", { name: "Ana", permissions: PERMISSIONS });
    ben = world.person("8", { name: "Ben", permissions: PERMISSIONS });
    room = await world.room([ana, ben]);
  });
  after(() => world.stop());

  const list = async (query) => {
    const { data, unanswered } = await admin.ok("GET", `/api/admin/connections?limit=100&${query}`);
    assert.deepEqual(unanswered, []);
    return data;
  };
  /** Connections of a user, once there are so many. */
  const connectionsOf = (user, count) =>
    eventually(async () => {
      const found = await list(`user_id=${user}`);
      return found.length === count && found;
    }, `${count} connections of ${user}`);
  const close = (connection) => admin.call("DELETE", `/api/admin/connections/${connection.id}`);

  test("connections of every kind are listed, filtered and closed", async () => {
    const chat = await ana.chat(room.conversation_id);
    const stream = await openStream(ana, room.conversation_id);
    const own = await ana.ownChannel();
    const desk = await dashboard(ana);
    const pusher = await connect(world, { person: ana });
    await pusher.subscribe("private-orders");
    const stranger = await connect(world);
    await stranger.subscribe("news");

    const found = await connectionsOf("7", 5);
    const facts = found.map(({ kind, name, conversation_id, channels }) => [kind, name, conversation_id, channels]);
    const its = [room.conversation_id, [`private-conversation.${room.conversation_id}`]];
    assert.deepEqual(facts.sort(), [
      ["conversation", "Ana", ...its],
      ["dashboard", "Ana", null, ["private-panic-alerts"]],
      ["events", "Ana", ...its],
      ["pusher", "Ana", null, ["private-orders"]],
      ["user", "Ana", null, ["private-user.7"]],
    ]);
    for (const { since, heard_at, expires_at, unsent_bytes } of found) {
      assert.ok(Math.abs(Date.now() - Date.parse(since)) < 60_000);
      assert.ok(Date.parse(heard_at) >= Date.parse(since) && Date.parse(expires_at) > Date.now());
      assert.equal(typeof unsent_bytes, "number");
    }
    assert.doesNotMatch(JSON.stringify(found), /eyJ|secret/, "neither a token nor a secret");

    const anonymous = await eventually(
      async () => (await list("channel=news")).find(({ channels }) => channels.includes("news")),
      "the anonymous subscriber",
    );
    assert.deepEqual([anonymous.kind, anonymous.user_id, anonymous.name], ["pusher", null, null]);
    const inRoom = await list(`channel=presence-room.${room.id}`);
    assert.deepEqual(inRoom.map(({ kind }) => kind).sort(), ["conversation", "events"]);

    const byKind = Object.fromEntries(found.map((connection) => [connection.kind, connection]));
    for (const connection of [...found, anonymous]) assert.equal((await close(connection)).status, 204);
    assert.equal((await chat.end()).code, 4403);
    assert.equal((await own.end()).code, 4403);
    assert.equal((await desk.end()).code, 4403);
    await stream.ended();
    assert.equal(await pusher.fault(), 4009);
    assert.equal(await stranger.fault(), 4009);
    await pusher.state("disconnected");
    assert.equal((await close(byKind.pusher)).status, 404);
    await connectionsOf("7", 0);
    const audits = await admin.ok("GET", "/api/admin/audits?action=connection.closed");
    assert.equal(audits.data.length, 6);
  });

  test("a connection keeps its id while its object sleeps", async () => {
    const chat = await ben.chat(room.conversation_id);
    const [before] = await connectionsOf("8", 1);
    await world.engine.evict("Conversation", `demo/${room.conversation_id}`);
    const [after] = await connectionsOf("8", 1);
    assert.equal(after.id, before.id);
    assert.equal((await close(before)).status, 204);
    assert.equal((await chat.end()).code, 4403);
  });

  test("channels show their subscribers, and take a test event", async () => {
    const [one, other] = [await connect(world, { person: ana }), await connect(world, { person: ben })];
    for (const client of [one, other]) await client.subscribe("presence-lobby");
    await one.subscribe("news");
    const { data } = await admin.ok("GET", "/api/admin/channels?prefix=presence-");
    assert.deepEqual(data, [{ name: "presence-lobby", subscribers: 2, people: 2 }]);
    const lobby = await admin.ok("GET", "/api/admin/channels/presence-lobby");
    assert.deepEqual([lobby.kind, lobby.object, lobby.subscribers, lobby.member_count], ["presence", "channel", 2, 2]);
    assert.deepEqual(lobby.members.sort(), ["7", "8"]);
    const event = { name: "test", data: { text: "hello" } };
    const sent = await admin.ok("POST", "/api/admin/channels/presence-lobby/events", event);
    assert.deepEqual(sent, { subscribers: 2, members: 2 });
    for (const client of [one, other]) {
      assert.deepEqual(await client.received("presence-lobby", "test"), event.data);
    }
    const chat = await ana.chat(room.conversation_id);
    const { head, epoch } = chat.welcome;
    const shown = await admin.ok("GET", `/api/admin/channels/private-conversation.${room.conversation_id}`);
    assert.deepEqual([shown.conversation_id, shown.object], [room.conversation_id, "conversation"]);
    assert.deepEqual([shown.head, shown.epoch, shown.native_connections], [head, epoch, 1]);
    for (const client of [one, other]) client.close();
  });

  test("an explanation names the first check that fails", async () => {
    const [cleo, guard] = [world.person("9", { name: "Cleo" }), world.person("10", { permissions: PERMISSIONS })];
    const own = await world.room([cleo]);
    const query = `user_id=9&conversation_id=${own.conversation_id}`;
    const explain = (about = query) => admin.ok("GET", `/api/admin/explain?${about}`);
    const reason = async (expected, about) =>
      eventually(async () => (await explain(about)).reason === expected, `the reason ${expected}`);

    await reason("not_connected");
    const device = await cleo.ownChannel();
    await reason("not_subscribed");
    const chat = await cleo.chat(own.conversation_id);
    await cleo.ok("POST", `/api/chat/rooms/${own.id}/messages`, { body: "hello" });
    const { seq } = await chat.next(({ event }) => event === "message.created", "the message");
    await cleo.ok("POST", `/api/chat/conversations/${own.conversation_id}/read`, { seq });
    await reason(null);
    const fine = await explain();
    const { sent_seq, confirmed_seq, kind } = fine.connections.find(({ is_subscribed }) => is_subscribed);
    assert.deepEqual([kind, sent_seq, confirmed_seq, fine.head], ["conversation", seq, seq, seq]);
    assert.ok(fine.checks.every(({ ok }) => ok));
    assert.doesNotMatch(JSON.stringify(fine), /hello/);

    await reason("not_connected", `user_id=10&channel=private-panic-alerts`);
    const desk = await dashboard(guard);
    await reason(null, `user_id=10&channel=private-panic-alerts`);

    await admin.ok("POST", `/api/chat/rooms/${own.id}/members/9/ban`, { reason: "spam" });
    assert.equal((await chat.end()).code, 4403);
    await reason("banned");
    await admin.ok("DELETE", `/api/chat/rooms/${own.id}/members/9/ban`);
    await reason("not_a_member");
    await admin.ok("POST", "/api/admin/users/9/sign-out");
    await device.end();
    await reason("signed_out");
    desk.terminate();
  });
});
