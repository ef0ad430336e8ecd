// Events by the names of Laravel event classes, caused by calls of Campana's own endpoints.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { backend, Echo, hostOptions, Pusher } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const PATIENCE_MS = 120_000;

describe("the events of a Laravel application", { timeout: PATIENCE_MS }, () => {
  let world, server, admin, ana, ben, room;
  const opened = [];

  before(async () => {
    world = await startWorld({
      limits: { ...WIDE, typing_interval_ms: 0 },
      pusher: { event_names: "laravel", gateways: 2 },
    });
    server = backend(world);
    admin = world.person("1", { name: "Admin", roles: ["admin"] });
    const permissions = ["subscribe:campaign.3"];
    [ana, ben] = [world.person("7", { name: "Ana", permissions }), world.person("8", { name: "Ben" })];
    room = await world.room([ana, ben], { visibility: "private", name: "Night shift" });
  });
  after(() => world.stop());
  afterEach(() => {
    for (const echo of opened.splice(0)) echo.disconnect();
  });

  const echoOf = (person) => {
    const authEndpoint = `${world.url}/broadcasting/auth`;
    const echo = new Echo({
      broadcaster: "reverb",
      Pusher,
      key: "demo-key",
      ...hostOptions(world),
      authEndpoint,
      bearerToken: person.token,
    });
    opened.push(echo);
    return echo;
  };
  const first = (begin) => new Promise((resolve) => void begin(resolve));
  /** Subscribes and listens; the property `data` is a promise of the first event's data. */
  const firstEvent = async (channel, event) => {
    const data = first((done) => channel.listen(event, done));
    await first((done) => channel.subscribed(done));
    return { data };
  };

  test("MessageSent on private chat.{room}, and whispers of typing and reading", async () => {
    const roomId = room.id;
    const [mine, theirs] = [echoOf(ana).private(`chat.${roomId}`), echoOf(ben).private(`chat.${roomId}`)];
    const [message] = await Promise.all([firstEvent(theirs, "MessageSent"), firstEvent(mine, "MessageSent")]);
    const sent = await ana.ok("POST", `/api/chat/rooms/${roomId}/messages`, { body: "hello" });
    const { message: got } = await message.data;
    assert.deepEqual([got.id, got.message, got.user, got.room_id], [sent.id, "hello", { id: 7, name: "Ana" }, roomId]);
    const typing = first((done) => mine.listenForWhisper("typing", done));
    theirs.whisper("typing", { user: { id: 8, name: "Ben" }, timestamp: 1 });
    assert.equal((await typing).user.name, "Ben");
    const read = first((done) => mine.listenForWhisper("message.read", done));
    theirs.whisper("message.read", { messageId: sent.id, userId: 8 });
    assert.deepEqual(await read, { messageId: sent.id, userId: 8 });
  });

  test("MessageCreated on private conversation.{id}", async () => {
    const message = await firstEvent(echoOf(ben).private(`conversation.${room.conversation_id}`), "MessageCreated");
    await ana.ok("POST", `/api/chat/conversations/${room.conversation_id}/messages`, { body: "in the conversation" });
    assert.equal((await message.data).message.body, "in the conversation");
  });

  test("RoomMembershipChanged on presence room.{id}", async () => {
    const changed = await firstEvent(echoOf(ana).join(`room.${room.id}`), "RoomMembershipChanged");
    const carla = world.person("9", { name: "Carla" });
    await carla.ok("GET", "/api/me");
    await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: "9" });
    const { room_id, user_id, action } = await changed.data;
    assert.deepEqual([room_id, user_id, action], [room.id, 9, "joined"]);
  });

  test("RoomInviteCreated on private user.invites.{id}", async () => {
    const guest = world.person("12", { name: "Guest" });
    await guest.ok("GET", "/api/me");
    const invited = await firstEvent(echoOf(guest).private("user.invites.12"), "RoomInviteCreated");
    const { id, token } = await admin.ok("POST", `/api/chat/rooms/${room.id}/invites`, { user_id: "12" });
    const invitation = await invited.data;
    assert.deepEqual([invitation.invite.id, invitation.room.name, invitation.user.name], [id, "Night shift", "Admin"]);
    assert.equal(JSON.stringify(invitation).includes(token), false);
  });

  test("UserTyping on chat, sent over HTTP", async () => {
    const typing = await firstEvent(echoOf(ben).channel("chat"), "UserTyping");
    await ana.ok("POST", "/api/chat/typing", { typing: true });
    const { user, typing: on } = await typing.data;
    assert.deepEqual([user, on], [{ id: 7, name: "Ana" }, true]);
  });

  test("UserJoined and UserLeft on presence chat", async () => {
    const watching = echoOf(ana).join("chat");
    const joined = await firstEvent(watching, "UserJoined");
    const leaving = first((done) => watching.listen("UserLeft", done));
    const other = echoOf(ben);
    await first((done) => other.join("chat").here(done));
    assert.deepEqual(await joined.data, { id: 8, name: "Ben" });
    other.disconnect();
    assert.deepEqual(await leaving, { id: 8, name: "Ben" });
  });

  test("message.sent, user.online and user.offline, for clients that listen for dotted names", async () => {
    const channel = echoOf(ana).private(`conversation.${room.conversation_id}`);
    const sent = await firstEvent(channel, ".message.sent");
    const [online, offline] = [".user.online", ".user.offline"].map((name) =>
      first((done) => channel.listen(name, ({ id, name }) => id === 8 && done({ id, name }))),
    );
    const chat = await ben.chat(room.conversation_id);
    assert.deepEqual(await online, { id: 8, name: "Ben" });
    const ack = await chat.say("dotted");
    const { message } = await sent.data;
    assert.deepEqual([message.id, message.body, message.user], [ack.id, "dotted", { id: 8, name: "Ben" }]);
    await chat.close();
    assert.deepEqual(await offline, { id: 8, name: "Ben" });
  });

  test("MessageRead on the private channel of the author", async () => {
    const read = await firstEvent(echoOf(ana).private("user.7"), "MessageRead");
    const say = (body) => ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body });
    for (let n = 0; n < 5; n++) await say(`before ${n}`);
    const { id } = await say("read me");
    await ben.ok("POST", `/api/chat/messages/${id}/read`);
    const { message, user } = await read.data;
    assert.deepEqual([message.id, user], [id, { id: 8, name: "Ben" }]);
  });

  test("a backend's campaign, wallet and invoice events reach only their channel", async () => {
    const echo = echoOf(ana);
    const table = {
      "campaign.3": ["CampaignUpdated", "BudgetChanged", "CampaignActivated", "CampaignDeactivated"],
      "financial.7": ["DepositCompleted", "WithdrawalProcessed", "BalanceUpdated"],
      "user.7": ["InvoiceIssued", "InvoicePaid"],
    };
    const received = [];
    for (const [name, events] of Object.entries(table)) {
      const channel = echo.private(name);
      for (const event of events) channel.listen(event, (data) => received.push(`${name} ${event} ${data.n}`));
      await first((done) => channel.subscribed(done));
    }
    const expected = [];
    for (const [name, events] of Object.entries(table)) {
      for (const [n, event] of events.entries()) {
        const other = name.replace(/\d+$/, "44");
        await server.trigger(`private-${other}`, `App\\Events\\${event}`, { n: "of somebody else" });
        await server.trigger(`private-${name}`, `App\\Events\\${event}`, { n });
        expected.push(`${name} ${event} ${n}`);
      }
    }
    await eventually(() => received.length >= expected.length, "all events");
    assert.deepEqual(received.sort(), expected.sort());
    const stranger = echoOf(ben);
    for (const name of Object.keys(table)) {
      const { status } = await first((done) => stranger.private(name).error(done));
      assert.equal(status, 403, name);
    }
    const nobody = echoOf({ token: "nobody" });
    assert.equal((await first((done) => nobody.private("user.7").error(done))).status, 401);
  });
});
