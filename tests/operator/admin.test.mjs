// What an administrator does over HTTP: webhooks with their deliveries, keys, and the app's people.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Pusher from "pusher";
import { Chat } from "../support/chat.mjs";
import { HookReceiver } from "../support/hook-receiver.mjs";
import { Receiver } from "../support/receiver.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const HOOKS = "/api/admin/webhooks";

describe("administration over HTTP", () => {
  let world, admin, other, receiver;

  before(async () => {
    receiver = await Receiver.start();
    world = await startWorld({ limits: WIDE });
    admin = world.person("1", { roles: ["admin"] });
    other = world.person("1", { tenant: "other", roles: ["admin"] });
    const database = await world.engine.database();
    const hooks = [{ url: receiver.url, events: ["channel_occupied"], headers: { "X-Inner": "hidden" } }];
    const sql = "UPDATE apps SET webhooks = ?1 WHERE tenant_id = 'demo'";
    await database.prepare(sql).bind(JSON.stringify(hooks)).run();
  });
  after(async () => {
    await world.stop();
    receiver.stop();
  });

  const listen = async (channel) => {
    const client = new Chat(`${world.engine.socketUrl}/app/demo-key?protocol=7&client=js&version=8.6.0`, []);
    world.chats.push(client);
    await client.event("pusher:connection_established");
    client.send({ event: "pusher:subscribe", data: { channel } });
    await client.event("pusher_internal:subscription_succeeded");
  };
  const hook = async (kind) => (await admin.ok("GET", HOOKS)).data.find((hook) => hook.kind === kind);
  const deliveries = async (id) => (await admin.ok("GET", `${HOOKS}/${id}/deliveries`)).data;
  const inState = (id, state) =>
    eventually(async () => (await deliveries(id)).find((one) => one.state === state), `a delivery that is ${state}`);

  test("a webhook of channels fails, is disabled, and gets a delivery again", async () => {
    receiver.status = 503;
    await listen("first");
    const { id } = await hook("channels");
    const failed = await inState(id, "failed");
    assert.deepEqual([failed.last_status, failed.last_error, failed.events], [503, "answered", ["channel_occupied"]]);
    assert.deepEqual(receiver.requests[0].id, failed.id);
    const shown = await hook("channels");
    assert.deepEqual([shown.pending, shown.last_failure_status, shown.header_names], [1, 503, ["X-Inner"]]);
    assert.doesNotMatch(JSON.stringify(shown), /hidden/);

    for (const [method, path, body] of [
      ["GET", "deliveries"],
      ["POST", `deliveries/${failed.id}/replay`, {}],
      ["POST", "disable"],
      ["POST", "enable"],
    ]) {
      assert.equal((await other.call(method, `${HOOKS}/${id}/${path}`, body)).status, 404, path);
    }

    const disabled = await admin.ok("POST", `${HOOKS}/${id}/disable`);
    assert.ok(disabled.disabled_at);
    assert.equal(disabled.pending, 0);
    assert.equal((await inState(id, "given_up")).given_up, "removed");
    const replay = `${HOOKS}/${id}/deliveries/${failed.id}/replay`;
    assert.equal((await admin.call("POST", replay, {})).status, 409);
    receiver.status = 200;
    await admin.ok("POST", `${HOOKS}/${id}/enable`);
    await listen("second");
    await receiver.until((events) => events.some(({ channel }) => channel === "second"), "an event after enabling");
    assert.deepEqual(receiver.of("first"), [], "what was queued is given up");

    assert.equal((await admin.ok("POST", replay, {})).id, failed.id);
    await receiver.until((events) => events.some(({ channel }) => channel === "first"), "the delivery, sent again");
    const again = receiver.requests.findLast(({ status }) => status === 200);
    assert.deepEqual([again.id, again.isValid, again.rawBody], [failed.id, true, receiver.requests[0].rawBody]);
    await eventually(
      async () => (await deliveries(id)).every(({ state }) => state === "delivered"),
      "all deliveries as delivered",
    );
    assert.equal((await admin.call("POST", `${HOOKS}/${id}/deliveries/unknown/replay`, {})).status, 404);
  });

  test("a webhook of alerts is disabled, which the status of the desk shows", async () => {
    const alerts = await HookReceiver.start();
    after(() => alerts.stop());
    alerts.status = 503;
    await admin.ok("POST", "/api/admin/alert-webhooks", { url: alerts.url, events: ["alert.triggered"] });
    await world.person("7", { name: "Ana" }).ok("POST", "/api/security/alerts", { location: { lat: 1, lng: 2 } });
    const { id } = await hook("alerts");
    const failed = await inState(id, "failed");
    assert.deepEqual([failed.events, failed.last_status], [["alert.triggered"], 503]);
    assert.ok(failed.next_attempt_at);
    await admin.ok("POST", `${HOOKS}/${id}/disable`);
    assert.equal((await inState(id, "given_up")).given_up, "disabled");
    assert.deepEqual((await admin.ok("GET", "/api/security/status")).webhooks, { enabled: 0, disabled: 1 });
    alerts.status = 200;
    await admin.ok("POST", `${HOOKS}/${id}/enable`);
    await admin.ok("POST", `${HOOKS}/${id}/deliveries/${failed.id}/replay`, {});
    await inState(id, "delivered");
    assert.deepEqual(
      alerts.requests.map(({ id, status }) => [id, status]),
      [
        [failed.id, 503],
        [failed.id, 200],
      ],
    );
    const { data } = await admin.ok("GET", "/api/admin/audits?limit=3");
    const entries = ["webhook.delivery_replayed", "alert_webhook.enabled", "alert_webhook.disabled"];
    assert.deepEqual(
      data.map(({ action }) => action),
      entries,
    );
  });

  test("people are found by name and id", async () => {
    await world.person("lone-id", { name: "Zoë Quill" }).ok("GET", "/api/me");
    for (const q of ["qui", "lone-id"]) {
      const { data } = await admin.ok("GET", `/api/admin/users?q=${q}`);
      assert.deepEqual(
        data.map(({ id, conversations, bans }) => [id, conversations, bans]),
        [["lone-id", 0, 0]],
      );
    }
  });

  test("the server library works with a rotated secret", async () => {
    const rotated = await other.ok("POST", "/api/admin/keys/rotate", { keep_old_hours: 1 });
    const { app_id: appId, key, secrets } = await other.ok("GET", "/api/admin/keys");
    assert.deepEqual(
      secrets.map(({ state }) => state),
      ["current", "overlapping"],
    );
    const { hostname: host, port } = new URL(world.url);
    const pusher = new Pusher({ appId, key, secret: rotated.secret, host, port, useTLS: false });
    await eventually(async () => {
      const { status } = await pusher.trigger("news", "headline", {}).catch((error) => error);
      return status === 200;
    }, "a publish with the new secret");
    const { status } = await other.call("POST", "/api/admin/keys/rotate", { keep_old_hours: 1 });
    assert.equal(status, 409);
  });
});
