// Notifications of @room and @here: one row for all members, of which each finds what they may see. Notifications of threads and edits.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { PushService } from "../support/push-service.mjs";
import { connect } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const LIST = "/api/notifications";

describe("notifications of all members", () => {
  let world, service, admin, ana;

  before(async () => {
    service = await PushService.start();
    world = await startWorld({ limits: WIDE, pusher: { event_names: "laravel" } });
    admin = world.person("admin", { roles: ["admin"] });
    ana = world.person("7", { name: "Ana" });
    await ana.ok("GET", "/api/me");
  });
  after(async () => {
    await world?.stop();
    service.stop();
  });

  const listed = async (person) => (await person.ok("GET", LIST)).data;
  const unread = async (person) => (await person.ok("GET", `${LIST}/count`)).unread;
  const whenUnread = (person, count) =>
    eventually(async () => (await unread(person)) === count, `${person.user} has ${count} unread notifications`);
  const about = async (person, { id }) => (await listed(person)).filter(({ message }) => message?.id === id);
  const say = (person, { conversation_id }, body, more = {}) =>
    person.ok("POST", `/api/chat/conversations/${conversation_id}/messages`, { body, ...more });

  /** A room that Ana moderates. */
  const roomOf = async (...people) => {
    const room = await world.room([ana, ...people]);
    await admin.ok("PUT", `/api/chat/rooms/${room.id}/members/7`, { role: "moderator" });
    return room;
  };

  test("every member finds one, reads it for themselves, and the record has one row", async () => {
    const [ben, eve] = ["31", "32"].map((user) => world.person(user));
    const room = await roomOf(ben, eve);
    const device = await ben.ownChannel();
    const client = await connect(world, { person: ben });
    await client.subscribe("private-user.31");
    await eventually(
      async () => (await world.rows("SELECT 1 FROM presence WHERE user_id = '31'")).length > 0,
      "Ben online",
    );
    const message = await say(ana, room, "@room the gate is open");
    const event = await device.event("notification.created");
    const { id, kind, data, actor, read_at } = event.partial;
    assert.deepEqual(
      { kind, data, actor, body: event.partial.message.body, read_at },
      {
        kind: "mention",
        data: { mention: "room" },
        actor: { user_id: "7", name: "Ana" },
        body: "@room the gate is open",
        read_at: null,
      },
    );
    const laravel = await client.received("private-user.31", String.raw`App\Events\NotificationCreated`);
    assert.equal(laravel.notification.id, id);
    assert.deepEqual(await listed(ben), [event.partial]);
    assert.deepEqual([await unread(ben), await unread(eve), (await listed(ana)).length], [1, 1, 0]);
    assert.equal((await world.rows("SELECT 1 FROM shared_notifications WHERE message_id = ?", message.id)).length, 1);
    assert.equal((await world.rows("SELECT 1 FROM notifications WHERE message_id = ?", message.id)).length, 0);
    await ben.ok("POST", `${LIST}/${id}/read`);
    assert.deepEqual((await device.event("notification.read")).partial.ids, [id]);
    assert.deepEqual([await unread(ben), await unread(eve)], [0, 1]);
    await say(ana, room, "@room and closed");
    await device.event("notification.created");
    await ben.ok("POST", `/api/chat/conversations/${room.conversation_id}/read`, {});
    const read = await device.event("notification.read");
    assert.deepEqual([read.conversation_id, typeof read.partial.up_to_seq], [room.conversation_id, "number"]);
    assert.equal(await unread(ben), 0);
    await eve.ok("POST", `${LIST}/read`, { up_to: (await listed(eve))[0].id });
    assert.equal(await unread(eve), 0);
    assert.equal((await listed(eve)).length, 2);
    client.close();
    await device.close();
  });

  test("it ends for all when the message is deleted, or mentions all no more", async () => {
    const ben = world.person("33");
    const room = await roomOf(ben);
    const device = await ben.ownChannel();
    await eventually(
      async () => (await world.rows("SELECT 1 FROM presence WHERE user_id = '33'")).length > 0,
      "Ben online",
    );
    const [first, second] = [await say(ana, room, "@room one"), await say(ana, room, "@room two")];
    await whenUnread(ben, 2);
    await ana.ok("DELETE", `/api/chat/messages/${first.id}`);
    assert.equal((await device.event("notification.read")).partial.withdrawn, true);
    await ana.ok("PUT", `/api/chat/messages/${second.id}`, { body: "nobody in particular" });
    assert.equal((await device.event("notification.read")).partial.withdrawn, true);
    await whenUnread(ben, 0);
    assert.deepEqual(await listed(ben), []);
    await ana.ok("PUT", `/api/chat/messages/${second.id}`, { body: "@room after all" });
    await whenUnread(ben, 1);
    await device.close();
  });

  test("[I4] who was removed, banned or joins later, has blocked the author, or is of another tenant finds none of it", async () => {
    const [removed, banned, blocking, later, stays] = ["41", "42", "43", "44", "45"].map((user) => world.person(user));
    const stranger = world.person("45", { tenant: "other" });
    await stranger.ok("GET", "/api/me");
    const room = await roomOf(removed, banned, blocking, stays);
    await blocking.ok("PUT", "/api/me/blocks/7");
    await say(ana, room, "@room for our eyes only");
    await whenUnread(stays, 1);
    await whenUnread(removed, 1);
    const [{ id }] = await listed(stays);
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/41`);
    await admin.ok("POST", `/api/chat/rooms/${room.id}/members/42/ban`, { reason: "spam" });
    await later.ok("GET", "/api/me");
    await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: "44" });
    for (const person of [removed, banned, blocking, later, stranger]) {
      assert.deepEqual([await listed(person), await unread(person)], [[], 0], person.user);
      assert.equal((await person.call("POST", `${LIST}/${id}/read`)).status, 404, person.user);
    }
    assert.equal(await unread(stays), 1);
  });

  test("members cannot use it unless the setting allows it, and mutes and choices hold it back", async () => {
    const [ben, muted, unwilling] = ["51", "52", "53"].map((user) => world.person(user));
    const room = await roomOf(ben, muted, unwilling);
    const path = `/api/chat/conversations/${room.conversation_id}/preferences`;
    const until = new Date(Date.now() + 600_000).toISOString();
    await muted.ok("PATCH", path, { notifications_muted_until: until });
    await unwilling.ok("PUT", "/api/me/notification-preferences", { kinds: { mention: { inbox: false } } });
    await say(ben, room, "@room may I?");
    await say(ana, room, "@room you may not");
    await whenUnread(ben, 1);
    assert.deepEqual([await unread(muted), await unread(unwilling), await unread(ana)], [0, 0, 0]);
  });

  test("@here is for those who are online", async () => {
    const [here, away] = ["54", "55"].map((user) => world.person(user));
    const room = await roomOf(here, away);
    const device = await here.ownChannel();
    await eventually(
      async () => (await world.rows("SELECT 1 FROM presence WHERE user_id = '54'")).length > 0,
      "online",
    );
    const message = await say(ana, room, "@here who is in?");
    assert.deepEqual((await device.event("notification.created")).partial.data, { mention: "here" });
    await device.close();
    assert.deepEqual([(await about(here, message)).length, await unread(away)], [1, 0]);
  });

  test("it is pushed to subscribed devices, but not to who has the conversation open, muted or archived", async () => {
    const people = ["61", "62", "63", "64"].map((user) => world.person(user));
    const [away, looking, muted, archived] = people;
    const room = await roomOf(...people);
    const devices = people.map(() => service.device());
    for (const [at, person] of people.entries())
      await person.ok("POST", "/api/me/push/subscriptions", devices[at].subscription);
    const path = `/api/chat/conversations/${room.conversation_id}/preferences`;
    const until = new Date(Date.now() + 600_000).toISOString();
    await muted.ok("PATCH", path, { notifications_muted_until: until });
    await archived.ok("PATCH", path, { archived: true });
    const chat = await looking.chat(room.conversation_id);
    const lease = () => world.rows("SELECT 1 FROM presence WHERE user_id = '62' AND source LIKE 'conversation:%'");
    await eventually(async () => (await lease()).length > 0, "the conversation is open");
    const { id } = await say(ana, room, "@room to the gate");
    const [{ message, fault }] = await eventually(() => devices[0].shown.length > 0 && devices[0].shown, "a push");
    assert.equal(fault, undefined);
    assert.deepEqual(
      [message.kind, message.title, message.body, message.message_id],
      ["mention", "Ana", "@room to the gate", id],
    );
    await say(ana, room, "@room once more");
    await eventually(() => devices[0].shown.length > 1, "another push");
    assert.deepEqual([devices[1].attempts.length, devices[2].attempts.length], [0, 0]);
    // The first message ended the archiving.
    assert.deepEqual(
      devices[3].shown.map(({ message }) => message.body).filter((body) => body !== "@room once more"),
      [],
    );
    assert.equal(await unread(away), 2);
    await chat.close();
  });

  test("reading a thread reads the notifications of its replies on every device", async () => {
    const ben = world.person("71");
    const room = await roomOf(ben);
    const root = await say(ben, room, "who has the key?");
    const reply = (body) => say(ana, room, body, { parent_id: root.id });
    await reply("not me");
    const last = await reply("@[71] ask the guard");
    const other = await say(ana, room, "@[71] hello");
    await whenUnread(ben, 3);
    const devices = [await ben.ownChannel({ client_id: "phone" }), await ben.ownChannel({ client_id: "tab" })];
    await ben.ok("POST", `/api/chat/messages/${root.id}/replies/read`, { seq: last.seq });
    const ids = (await listed(ben)).filter(({ message }) => message.id !== other.id).map(({ id }) => id);
    for (const device of devices) {
      const { partial } = await device.event("notification.read");
      assert.deepEqual(partial.ids.toSorted(), ids.toSorted());
    }
    assert.equal(await unread(ben), 1);
    assert.equal((await ana.call("POST", `/api/chat/messages/${root.id}/replies/read`)).status, 200);
    await Promise.all(devices.map((device) => device.close()));
  });

  test("an edit withdraws the mention it removes, adds the one it has, and tells of the new text", async () => {
    const [ben, eve] = ["81", "82"].map((user) => world.person(user));
    const room = await roomOf(ben, eve);
    const device = await ben.ownChannel();
    const { id } = await say(ana, room, "@[81] come");
    const first = await device.event("notification.created");
    await ana.ok("PUT", `/api/chat/messages/${id}`, { body: "@[81] come at five" });
    const news = await device.event("notification.created");
    assert.deepEqual([news.id, news.partial.message.body], [first.id, "@[81] come at five"]);
    await ana.ok("PUT", `/api/chat/messages/${id}`, { body: "@[82] come at five" });
    assert.deepEqual((await device.event("notification.read")).partial, { ids: [first.id], withdrawn: true });
    await whenUnread(eve, 1);
    assert.deepEqual([await listed(ben), (await about(eve, { id })).length], [[], 1]);
    await device.close();
  });
});
