// What people show of themselves: presence and receipts, by HTTP, native sockets, streams and Pusher channels.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { openStream } from "../support/stream.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("what people show of themselves", () => {
  let world, ana, ben, cy;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    [ana, ben, cy] = [
      world.person("7", { name: "Ana" }),
      world.person("8", { name: "Ben" }),
      world.person("9", { name: "Cy" }),
    ];
  });
  after(() => world.stop());

  const show = (person, change) => person.ok("PATCH", "/api/me", change);
  const profile = (by, { user }) => by.ok("GET", `/api/chat/users/${user}`);
  const say = async (person, conversation, body) =>
    person.ok("POST", `/api/chat/conversations/${conversation}/messages`, { body });
  /** The sockets have everything that was sent to them before. */
  const settled = async (...chats) => {
    for (const chat of chats) {
      chat.send("ping");
      await chat.next((frame) => frame.pong, "pong");
    }
  };
  const isOf =
    (name, { user }) =>
    (frame) =>
      frame.event === name && frame.id === user;

  test("who hides their presence leaves for the others at once, and comes back", async () => {
    const { conversation_id } = await world.room([ana, ben, cy]);
    const channel = `private-conversation.${conversation_id}`;
    const chat = await ana.chat(conversation_id);
    const client = await connect(world, { person: cy });
    await client.subscribe(channel);
    const bens = await ben.chat(conversation_id);
    await chat.next(isOf("presence.joined", ben), "Ben comes");
    await client.received(channel, "presence.joined");
    assert.equal((await profile(ana, ben)).is_online, true);

    assert.equal((await show(ben, { presence: "hidden" })).presence, "hidden");
    await chat.next(isOf("presence.left", ben), "Ben seems to leave");
    await client.received(channel, "presence.left");
    const { is_online, last_seen_at } = await profile(ana, ben);
    assert.deepEqual([is_online, last_seen_at], [false, null]);
    const online = async () => (await ana.ok("GET", "/api/chat/users/online")).data.map(({ user_id }) => user_id);
    assert.ok(!(await online()).includes("8"));
    const { data } = await ana.ok("GET", "/api/chat/users?q=ben");
    assert.deepEqual([data[0].is_online, data[0].last_seen_at], [false, null]);
    const late = await ana.chat(conversation_id);
    assert.ok(!late.welcome.online.some(({ user_id }) => user_id === "8"));
    // What he does is seen.
    bens.send({ type: "typing", on: true });
    await late.next(isOf("typing.started", ben), "he types");

    await bens.close();
    const again = await ben.chat(conversation_id);
    await say(ben, conversation_id, "still here");
    await late.event("message.created");
    assert.ok(!late.frames.some((frame) => frame.event?.startsWith("presence.") && frame.id === "8"));

    await show(ben, { presence: "visible" });
    await late.next(isOf("presence.joined", ben), "Ben shows himself");
    assert.equal((await profile(ana, ben)).is_online, true);
    client.close();
    await Promise.all([chat, late, again].map((socket) => socket.close()));
  });

  test("a hidden person is on a presence channel only if they subscribe to it, and nowhere else", async () => {
    const { id, conversation_id } = await world.room([ana, ben]);
    const channel = `presence-room.${id}`;
    await show(ben, { presence: "hidden" });
    const chat = await ana.chat(conversation_id);
    const bens = await ben.chat(conversation_id);
    const client = await connect(world, { person: ana });
    await client.subscribe(channel);
    assert.deepEqual(client.members(channel), ["7"], "a native connection is no member");
    const own = await connect(world, { person: ben });
    await own.subscribe(channel);
    await client.received(channel, "pusher:member_added");
    assert.deepEqual(client.members(channel), ["7", "8"]);
    const late = await ana.chat(conversation_id);
    assert.ok(!late.welcome.online.some(({ user_id }) => user_id === "8"));
    own.close();
    await client.received(channel, "pusher:member_removed");
    await say(ana, conversation_id, "the end");
    await late.event("message.created");
    for (const socket of [chat, late]) {
      assert.ok(!socket.frames.some((frame) => frame.event?.startsWith("presence.") && frame.id === "8"));
    }
    await show(ben, { presence: "visible" });
    await client.received(channel, "pusher:member_added");
    await late.next(isOf("presence.joined", ben), "Ben shows himself");
    client.close();
    await Promise.all([chat, bens, late].map((socket) => socket.close()));
  });

  test("a hidden person stays hidden when the engine restarts", async () => {
    const { conversation_id } = await world.room([ana, ben]);
    await show(ben, { presence: "hidden" });
    await world.restart(() => {});
    const bens = await ben.chat(conversation_id);
    const chat = await ana.chat(conversation_id);
    assert.deepEqual(
      chat.welcome.online.map(({ user_id }) => user_id),
      ["7"],
    );
    await show(ben, { presence: "visible" });
    await chat.next(isOf("presence.joined", ben), "Ben shows himself");
    await Promise.all([chat, bens].map((socket) => socket.close()));
  });

  test("who keeps receipts private sends none and gets none, on every transport", async () => {
    const { id, conversation_id } = await world.room([ana, ben, cy]);
    const channel = `private-conversation.${conversation_id}`;
    const [anas, bens, bensPhone] = [
      await ana.chat(conversation_id),
      await ben.chat(conversation_id),
      await ben.chat(conversation_id),
    ];
    const stream = await openStream(ana, conversation_id);
    const [anaClient, benClient] = [await connect(world, { person: ana }), await connect(world, { person: ben })];
    for (const client of [anaClient, benClient]) await client.subscribe(channel);
    const message = await say(ana, conversation_id, "read me");
    await show(ben, { receipts: "private" });

    await ben.ok("POST", `/api/chat/conversations/${conversation_id}/read`, {});
    await bensPhone.next(isOf("message.read", ben), "his own devices keep in step");
    await cy.ok("POST", `/api/chat/conversations/${conversation_id}/read`, {});
    await anas.next(isOf("message.read", cy), "Cy's receipt");
    assert.equal((await anaClient.received(channel, "message.read")).partial.user_id, "9");
    await stream.until((text) => text.includes('"message.read"'));
    await settled(anas, bens, bensPhone);
    // The next event follows everything before it.
    await say(ana, conversation_id, "next");
    for (let i = 0; i < 2; i += 1) await benClient.received(channel, "message.created");
    const readers = (chat) => chat.frames.filter(({ event }) => event === "message.read").map((frame) => frame.id);
    assert.ok(!readers(anas).includes("8"));
    for (const chat of [bens, bensPhone]) assert.ok(!readers(chat).includes("9"));
    const received = (client) =>
      client.frames.filter(({ event }) => event === "message.read").map(({ data }) => data.partial.user_id);
    assert.ok(!received(anaClient).includes("8"));
    assert.ok(!received(benClient).includes("9"));

    const list = `/api/chat/messages/${message.id}/readers`;
    assert.deepEqual(
      (await ana.ok("GET", list)).data.map(({ user_id }) => user_id),
      ["9"],
    );
    assert.equal((await ben.call("GET", list)).status, 403);
    const markers = async (person) => {
      const { data } = await person.ok("GET", `/api/chat/rooms/${id}/members`);
      return Object.fromEntries(data.map(({ user_id, last_read_seq }) => [user_id, last_read_seq]));
    };
    assert.equal((await markers(ana))["8"], null);
    assert.equal((await markers(ana))["9"], message.seq);
    assert.deepEqual(Object.entries(await markers(ben)).filter(([, seq]) => seq !== null).length, 1);

    await show(ben, { receipts: "public" });
    await ben.ok("POST", `/api/chat/conversations/${conversation_id}/read`, {});
    await anas.next(isOf("message.read", ben), "Ben's receipt");
    assert.equal((await markers(ana))["8"], message.seq + 1);
    for (const client of [anaClient, benClient]) client.close();
    await Promise.all([anas, bens, bensPhone, stream].map((connection) => connection.close()));
  });
});
