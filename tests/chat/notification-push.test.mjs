// Web Push of notifications: to every device of their person, except where they see the message or do not want to be disturbed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { PushService } from "../support/push-service.mjs";
import { backend } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const DEVICES = "/api/me/push/subscriptions";

describe("pushes of notifications", () => {
  let world, service, ana, server;

  before(async () => {
    service = await PushService.start();
    world = await startWorld({ limits: WIDE });
    ana = world.person("7", { name: "Ana" });
    await ana.ok("GET", "/api/me");
    server = backend(world);
  });
  after(async () => {
    await world?.stop();
    service.stop();
  });

  const personWith = async (user, ...devices) => {
    const person = world.person(user);
    await person.ok("GET", "/api/me");
    for (const device of devices) await person.ok("POST", DEVICES, device.subscription);
    return person;
  };
  const dmTo = async ({ user }) => {
    const { id } = await ana.ok("POST", "/api/chat/conversations", { type: "dm", user_id: user });
    return { id, path: `/api/chat/conversations/${id}` };
  };
  const say = ({ path }, body) => ana.ok("POST", `${path}/messages`, { body });
  const notify = ({ user }, title, key = title) =>
    server.post({ path: "/notifications", body: { user_ids: [user], title, key, url: "/orders/12" } });
  const shown = (device, count) => eventually(() => device.shown.length >= count && device.shown, `${count} messages`);

  test("a direct message reaches every device of somebody who is away, and nobody else's", async () => {
    const [phone, tablet, other] = [service.device(), service.device(), service.device()];
    const person = await personWith("31", phone, tablet);
    await personWith("32", other);
    const dm = await dmTo(person);
    const { id } = await say(dm, "are you there?");
    for (const device of [phone, tablet]) {
      const [{ message, urgency, ttl, topic, fault }] = await shown(device, 1);
      assert.equal(fault, undefined);
      assert.deepEqual(
        [message.type, message.kind, message.title, message.body, message.conversation_id, message.message_id],
        ["notification", "direct_message", "Ana", "are you there?", dm.id, id],
      );
      assert.deepEqual([urgency, topic.length, ttl > 14_000 && ttl <= 14_400], ["normal", 32, true]);
    }
    assert.deepEqual(other.attempts, []);
    await person.ok("DELETE", DEVICES, { endpoint: tablet.endpoint });
    await say(dm, "call me");
    await shown(phone, 2);
    assert.equal(tablet.attempts.length, 1);
  });

  test("nothing is pushed of a conversation that is muted, archived, or open on a screen", async () => {
    const device = service.device();
    const person = await personWith("33", device);
    const dm = await dmTo(person);
    const until = new Date(Date.now() + 600_000).toISOString();
    await person.ok("PATCH", `${dm.path}/preferences`, { notifications_muted_until: until });
    await say(dm, "muted");
    await person.ok("PATCH", `${dm.path}/preferences`, { notifications_muted_until: null, archived: true });
    await say(dm, "archived");
    const unarchived = async () => !(await person.ok("GET", dm.path)).preferences.archived;
    await eventually(unarchived, "the message unarchives");
    const chat = await person.chat(dm.id);
    await say(dm, "on the screen");
    await chat.event("message.created");
    await chat.close();
    await notify(person, "Paid");
    const [{ message }] = await shown(device, 1);
    assert.equal(message.title, "Paid", "the first message");
    assert.equal(device.attempts.length, 1);
  });

  test("nothing is pushed in hours of do not disturb or against a choice, but a test is", async () => {
    const device = service.device();
    const person = await personWith("34", device);
    const wants = (preferences) => person.ok("PUT", "/api/me/notification-preferences", preferences);
    await wants({ do_not_disturb: { from: "00:00", to: "00:00", time_zone: "America/Bogota" } });
    await notify(person, "At night");
    await wants({ kinds: { app: { push: false } } });
    await notify(person, "Unwanted");
    assert.deepEqual(await person.ok("POST", "/api/me/push/test"), { devices: 1 });
    assert.equal((await shown(device, 1))[0].message.type, "test");
    assert.equal((await person.ok("GET", "/api/notifications")).data.length, 2, "the list has them");
    const wrong = { do_not_disturb: { from: "22:00", to: "07:00", time_zone: "Europe/Atlantis" } };
    assert.equal((await person.call("PUT", "/api/me/notification-preferences", wrong)).status, 422);
  });

  test("a push service that fails is asked again, and a device that is gone is removed", async () => {
    const [failing, gone] = [service.device(), service.device()];
    const person = await personWith("35", failing, gone);
    failing.status = 503;
    gone.status = 410;
    await notify(person, "Paid");
    await eventually(() => failing.attempts.length >= 2, "another attempt");
    failing.status = 201;
    assert.equal((await shown(failing, 1))[0].message.title, "Paid");
    assert.equal(gone.attempts.length, 1);
    const { data } = await person.ok("GET", DEVICES);
    assert.deepEqual(
      data.map(({ endpoint }) => endpoint),
      [failing.endpoint],
    );
  });

  test("a browser belongs to the user who subscribed it last, and a sign-out ends its pushes", async () => {
    const device = service.device();
    const [first, second] = [await personWith("36", device), await personWith("37", device)];
    await notify(first, "For the first");
    await notify(second, "For the second");
    assert.equal((await shown(device, 1))[0].message.title, "For the second");
    await second.ok("POST", "/api/me/sign-out-everywhere");
    await notify({ user: "37" }, "After the sign-out");
    await personWith("38", device);
    await notify({ user: "38" }, "For the third");
    const titles = (await shown(device, 2)).map(({ message }) => message.title);
    assert.deepEqual(titles, ["For the second", "For the third"]);
  });
});
