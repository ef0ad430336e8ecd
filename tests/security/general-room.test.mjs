// The general room's channels, `chat` and `presence-chat`: who may listen follows the room's visibility at every moment.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { connect, wire } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

/** A backend's own signature of a presence subscription. */
const signed = (socket, channel, user) => {
  const channel_data = JSON.stringify({ user_id: user, user_info: { id: user, name: `User ${user}` } });
  const digest = createHmac("sha256", "demo-secret").update(`${socket.id}:${channel}:${channel_data}`).digest("hex");
  return { auth: `demo-key:${digest}`, channel_data };
};
const events = (socket, channel) =>
  socket.frames.filter((frame) => frame.channel === channel).map(({ event }) => event);

describe("the general room", () => {
  let world, admin, ana, eve, room;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { roles: ["admin"] });
    [ana, eve] = [world.person("7", { name: "Ana" }), world.person("9", { name: "Eve" })];
    for (const person of [admin, ana, eve]) await person.ok("GET", "/api/me");
    await ana.ok("POST", "/api/chat/messages", { message: "hello" });
    const { data } = await admin.ok("GET", "/api/chat/rooms");
    room = data.find(({ name }) => name === "General");
  });
  after(() => world.stop());

  const setVisibility = (visibility) => admin.ok("PUT", `/api/chat/rooms/${room.id}`, { visibility });
  const asked = async (person, socket) =>
    person.call("POST", "/broadcasting/auth", { socket_id: socket.id, channel_name: "presence-chat" });

  test("is open to everyone with the app's key while it is public", async () => {
    await setVisibility("public");
    const [anonymous, stranger] = [await wire(world), await wire(world)];
    await anonymous.subscribe("chat");
    await stranger.subscribe("presence-chat", signed(stranger, "presence-chat", "unknown-1"));
    assert.equal((await asked(eve, stranger)).status, 200);
    await ana.ok("POST", "/api/chat/messages", { message: "public" });
    for (const [socket, channel] of [
      [anonymous, "chat"],
      [stranger, "presence-chat"],
    ]) {
      const { partial } = await socket.received(channel, "message.created");
      assert.equal(partial.body, "public");
      socket.terminate();
    }
  });

  test("admits nobody but its members while it is private", async () => {
    await setVisibility("private");
    const socket = await wire(world);
    socket.sendSubscribe("chat");
    assert.equal((await socket.refusal("chat")).status, 403);
    // A user whom the record knows, and one whom it does not, both signed for by the app's backend.
    for (const user of ["9", "unknown-2"]) {
      socket.sendSubscribe("presence-chat", signed(socket, "presence-chat", user));
      assert.equal((await socket.refusal("presence-chat")).status, 403, user);
    }
    assert.equal((await asked(eve, socket)).status, 403);
    const batch = { socket_id: socket.id, channel_name: ["presence-chat"] };
    const answer = await eve.ok("POST", "/broadcasting/auth", batch);
    assert.equal(answer["presence-chat"].status, 403);
    const member = await connect(world, { person: ana });
    await member.subscribe("presence-chat");
    await ana.ok("POST", "/api/chat/messages", { message: "members only" });
    const { partial } = await member.received("presence-chat", "message.created");
    assert.equal(partial.body, "members only");
    await socket.settled();
    assert.deepEqual(events(socket, "chat"), ["pusher:subscription_error"]);
    await member.close();
    socket.terminate();
  });

  test("[I4] ends the subscriptions of outsiders before the call returns that makes it private", async () => {
    await setVisibility("public");
    const [anonymous, stranger, member] = [await wire(world), await wire(world), await wire(world)];
    await anonymous.subscribe("chat");
    await anonymous.subscribe("news");
    await stranger.subscribe("presence-chat", signed(stranger, "presence-chat", "unknown-3"));
    await member.subscribe("presence-chat", signed(member, "presence-chat", "7"));
    await setVisibility("private");
    await ana.ok("POST", "/api/chat/messages", { message: "after" });
    assert.equal((await anonymous.refusal("chat")).status, 403);
    assert.equal((await stranger.refusal("presence-chat")).status, 403);
    const { partial: change } = await member.received("presence-chat", "message.created");
    assert.deepEqual([change.type, change.metadata.kind], ["system", "visibility"]);
    const { partial } = await member.received("presence-chat", "message.created");
    assert.equal(partial.body, "after");
    for (const socket of [anonymous, stranger]) {
      await socket.settled();
      assert.ok(!socket.texts.some((text) => text.includes("after")), "no event after the change");
    }
    assert.ok(!events(anonymous, "news").includes("pusher:subscription_error"), "other channels stay");
    anonymous.sendSubscribe("chat");
    assert.equal((await anonymous.refusal("chat")).status, 403);
    await setVisibility("public");
    await anonymous.subscribe("chat");
    for (const socket of [anonymous, stranger, member]) socket.terminate();
  });

  test("is not on `chat` any more once the app keeps that channel for itself", async () => {
    await setVisibility("public");
    const anonymous = await wire(world);
    await anonymous.subscribe("chat");
    await admin.ok("PATCH", "/api/admin/settings", { pusher: { public_chat: false } });
    // The gateway learns the app's settings with the next socket.
    const later = await wire(world);
    assert.equal((await anonymous.end()).code, 4200);
    await later.subscribe("chat");
    await ana.ok("POST", "/api/chat/messages", { message: "not on chat" });
    const member = await wire(world);
    await member.subscribe("presence-chat", signed(member, "presence-chat", "7"));
    await ana.ok("POST", "/api/chat/messages", { message: "a fence" });
    await member.received("presence-chat", "message.created");
    await later.settled();
    assert.deepEqual(events(later, "chat"), ["pusher_internal:subscription_succeeded"]);
    for (const socket of [later, member]) socket.terminate();
  });
});
