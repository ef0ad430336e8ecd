// Notifications: what a user finds on every device, by socket, stream and Pusher channel; and those of the application's backend.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, connect, Echo, hostOptions, Pusher } from "../support/pusher.mjs";
import { openOwnStream } from "../support/stream.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const LIST = "/api/notifications";

describe("notifications", () => {
  let world, ana, ben, eve, admin, server;

  before(async () => {
    world = await startWorld({ limits: WIDE, pusher: { event_names: "laravel" } });
    [ana, ben, eve] = ["7", "8", "9"].map((user) => world.person(user));
    admin = world.person("admin", { roles: ["admin"] });
    for (const person of [ana, ben, eve]) await person.ok("GET", "/api/me");
    server = backend(world);
  });
  after(() => world.stop());

  const dmTo = async ({ user }) => {
    const { id } = await ana.ok("POST", "/api/chat/conversations", { type: "dm", user_id: user });
    return { id, path: `/api/chat/conversations/${id}` };
  };
  const say = (person, { path }, body) => person.ok("POST", `${path}/messages`, { body });
  const listed = async (person) => (await person.ok("GET", LIST)).data;
  const unread = async (person) => (await person.ok("GET", `${LIST}/count`)).unread;
  const whenUnread = (person, count) =>
    eventually(async () => (await unread(person)) === count, `${person.user} has ${count} unread notifications`);
  const notify = (body) => server.post({ path: "/notifications", body });

  /** Everything that a user has connected, with the notifications that each of them gets. */
  const everywhere = async (person) => {
    const device = await person.ownChannel();
    const stream = await openOwnStream(person);
    const client = await connect(world, { person });
    await client.subscribe(`private-user.${person.user}`);
    await client.subscribe(`private-user.invites.${person.user}`);
    return {
      device,
      stream,
      client,
      close: async () => {
        client.close();
        await Promise.all([device.close(), stream.close()]);
      },
    };
  };

  test("a direct message to somebody who is away is on their list as it is now", async () => {
    const away = world.person("21");
    await away.ok("GET", "/api/me");
    const dm = await dmTo(away);
    const first = await say(ana, dm, "are you there?");
    await say(ana, dm, "call me");
    await whenUnread(away, 2);
    const [newest, oldest] = await listed(away);
    assert.deepEqual(
      [newest.kind, newest.message.body, newest.actor, newest.conversation_id, newest.read_at],
      ["direct_message", "call me", { user_id: "7", name: "User 7" }, dm.id, null],
    );
    await ana.ok("PUT", `/api/chat/messages/${first.id}`, { body: "are you at home?" });
    await eventually(async () => (await listed(away))[1].message.body === "are you at home?", "the edit");
    await ana.ok("DELETE", `/api/chat/messages/${first.id}`);
    await whenUnread(away, 1);
    assert.deepEqual(
      (await listed(away)).map(({ id }) => id),
      [newest.id],
    );
    assert.notEqual(oldest.id, newest.id);
    const stored = await world.rows("SELECT * FROM notifications");
    assert.doesNotMatch(JSON.stringify(stored), /call me|at home/, "the record has the text once");
    await away.ok("POST", `${dm.path}/read`, {});
    await whenUnread(away, 0);
    assert.deepEqual(await listed(ana), []);
  });

  test("somebody who is here gets the message and no notification of it", async () => {
    const dm = await dmTo(ben);
    const device = await ben.ownChannel();
    await eventually(async () => (await ben.ok("GET", "/api/chat/users/online")).data.length > 0, "Ben online");
    await say(ana, dm, "you are here");
    await device.event("inbox.updated");
    assert.equal(await unread(ben), 0);
    assert.ok(!device.frames.some(({ event }) => event?.startsWith("notification.")));
    await device.close();
  });

  test("a backend's notification reaches every device, by socket, stream and Pusher channel, and nobody else", async () => {
    const devices = await everywhere(eve);
    const bens = await ben.ownChannel();
    const body = {
      user_ids: [9, "nobody"],
      kind: "order.shipped",
      key: "order-12",
      title: "Your order is on its way",
      url: "/orders/12",
      data: { order: 12 },
    };
    const answer = await notify(body);
    assert.deepEqual([answer.status, await answer.json()], [200, { notified: 1, unknown_user_ids: ["nobody"] }]);
    const event = await devices.device.event("notification.created");
    const { id, kind, title, url, data, read_at } = event.partial;
    assert.deepEqual(
      { kind, title, url, data, read_at },
      {
        kind: "order.shipped",
        title: "Your order is on its way",
        url: "/orders/12",
        data: { order: 12 },
        read_at: null,
      },
    );
    assert.deepEqual([event.id, event.rev], [id, devices.device.welcome.rev + 1]);
    const streamed = (await devices.stream.events(2))[1].data;
    assert.deepEqual(streamed, event);
    assert.deepEqual(await devices.client.received("private-user.9", "notification.created"), event);
    const laravel = await devices.client.received("private-user.9", String.raw`App\Events\NotificationCreated`);
    assert.deepEqual(laravel.notification, event.partial);
    assert.deepEqual((await listed(eve))[0], event.partial);
    assert.deepEqual(await (await notify(body)).json(), { notified: 0, unknown_user_ids: ["nobody"] });
    await eve.ok("POST", `${LIST}/${id}/read`);
    assert.deepEqual((await devices.device.event("notification.read")).partial.ids, [id]);
    const read = await devices.client.received("private-user.9", String.raw`App\Events\NotificationRead`);
    assert.deepEqual(read.ids, [id]);
    await notify({ ...body, title: "It has arrived" });
    const news = await devices.device.event("notification.created");
    assert.deepEqual([news.id, news.partial.title, news.partial.read_at], [id, "It has arrived", null]);
    assert.equal(await unread(eve), 1);
    assert.ok(
      !devices.client.frames.some(({ channel, event }) => channel?.includes("invites") && /otification/.test(event)),
    );
    bens.send("ping");
    await bens.next((frame) => frame.pong, "pong");
    assert.ok(!bens.frames.some(({ event }) => event?.startsWith("notification.")));
    await Promise.all([devices.close(), bens.close()]);
  });

  test("Echo.private('user.22').listen('NotificationCreated')", async () => {
    const person = world.person("22");
    await person.ok("GET", "/api/me");
    const echo = new Echo({
      broadcaster: "pusher",
      Pusher,
      key: "demo-key",
      ...hostOptions(world),
      authEndpoint: `${world.url}/broadcasting/auth`,
      auth: { headers: { Authorization: `Bearer ${person.token}` } },
    });
    const channel = echo.private("user.22");
    const first = (begin) => new Promise((resolve) => void begin(resolve));
    const created = first((done) => channel.listen("NotificationCreated", done));
    const read = first((done) => channel.listen("NotificationRead", done));
    await first((done) => channel.subscribed(done));
    await notify({ user_ids: ["22"], title: "Welcome" });
    const { notification } = await created;
    assert.deepEqual([notification.kind, notification.title], ["app", "Welcome"]);
    await person.ok("POST", `${LIST}/read`, { up_to: notification.id });
    assert.equal((await read).up_to, notification.id);
    echo.disconnect();
  });

  test("what is read or deleted is so on two devices", async () => {
    const person = world.person("23");
    await person.ok("GET", "/api/me");
    const dm = await dmTo(person);
    const messages = [];
    for (const body of ["one", "two", "three"]) messages.push(await say(ana, dm, body));
    await whenUnread(person, 3);
    const devices = [await person.ownChannel({ client_id: "phone" }), await person.ownChannel({ client_id: "tab" })];
    await ana.ok("DELETE", `/api/chat/messages/${messages[2].id}`);
    const [two, one] = await eventually(async () => {
      const list = await listed(person);
      return list.length === 2 && list;
    }, "the deletion");
    for (const device of devices) {
      const { partial } = await device.event("notification.read");
      assert.deepEqual([partial.withdrawn, partial.ids.length], [true, 1]);
    }
    await person.ok("POST", `${LIST}/${one.id}/read`);
    for (const device of devices) assert.deepEqual((await device.event("notification.read")).partial.ids, [one.id]);
    const chat = await person.chat(dm.id, { client_id: "phone" });
    await person.ok("POST", `${dm.path}/read`, { seq: two.message.seq });
    for (const device of devices) {
      const { conversation_id, partial } = await device.event("notification.read");
      assert.deepEqual([conversation_id, partial.up_to_seq], [dm.id, two.message.seq]);
    }
    assert.equal(await unread(person), 0);
    await Promise.all([chat, ...devices].map((connection) => connection.close()));
  });

  test("an invite is on the list while it is open, and a report while it is unresolved", async () => {
    const person = world.person("24");
    await person.ok("GET", "/api/me");
    const room = await world.room([ana, ben]);
    const device = await person.ownChannel();
    const invite = await admin.ok("POST", `/api/chat/rooms/${room.id}/invites`, { user_id: "24" });
    const { partial } = await device.event("notification.created");
    assert.deepEqual([partial.kind, partial.data.invite_id, partial.title], ["invite", invite.id, room.name]);
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}/invites/${invite.id}`);
    assert.deepEqual((await device.event("notification.read")).partial, { ids: [partial.id], withdrawn: true });
    assert.deepEqual(await listed(person), []);
    await admin.ok("PUT", `/api/chat/rooms/${room.id}/members/8`, { role: "moderator" });
    const { id } = await say(ana, { path: `/api/chat/conversations/${room.conversation_id}` }, "buy this");
    await eventually(async () => (await world.rows("SELECT 1 FROM messages WHERE id = ?", id)).length > 0, "the flush");
    const bens = await ben.ownChannel();
    await admin.ok("POST", `/api/chat/messages/${id}/report`, { reason: "spam" });
    const reported = await bens.event("notification.created");
    assert.deepEqual([reported.partial.kind, reported.partial.message.body], ["report", "buy this"]);
    const report = reported.partial.data.report_id;
    await admin.ok("POST", `/api/admin/reports/${report}/resolve`, { action: "dismiss" });
    assert.ok(!(await listed(ben)).some(({ kind }) => kind === "report"));
    await Promise.all([device.close(), bens.close()]);
  });

  test("authors who want it are notified of reactions", async () => {
    const person = world.person("25");
    const room = await world.room([person, ben]);
    const path = `/api/chat/conversations/${room.conversation_id}`;
    const { id } = await say(person, { path }, "shall we?");
    await person.ok("PUT", "/api/me/notification-preferences", { kinds: { reaction: { inbox: true } } });
    const device = await person.ownChannel();
    await ben.ok("PUT", `/api/chat/messages/${id}/reactions/%F0%9F%91%8D`);
    const { partial } = await device.event("notification.created");
    assert.deepEqual([partial.kind, partial.data, partial.actor.user_id], ["reaction", { emoji: "👍" }, "8"]);
    await ben.ok("DELETE", `/api/chat/messages/${id}/reactions/%F0%9F%91%8D`);
    assert.equal((await device.event("notification.read")).partial.withdrawn, true);
    assert.deepEqual(await listed(person), []);
    await device.close();
  });
});
