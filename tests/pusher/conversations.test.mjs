// One conversation with native sockets and HTTP on one side and Pusher clients on the other.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, connect, wire } from "../support/pusher.mjs";
import { openStream } from "../support/stream.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("a conversation of native and Pusher clients", () => {
  let world, server, admin, ana, ben, eve;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, typing_interval_ms: 0 }, pusher: { gateways: 3 } });
    server = backend(world);
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben, eve] = [
      world.person("7", { name: "Ana" }),
      world.person("8", { name: "Ben" }),
      world.person("9", { name: "Eve" }),
    ];
    for (const person of [admin, ana, ben, eve]) await person.ok("GET", "/api/me");
  });
  after(() => world.stop());

  const roomOf = async (...people) => {
    const room = await world.room(people, { visibility: "private" });
    const [conversation, presence, chat] = [
      `private-conversation.${room.conversation_id}`,
      `presence-room.${room.id}`,
      `private-chat.${room.id}`,
    ];
    return { ...room, path: `/api/chat/rooms/${room.id}`, conversation, presence, chat };
  };
  const listening = async (person, ...channels) => {
    const client = await connect(world, { person });
    for (const channel of channels) await client.subscribe(channel);
    return client;
  };
  const closeAll = (...clients) => Promise.all(clients.map((client) => client.close()));
  /** Resolves once every earlier event has arrived. */
  const fence = async (client, ...channels) => {
    const event = `fence-${Math.random()}`;
    await server.trigger(channels, event, {});
    for (const channel of channels) await client.received(channel, event);
  };
  const named = (client, name) => client.frames.filter(({ event }) => event === name);

  test("non-ASCII texts arrive unchanged on every transport, and are stored unchanged", async () => {
    const room = await roomOf(ana, ben);
    const body = "\uFEFF\u00e9t\u00e9 \u8a9e \u{1F6A8}\u200D\u{10FFFD} \u2028 \u0301 end\uFEFF!";
    const [client, chat, writer] = [
      await listening(ben, room.conversation),
      await ben.chat(room.conversation_id),
      await ana.chat(room.conversation_id),
    ];
    const stream = await openStream(ben, room.conversation_id);
    await writer.say(body);
    const native = await chat.next(({ event }) => event === "message.created", "the message");
    assert.equal(native.partial.body, body);
    const pushed = await client.received(room.conversation, "message.created");
    assert.equal(pushed.partial.body, body);
    const text = await stream.until((all) => all.includes("message.created"));
    const [line] = text.split("\n").filter((one) => one.startsWith("data: ") && one.includes("message.created"));
    assert.equal(JSON.parse(line.slice("data: ".length)).partial.body, body);
    const { data } = await ben.ok("GET", `${room.path}/messages`);
    assert.equal(data[0].body, body);
    // Stored in the object, and read from there.
    const again = await ben.chat(room.conversation_id, { epoch: chat.welcome.epoch, seq: native.seq - 1 });
    const replayed = await again.next(({ seq }) => seq === native.seq, "the replay");
    assert.equal(replayed.partial.body, body);
    await Promise.all([stream, client, chat, writer, again].map((one) => one.close()));
  });

  test("a message sent over HTTP or a native socket reaches every channel of the conversation once and in order", async () => {
    const room = await roomOf(ana, ben);
    const channels = [room.conversation, room.presence, room.chat];
    const client = await listening(ben, ...channels);
    const chat = await ana.chat(room.conversation_id);
    await ana.ok("POST", `${room.path}/messages`, { body: "by HTTP" });
    await chat.say("by socket");
    await fence(client, ...channels);
    for (const channel of channels) {
      const events = client.frames.filter((frame) => frame.channel === channel && frame.event === "message.created");
      assert.deepEqual(
        events.map(({ data }) => [data.partial.body, data.partial.sender_name, data.conversation_id]),
        ["by HTTP", "by socket"].map((body) => [body, "Ana", room.conversation_id]),
      );
      assert.equal(events[1].data.seq, events[0].data.seq + 1);
    }
    await closeAll(client, chat);
  });

  test("a new subscriber gets the conversation's position", async () => {
    const room = await roomOf(ana);
    const chat = await ana.chat(room.conversation_id);
    const { seq } = await chat.say("first");
    const client = await listening(ana, room.conversation);
    const position = await client.received(room.conversation, "conversation.position");
    assert.deepEqual([position.head, position.epoch], [seq, chat.welcome.epoch]);
    await closeAll(client, chat);
  });

  test("a typing whisper reaches native sockets, and native typing reaches channels", async () => {
    const room = await roomOf(ana, ben);
    const [whispering, chat] = [await listening(ana, room.chat), await ben.chat(room.conversation_id)];
    whispering.pusher.channel(room.chat).trigger("client-typing", { name: "Ana" });
    const started = await chat.event("typing.started");
    assert.deepEqual([started.partial.user_id, started.partial.name], ["7", "Ana"]);
    whispering.pusher.channel(room.chat).trigger("client-typing", { typing: false });
    await chat.event("typing.stopped");
    chat.send({ type: "typing", on: true });
    assert.equal((await whispering.received(room.chat, "typing.started")).partial.user_id, "8");
    assert.equal(named(whispering, "typing.started").length, 1, "no echo of the user's own typing");
    await closeAll(whispering, chat);
  });

  test("a user with a native socket and a channel is present once", async () => {
    const room = await roomOf(ana, ben, eve);
    const native = await ana.chat(room.conversation_id);
    const client = await listening(ben, room.presence);
    assert.deepEqual(client.members(room.presence), ["7", "8"]);
    assert.deepEqual((await native.event("presence.joined")).partial.user_id, "8");
    const both = await listening(ana, room.presence);
    const late = await eve.chat(room.conversation_id);
    assert.equal(late.welcome.online_count, 3);
    assert.deepEqual((await client.received(room.presence, "pusher:member_added")).info, { id: "9", name: "Eve" });
    await native.close();
    await fence(client, room.presence);
    assert.equal(named(client, "pusher:member_removed").length, 0, "the user is still present through a channel");
    both.close();
    assert.equal((await client.received(room.presence, "pusher:member_removed")).id, "7");
    assert.equal((await late.event("presence.left")).partial.user_id, "7");
    client.close();
    assert.equal((await late.event("presence.left")).partial.user_id, "8");
    assert.deepEqual(
      late.frames.filter(({ event }) => event?.startsWith("presence.")).map(({ partial }) => partial.user_id),
      ["7", "8"],
    );
    await late.close();
  });

  for (const [act, end] of [
    ["removed", (room) => admin.ok("DELETE", `${room.path}/members/7`)],
    ["banned", (room) => admin.ok("POST", `${room.path}/members/7/ban`, {})],
    ["gone by themselves", (room) => ana.ok("POST", `${room.path}/leave`)],
  ]) {
    test(`[I4] a member who is ${act} gets nothing from the moment the call returns, and cannot subscribe again`, async () => {
      const room = await roomOf(ana, ben);
      const channels = [room.conversation, room.presence, room.chat];
      const tabs = [await listening(ana, ...channels), await listening(ana, ...channels)];
      const other = await listening(ben, ...channels);
      await Promise.all([end(room), ...tabs.map((tab) => tab.received(room.chat, "pusher:subscription_error"))]);
      await ben.ok("POST", `${room.path}/messages`, { body: "she is gone" });
      await server.trigger(channels, "backend", {});
      assert.equal((await other.received(room.presence, "pusher:member_removed")).id, "7");
      await fence(other, ...channels);
      for (const tab of tabs) {
        await fence(tab, (await tab.subscribe("public-fence")).name);
        for (const event of ["message.created", "backend"]) assert.equal(named(tab, event).length, 0);
        for (const channel of channels) {
          const frames = tab.frames.filter((frame) => frame.channel === channel);
          const ended = frames.find(({ event }) => event === "pusher:subscription_error");
          assert.equal(ended.data.status, 403, channel);
          tab.pusher.unsubscribe(channel);
          tab.pusher.channels.remove(channel);
        }
      }
      const again = await connect(world, { person: ana });
      for (const channel of channels) assert.equal((await again.refused(channel)).status, 403, channel);
      await closeAll(...tabs, other, again);
    });
  }

  test("a subscription without a user ends when a member is removed, and needs a new signature", async () => {
    const room = await roomOf(ana, ben);
    const allowed = new Set(["7", "8"]);
    const vouchedFor = async (user) => {
      const customHandler = ({ socketId, channelName }, callback) =>
        allowed.has(user)
          ? callback(null, server.authorizeChannel(socketId, channelName))
          : callback(new Error("not a member"), null);
      const client = await connect(world, { channelAuthorization: { customHandler } });
      await client.subscribe(room.conversation);
      return client;
    };
    const [removed, staying] = [await vouchedFor("7"), await vouchedFor("8")];
    const back = [removed.reconnected(), staying.reconnected()];
    allowed.delete("7");
    await admin.ok("DELETE", `${room.path}/members/7`);
    for (const client of [removed, staying]) assert.equal(await client.fault(), 4200);
    await Promise.all(back);
    await staying.received(room.conversation, "pusher:subscription_succeeded");
    await removed.received(room.conversation, "pusher:subscription_error");
    await ben.ok("POST", `${room.path}/messages`, { body: "only for members" });
    await staying.received(room.conversation, "message.created");
    await fence(removed, (await removed.subscribe("public-fence")).name);
    assert.equal(named(removed, "message.created").length, 0);
    await closeAll(removed, staying);
  });

  test("a signature from before a removal is invalid after it", async () => {
    const room = await roomOf(ana, ben);
    const socket = await wire(world);
    const body = { socket_id: socket.id, channel_name: room.conversation };
    const signed = await ana.ok("POST", "/broadcasting/auth", body);
    await admin.ok("DELETE", `${room.path}/members/7`);
    socket.sendSubscribe(room.conversation, signed);
    assert.equal((await socket.refusal(room.conversation)).type, "AuthError");
    assert.equal((await ana.call("POST", "/broadcasting/auth", body)).status, 403);
  });

  test("a removal from one room does not refuse a concurrent subscription to another", async () => {
    const socket = await wire(world);
    for (let round = 0; round < 5; round++) {
      const [first, other] = [await roomOf(ana), await roomOf(ana)];
      const sign = (room) =>
        ana.ok("POST", "/broadcasting/auth", { socket_id: socket.id, channel_name: room.conversation });
      const signed = [await sign(first), await sign(other)];
      await socket.subscribe(first.conversation, signed[0]);
      const removal = admin.ok("DELETE", `${first.path}/members/7`);
      socket.sendSubscribe(other.conversation, signed[1]);
      const answer = await socket.answer(other.conversation);
      assert.equal(answer.event, "pusher_internal:subscription_succeeded");
      await removal;
    }
  });

  test("[I4] a subscription that races a removal gets no event after it, whichever was first", async () => {
    const room = await roomOf(ana, ben);
    const channels = [room.conversation, room.presence];
    const other = await listening(ben, ...channels);
    for (let round = 0; round < 20; round++) {
      await admin.call("POST", `${room.path}/members`, { user_id: "7" });
      const socket = await wire(world);
      await socket.subscribe("public-fence");
      const sign = (channel_name) => ana.ok("POST", "/broadcasting/auth", { socket_id: socket.id, channel_name });
      const signed = await Promise.all(channels.map(sign));
      const removing = round % 2 ? undefined : admin.ok("DELETE", `${room.path}/members/7`);
      for (const [at, channel] of channels.entries()) socket.sendSubscribe(channel, signed[at]);
      await (removing ?? admin.ok("DELETE", `${room.path}/members/7`));
      await ben.ok("POST", `${room.path}/messages`, { body: `after ${round}` });
      for (const channel of channels) {
        const { event } = await socket.answer(channel);
        if (event !== "pusher:subscription_error") assert.equal((await socket.refusal(channel)).status, 403);
      }
      await server.trigger([...channels, "public-fence"], "last", {});
      await socket.received("public-fence", "last");
      await socket.settled();
      for (const event of ["message.created", "last"]) {
        const events = socket.frames.filter((frame) => frame.event === event && frame.channel !== "public-fence");
        assert.deepEqual(events, [], `in round ${round}`);
      }
      socket.terminate();
    }
    await fence(other, ...channels);
    assert.deepEqual(other.members(room.presence), ["8"]);
    other.close();
  });

  test("deleting a room ends every subscription to it", async () => {
    const room = await roomOf(ana, ben);
    const channels = [room.conversation, room.presence, room.chat];
    const clients = [await listening(ana, ...channels), await listening(ben, ...channels)];
    await admin.ok("DELETE", room.path);
    await server.trigger(channels, "ghost", {});
    for (const client of clients) {
      for (const channel of channels) {
        const { type } = await client.received(channel, "pusher:subscription_error");
        assert.equal(type, "AuthError", channel);
      }
      await fence(client, (await client.subscribe("public-fence")).name);
      assert.equal(named(client, "ghost").length, 0);
    }
    const again = await connect(world, { person: ana });
    for (const channel of channels) assert.equal((await again.refused(channel)).status, 403, channel);
    await closeAll(...clients, again);
  });

  test("a muted member can subscribe and cannot whisper", async () => {
    const room = await roomOf(ana, ben);
    const [client, other] = [await listening(ana, room.chat), await listening(ben, room.chat)];
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await admin.ok("POST", `${room.path}/members/7/mute`, { until });
    client.pusher.channel(room.chat).trigger("client-typing", {});
    assert.equal(await client.fault(), 4301);
    await ben.ok("POST", `${room.path}/messages`, { body: "still delivered" });
    await client.received(room.chat, "message.created");
    await fence(other, room.chat);
    assert.equal(named(other, "client-typing").length, 0);
    await closeAll(client, other);
  });

  test("X-Socket-ID suppresses the echo on the requesting socket only", async () => {
    const room = await roomOf(ana, ben);
    const [asking, tab] = [await listening(ana, room.chat), await listening(ana, room.chat)];
    const headers = { "x-socket-id": asking.pusher.connection.socket_id };
    await ana.ok("POST", `${room.path}/messages`, { body: "to the others" }, headers);
    await tab.received(room.chat, "message.created");
    await fence(asking, room.chat);
    assert.equal(named(asking, "message.created").length, 0);
    await closeAll(asking, tab);
  });

  test("a backend's event on a conversation's channel also reaches native sockets", async () => {
    const room = await roomOf(ana);
    const chat = await ana.chat(room.conversation_id);
    await server.trigger(room.chat, "poll.opened", { question: "Pizza?" });
    const event = await chat.event("poll.opened");
    assert.deepEqual(event.data, { question: "Pizza?" });
    await chat.close();
  });

  test("invites arrive on the user's own channels, on every device", async () => {
    const room = await roomOf(ben);
    const client = await listening(ana, "private-user.7", "private-user.invites.7");
    const device = await ana.ownChannel();
    const { token } = await admin.ok("POST", `${room.path}/invites`, { user_id: "7" });
    for (const channel of ["private-user.7", "private-user.invites.7"]) {
      const invite = await client.received(channel, "invite.created");
      assert.equal(invite.partial.room.id, room.id);
      assert.equal(JSON.stringify(invite).includes(token), false, "never the token");
    }
    await device.event("invite.created");
    await ana.ok("POST", `/api/chat/invites/${token}/accept`);
    await client.received("private-user.7", "member.joined");
    const subscriber = await listening(ana, room.conversation);
    await closeAll(client, device, subscriber);
  });

  test("the general chat's events are on `chat`, and its members on `presence-chat`", async () => {
    const stranger = await connect(world);
    await stranger.subscribe("chat");
    const present = await listening(ana, "presence-chat");
    const newcomer = await listening(world.person("new", { name: "New" }), "presence-chat");
    assert.deepEqual((await present.received("presence-chat", "pusher:member_added")).info, { id: "new", name: "New" });
    await ben.ok("POST", "/api/chat/messages", { message: "good morning" });
    for (const [client, channel] of [
      [stranger, "chat"],
      [present, "presence-chat"],
      [newcomer, "presence-chat"],
    ]) {
      assert.equal((await client.received(channel, "message.created")).partial.body, "good morning");
    }
    const online = await ben.ok("GET", "/api/chat/users/online");
    assert.ok(JSON.stringify(online).includes('"7"'), "a channel subscription makes the user online");
    await closeAll(stranger, present, newcomer);
  });

  test("the channel of a direct conversation is only for its two users", async () => {
    const [one, other] = [await listening(ana, "private-chat.7.8"), await listening(ben, "private-chat.7.8")];
    await ana.ok("POST", "/api/chat/messages/private", { recipient_id: "8", message: "just us" });
    for (const client of [one, other]) {
      assert.equal((await client.received("private-chat.7.8", "message.created")).partial.body, "just us");
    }
    const third = await connect(world, { person: eve });
    assert.equal((await third.refused("private-chat.7.8")).status, 403);
    await closeAll(one, other, third);
  });
});
