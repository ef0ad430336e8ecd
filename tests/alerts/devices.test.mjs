// Guards without a dashboard: their devices receive alerts on the user's own channel, and no other user's do.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import * as alerts from "../support/alerts.mjs";
import { TRIGGERED, UPDATED } from "../support/alerts.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("alerts on a guard's own channel", () => {
  let world, admin, ana, olga;
  const opened = [];

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { roles: ["admin"] });
    ana = alerts.guard(world, "20");
    olga = world.person("7");
  });
  after(() => world.stop());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  const device = async (person) => {
    const socket = await person.ownChannel();
    opened.push(socket);
    return socket;
  };
  /** A device after it received this open alert, which proves the desk's subscription. */
  const subscribedDevice = async (person, alert) => {
    const socket = await device(person);
    await alerts.nextEvent(socket, TRIGGERED, alert);
    return socket;
  };
  const aboutAlerts = (socket) => socket.frames.filter(({ event }) => event?.startsWith("panic-alert."));

  test("a device receives the open alerts on connect, and then every event", async () => {
    const alert = await alerts.raise(olga);
    const socket = await subscribedDevice(ana, alert);
    const { partial, seq } = await alerts
      .actOk(ana, alert, "acknowledge")
      .then(() => alerts.nextEvent(socket, UPDATED, alert));
    assert.deepEqual(
      [partial.status, partial.acknowledged_by, partial.duress, seq],
      ["acknowledged", { id: 20, name: "User 20" }, false, undefined],
    );
    await alerts.end(ana, alert);
    await alerts.nextEvent(socket, UPDATED, alert, "resolved");
    const second = await alerts.raise(world.person("8"));
    await alerts.nextEvent(socket, TRIGGERED, second);
    const deliveries = async () => (await ana.ok("GET", `${alerts.ALERTS}/${second.id}/deliveries`)).data;
    await eventually(
      async () => (await deliveries()).some(({ user_id }) => user_id === "20"),
      "the delivery in the list",
    );
    await alerts.end(ana, second);
  });

  test("a device whose token lacks the permission receives nothing, although another device of the user has it", async () => {
    const alert = await alerts.raise(olga);
    const [guarding, plain] = [await subscribedDevice(ana, alert), await device(world.person("20"))];
    const stranger = await device(world.person("9"));
    await alerts.actOk(ana, alert, "acknowledge");
    await alerts.nextEvent(guarding, UPDATED, alert);
    for (const other of [plain, stranger]) {
      other.send("ping");
      await other.next(({ pong }) => pong, "pong");
      assert.deepEqual(aboutAlerts(other), []);
    }
    await alerts.end(ana, alert);
  });

  test("a guard with a dashboard receives alerts only there", async () => {
    const alert = await alerts.raise(olga);
    const [own, dashboard] = [await subscribedDevice(ana, alert), await alerts.dashboard(ana)];
    opened.push(dashboard);
    const before = aboutAlerts(own).length;
    await alerts.end(ana, alert);
    await alerts.nextEvent(dashboard, UPDATED, alert, "resolved");
    own.send("ping");
    await own.next(({ pong }) => pong, "pong");
    assert.equal(aboutAlerts(own).length, before);
  });

  test("a former guard receives nothing from the moment the call returns", async () => {
    const ben = alerts.guard(world, "30");
    const alert = await alerts.raise(olga);
    const [gone, other] = [await subscribedDevice(ben, alert), await subscribedDevice(ana, alert)];
    assert.equal((await admin.call("DELETE", "/api/security/guards/30")).status, 204);
    const before = aboutAlerts(gone).length;
    const back = await device(ben);
    await alerts.end(ana, alert);
    await alerts.nextEvent(other, UPDATED, alert, "resolved");
    for (const socket of [gone, back]) {
      socket.send("ping");
      await socket.next(({ pong }) => pong, "pong");
    }
    assert.deepEqual([aboutAlerts(gone).length, aboutAlerts(back)], [before, []]);
  });
});
