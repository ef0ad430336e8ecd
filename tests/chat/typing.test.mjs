// Typing indicators: a start says when it expires, and an end is sent wherever the server knows of it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("typing", () => {
  let world, admin, ana, ben, room, watcher;

  before(async () => {
    world = await startWorld({ limits: WIDE, pusher: { event_names: "laravel" } });
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    room = await world.room([ana, ben]);
    watcher = await ben.chat(room.conversation_id);
  });
  after(() => world.stop());

  const on = { type: "typing", on: true };
  const started = () => watcher.event("typing.started");
  const stopped = async () => {
    const { partial } = await watcher.event("typing.stopped");
    assert.deepEqual(partial, { user_id: "7", name: "Ana" });
  };
  /** Fails if a frame with this name has come since the frame before; `seq` is a later event. */
  const none = async (name, writer) => {
    const since = watcher.frames.length;
    const { seq } = await writer.say("a later event");
    await watcher.next((frame) => frame.seq === seq, "the later event");
    assert.deepEqual(
      watcher.frames.slice(since).filter(({ event }) => event === name),
      [],
    );
  };

  test("a start carries expires_in_ms on native sockets, and a stop does not", async () => {
    const tab = await ana.chat(room.conversation_id);
    tab.send(on);
    assert.deepEqual((await started()).partial, { user_id: "7", name: "Ana", expires_in_ms: 6_000 });
    tab.send({ type: "typing", on: false });
    await stopped();
    await tab.close();
  });

  test("the tab that types ends it by closing, while another tab stays open", async () => {
    const [typing, other] = [await ana.chat(room.conversation_id), await ana.chat(room.conversation_id)];
    typing.send(on);
    await started();
    typing.terminate();
    await stopped();
    await other.close();
  });

  test("closing one of two tabs does not end the other's typing", async () => {
    const [typing, other, writer] = [
      await ana.chat(room.conversation_id),
      await ana.chat(room.conversation_id),
      await admin.ok("POST", `/api/chat/rooms/${room.id}/join`).then(() => admin.chat(room.conversation_id)),
    ];
    other.send(on);
    await started();
    // Within the interval, the second start is not announced; frames of a socket are handled in order.
    typing.send(on);
    typing.send({ type: "unknown" });
    await typing.next(({ type }) => type === "error", "the answer to the frame after it");
    await other.close();
    await none("typing.stopped", writer);
    await typing.close();
    await stopped();
    await writer.close();
  });

  test("a sent message ends its author's typing, over sockets and over HTTP", async () => {
    const tab = await ana.chat(room.conversation_id);
    tab.send(on);
    await started();
    await tab.say("done");
    await watcher.event("message.created");
    await stopped();
    tab.send(on);
    await started();
    await ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: "done" });
    await stopped();
    await tab.close();
  });

  test("leaving, a removal and a ban end typing", async () => {
    const members = `/api/chat/rooms/${room.id}/members`;
    for (const end of [
      () => ana.ok("POST", `/api/chat/rooms/${room.id}/leave`),
      () => admin.ok("DELETE", `${members}/7`),
      () => admin.ok("POST", `${members}/7/ban`, {}),
    ]) {
      const client = await connect(world, { person: ana });
      await client.subscribe(`private-chat.${room.id}`);
      client.pusher.channel(`private-chat.${room.id}`).trigger("client-typing", { name: "Ana" });
      await started();
      await end();
      await stopped();
      await client.close();
      await admin.call("DELETE", `${members}/7/ban`);
      await admin.ok("POST", members, { user_id: "7" });
    }
  });

  test("a whisper on a private channel ends with its socket, and not with another one of the same user", async () => {
    const channel = `private-chat.${room.id}`;
    const [typing, other] = [await connect(world, { person: ana }), await connect(world, { person: ana })];
    for (const client of [typing, other]) await client.subscribe(channel);
    const writer = await admin.chat(room.conversation_id);
    typing.pusher.channel(channel).trigger("client-typing", { name: "Ana" });
    assert.equal((await started()).partial.expires_in_ms, 6_000);
    await other.close();
    await none("typing.stopped", writer);
    await typing.close();
    await stopped();
    await writer.close();
  });

  test("a Laravel client gets expires_in_ms with UserTyping and the whisper, and the end of what began over HTTP", async () => {
    const client = await connect(world, { person: ben });
    for (const channel of ["chat", "presence-chat"]) await client.subscribe(channel);
    await ana.ok("POST", "/api/chat/typing", { typing: true });
    const user = { id: 7, name: "Ana" };
    const name = "App\\Events\\UserTyping";
    assert.deepEqual(await client.received("chat", name), { user, typing: true, expires_in_ms: 6_000 });
    const whisper = await client.received("presence-chat", "client-typing");
    assert.deepEqual(whisper, { ...user, user, typing: true, expires_in_ms: 6_000 });
    await ana.ok("POST", "/api/chat/typing", { typing: false });
    assert.deepEqual(await client.received("chat", name), { user, typing: false });
    await ana.ok("POST", "/api/chat/typing", { typing: true });
    assert.equal((await client.received("chat", name)).typing, true);
    await ana.ok("POST", "/api/chat/messages", { message: "done" });
    assert.deepEqual(await client.received("chat", name), { user, typing: false });
    await client.close();
  });

  test("typing over HTTP that names a Pusher socket ends with that socket", async () => {
    const [client, listener] = [await connect(world, { person: ana }), await connect(world, { person: ben })];
    for (const one of [client, listener]) await one.subscribe("private-chat.7.8");
    await client.subscribe("presence-chat");
    await listener.subscribe("presence-chat");
    const headers = { "X-Socket-ID": client.pusher.connection.socket_id };
    await ana.ok("POST", "/api/chat/typing", { typing: true }, headers);
    assert.equal((await listener.received("presence-chat", "typing.started")).partial.user_id, "7");
    await client.close();
    await listener.received("presence-chat", "typing.stopped");
    await listener.close();
  });
});
