// Clients that pass on only `auth` for private channels, as on some platforms: the signature still identifies the user.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Chat } from "../support/chat.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("a signature for a private channel", () => {
  let world, ana, ben, room;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    room = await world.room([ana, ben]);
  });
  after(() => world.stop());

  const dial = async () => {
    const socket = new Chat(`${world.engine.socketUrl}/app/demo-key?protocol=7`, []);
    world.chats.push(socket);
    const { data } = await socket.event("pusher:connection_established");
    return Object.assign(socket, { id: JSON.parse(data).socket_id });
  };
  const vouched = (person, socket, channel_name) =>
    person.ok("POST", "/broadcasting/auth", { socket_id: socket.id, channel_name });
  const subscribe = (socket, channel, { auth, channel_data }) => {
    socket.send({ event: "pusher:subscribe", data: { channel, auth, channel_data } });
    const about = ["pusher_internal:subscription_succeeded", "pusher:subscription_error"];
    return socket.next((frame) => frame.channel === channel && about.includes(frame.event), `answer about ${channel}`);
  };

  test("is valid with `channel_data` and without", async () => {
    const channel = "private-user.7";
    for (const leaveOut of [{}, { channel_data: undefined }]) {
      const socket = await dial();
      const answer = await subscribe(socket, channel, { ...(await vouched(ana, socket, channel)), ...leaveOut });
      assert.equal(answer.event, "pusher_internal:subscription_succeeded");
    }
  });

  test("identifies the user, so that the subscription ends with the membership and the socket stays", async () => {
    const channel = `private-conversation.${room.conversation_id}`;
    const socket = await dial();
    const { auth } = await vouched(ben, socket, channel);
    assert.equal((await subscribe(socket, channel, { auth })).event, "pusher_internal:subscription_succeeded");
    const admin = world.person("admin", { roles: ["admin"] });
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/8`);
    assert.equal((await socket.event("pusher:subscription_error")).channel, channel);
    assert.equal(socket.closed, undefined);
    assert.equal(
      JSON.parse((await subscribe(socket, channel, { auth })).data).status,
      403,
      "the old signature is invalid",
    );
  });

  test("is invalid for another user, because the user's id is signed", async () => {
    const channel = "private-user.7";
    const socket = await dial();
    const { auth } = await vouched(ana, socket, channel);
    const [key, signature] = auth.split(":");
    const carrying = (data) => `${key}:${signature}:${Buffer.from(JSON.stringify(data)).toString("base64url")}`;
    for (const forged of [carrying({ user_id: "8" }), `${key}:${signature}`, `${auth}x`, `${auth}:`]) {
      const answer = await subscribe(socket, channel, { auth: forged });
      assert.equal(answer.event, "pusher:subscription_error");
      assert.equal(JSON.parse(answer.data).status, 401);
    }
  });
});
