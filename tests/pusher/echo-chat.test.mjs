// What Laravel applications listen for, by the names of their event classes, when people act by Campana's own endpoints.
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
  /** Listens; resolves, once it does, with what it is told first. */
  const receives = async (channel, event) => {
    const told = first((done) => channel.listen(event, done));
    await first((done) => channel.subscribed(done));
    return { told };
  };

  test("MessageSent on private chat.{room}, and whispers that somebody types and has read", async () => {
    const roomId = room.id;
    const [mine, theirs] = [echoOf(ana).private(`chat.${roomId}`), echoOf(ben).private(`chat.${roomId}`)];
    const [message] = await Promise.all([receives(theirs, "MessageSent"), receives(mine, "MessageSent")]);
    const sent = await ana.ok("POST", `/api/chat/rooms/${roomId}/messages`, { body: "hello" });
    const { message: got } = await message.told;
    assert.deepEqual([got.id, got.message, got.user, got.room_id], [sent.id, "hello", { id: 7, name: "Ana" }, roomId]);
    const typing = first((done) => mine.listenForWhisper("typing", done));
    theirs.whisper("typing", { user: { id: 8, name: "Ben" }, timestamp: 1 });
    assert.equal((await typing).user.name, "Ben");
    const read = first((done) => mine.listenForWhisper("message.read", done));
    theirs.whisper("message.read", { messageId: sent.id, userId: 8 });
    assert.deepEqual(await read, { messageId: sent.id, userId: 8 });
  });

  test("MessageCreated on private conversation.{id}", async () => {
    const message = await receives(echoOf(ben).private(`conversation.${room.conversation_id}`), "MessageCreated");
    await ana.ok("POST", `/api/chat/conversations/${room.conversation_id}/messages`, { body: "in the conversation" });
    assert.equal((await message.told).message.body, "in the conversation");
  });

  test("RoomMembershipChanged on presence room.{id}", async () => {
    const changed = await receives(echoOf(ana).join(`room.${room.id}`), "RoomMembershipChanged");
    const carla = world.person("9", { name: "Carla" });
    await carla.ok("GET", "/api/me");
    await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: "9" });
    const { room_id, user_id, action } = await changed.told;
    assert.deepEqual([room_id, user_id, action], [room.id, 9, "joined"]);
  });

  test("RoomInviteCreated on private user.invites.{id}", async () => {
    const guest = world.person("12", { name: "Guest" });
    await guest.ok("GET", "/api/me");
    const invited = await receives(echoOf(guest).private("user.invites.12"), "RoomInviteCreated");
    const { id, token } = await admin.ok("POST", `/api/chat/rooms/${room.id}/invites`, { user_id: "12" });
    const told = await invited.told;
    assert.deepEqual([told.invite.id, told.room.name, told.user.name], [id, "Night shift", "Admin"]);
    assert.equal(JSON.stringify(told).includes(token), false);
  });

  test("UserTyping on chat, when somebody says so by HTTP", async () => {
    const typing = await receives(echoOf(ben).channel("chat"), "UserTyping");
    await ana.ok("POST", "/api/chat/typing", { typing: true });
    const { user, typing: on } = await typing.told;
    assert.deepEqual([user, on], [{ id: 7, name: "Ana" }, true]);
  });

  test("UserJoined and UserLeft on presence chat", async () => {
    const watching = echoOf(ana).join("chat");
    const joined = await receives(watching, "UserJoined");
    const left = first((done) => watching.listen("UserLeft", done));
    const other = echoOf(ben);
    await first((done) => other.join("chat").here(done));
    assert.deepEqual(await joined.told, { id: 8, name: "Ben" });
    other.disconnect();
    assert.deepEqual(await left, { id: 8, name: "Ben" });
  });

  test("MessageRead on the private channel of whoever wrote", async () => {
    const read = await receives(echoOf(ana).private("user.7"), "MessageRead");
    const say = (body) => ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body });
    for (let n = 0; n < 5; n++) await say(`before ${n}`);
    const { id } = await say("read me");
    await ben.ok("POST", `/api/chat/messages/${id}/read`);
    const { message, user } = await read.told;
    assert.deepEqual([message.id, user], [id, { id: 8, name: "Ben" }]);
  });

  test("what a backend publishes of campaigns, money and notifications reaches its channel only", async () => {
    const echo = echoOf(ana);
    const table = {
      "campaign.3": ["CampaignUpdated", "BudgetChanged", "CampaignActivated", "CampaignDeactivated"],
      "financial.7": ["DepositCompleted", "WithdrawalProcessed", "BalanceUpdated"],
      "user.7": ["NotificationCreated", "NotificationRead"],
    };
    const told = [];
    for (const [name, events] of Object.entries(table)) {
      const channel = echo.private(name);
      for (const event of events) channel.listen(event, (data) => told.push(`${name} ${event} ${data.n}`));
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
    await eventually(() => told.length >= expected.length, "all of them");
    assert.deepEqual(told.sort(), expected.sort());
    const stranger = echoOf(ben);
    for (const name of Object.keys(table)) {
      const { status } = await first((done) => stranger.private(name).error(done));
      assert.equal(status, 403, name);
    }
    const nobody = echoOf({ token: "nobody" });
    assert.equal((await first((done) => nobody.private("user.7").error(done))).status, 401);
  });
});
