// Webhooks of alerts: signed as Standard Webhooks, retried until accepted, each endpoint independently.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { HookReceiver } from "../support/hook-receiver.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const HOOKS = "/api/admin/alert-webhooks";
const GUARD = { permissions: ["view_panic_alerts"] };

describe("webhooks of alerts", () => {
  let world, admin, luis, ana;
  let count = 0;
  const receivers = [];

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("1", { roles: ["admin"] });
    luis = world.person("9", { name: "Luis", ...GUARD });
  });
  after(() => world.stop());
  beforeEach(() => {
    count += 1;
    ana = world.person(`ana${count}`, { name: "Ana" });
  });
  afterEach(async () => {
    for (const { id } of (await admin.ok("GET", HOOKS)).data) await admin.ok("DELETE", `${HOOKS}/${id}`);
    for (const receiver of receivers.splice(0)) receiver.stop();
  });

  /** A registered receiver of these types, or of all. */
  const receiver = async (events) => {
    const made = await HookReceiver.start();
    receivers.push(made);
    made.hook = await admin.ok("POST", HOOKS, { url: made.url, events });
    made.secrets.push(made.hook.secret);
    return made;
  };

  const raise = async () => {
    const body = { apartment: { address: "12 Elm Street" }, location: { lat: 40.4, lng: -3.7 } };
    return (await ana.ok("POST", "/api/security/alerts", body)).id;
  };

  const act = (id, action, body = {}) => luis.ok("POST", `/api/security/alerts/${id}/${action}`, body);

  test("every event is sent in order, signed, with the alert as guards see it", async () => {
    const hook = await receiver();
    const id = await raise();
    await hook.receives("alert.triggered", id);
    await act(id, "acknowledge");
    await act(id, "resolve", { reason: "fine" });
    await hook.receives("alert.resolved", id);
    assert.deepEqual(hook.accepted(id), ["alert.triggered", "alert.acknowledged", "alert.resolved"]);
    for (const request of hook.requests) {
      assert.deepEqual(request.verifiedBy, hook.secrets);
      assert.equal(request.url, "/hooks?key=1");
      assert.match(request.timestamp, /^\d{4}-.*Z$/);
    }
    const [first, , last] = hook.requests;
    assert.deepEqual([first.alert.location.lat, first.alert.duress, first.entry.number], [40.4, false, 1]);
    assert.deepEqual([last.alert.status, last.entry.data.reason, last.entry.by.name], ["resolved", "fine", "Luis"]);
    assert.equal(new Set(hook.requests.map((request) => request.id)).size, 3);
  });

  test("an endpoint gets only the types it subscribes to", async () => {
    const [ends, all] = [await receiver(["alert.resolved"]), await receiver()];
    const id = await raise();
    await act(id, "resolve");
    await Promise.all([ends.receives("alert.resolved", id), all.receives("alert.resolved", id)]);
    assert.deepEqual(ends.accepted(id), ["alert.resolved"]);
    const unknown = await admin.call("POST", HOOKS, { url: all.url, events: ["alert.exploded"] });
    assert.deepEqual([unknown.status, unknown.body.errors[0].field], [422, "events"]);
  });

  test("a refused message is retried with the same id, also after a kill, and redirects are not followed", async () => {
    const hook = await receiver(["alert.triggered"]);
    hook.status = 302;
    const id = await raise();
    await eventually(() => hook.about(id).length === 1, "an attempt");
    await world.engine.kill();
    hook.status = 200;
    await hook.receives("alert.triggered", id);
    const [refused, accepted, ...more] = hook.about(id);
    assert.deepEqual([refused.status, accepted.status, more], [302, 200, []]);
    assert.equal(refused.id, accepted.id);
    assert.deepEqual(accepted.verifiedBy, hook.secrets, "signed again with the time of this attempt");
    assert.ok(hook.requests.every(({ url }) => url === "/hooks?key=1"));
  });

  test("an endpoint is disabled after 410, and gets messages again once an administrator enables it", async () => {
    const hook = await receiver();
    hook.status = 410;
    const first = await raise();
    const shown = () => admin.ok("GET", HOOKS).then(({ data }) => data.find(({ id }) => id === hook.hook.id));
    const disabled = await eventually(
      async () => ((await shown()).disabled_at ? shown() : undefined),
      "it is disabled",
    );
    assert.match(disabled.disabled_because, /410/);
    assert.equal(disabled.secret, undefined);
    hook.status = 200;
    await act(first, "resolve");
    const enabled = await admin.ok("POST", `${HOOKS}/${hook.hook.id}/enable`);
    assert.equal(enabled.disabled_at, null);
    const second = await raise();
    await hook.receives("alert.triggered", second);
    assert.deepEqual([hook.about(first).length, hook.accepted(first)], [1, []]);
    await act(second, "resolve");
  });

  test("during a rotation both secrets sign", async () => {
    const hook = await receiver();
    const rotated = await admin.ok("POST", `${HOOKS}/${hook.hook.id}/rotate`);
    assert.notEqual(rotated.secret, hook.hook.secret);
    hook.secrets.push(rotated.secret);
    const id = await raise();
    const request = await hook.receives("alert.triggered", id);
    assert.equal(request.signatures.length, 2);
    assert.deepEqual(request.verifiedBy, [hook.hook.secret, rotated.secret]);
    await act(id, "resolve");
    const [entry] = (await admin.ok("GET", `/api/admin/audits?target_id=${hook.hook.id}`)).data;
    assert.deepEqual([entry.action, entry.metadata], ["alert_webhook.secret_rotated", { host: "127.0.0.1" }]);
  });

  test("an endpoint that hanging does not delay others", async () => {
    const [hanging, quick] = [await receiver(), await receiver()];
    hanging.status = 0;
    const id = await raise();
    await act(id, "acknowledge");
    await act(id, "resolve");
    await quick.receives("alert.resolved", id, 5_000);
    assert.deepEqual(quick.accepted(id), ["alert.triggered", "alert.acknowledged", "alert.resolved"]);
    assert.equal(hanging.about(id).length, 1, "one request at a time");
  });

  test("an escalation is sent only if the policy's step has webhooks", async () => {
    const page = (webhooks) => ({ after_s: 5, page: { groups: ["guards"], webhooks } });
    const escalation = { steps: [page(false), page(true)], repeat: 0, stale_after_s: 0 };
    await admin.ok("PATCH", "/api/admin/settings", { alerts: { escalation } });
    const hook = await receiver(["alert.escalated"]);
    const id = await raise();
    const request = await hook.receives("alert.escalated", id);
    assert.deepEqual([request.entry.data.level, request.alert.escalation_level], [2, 2]);
    assert.equal(hook.about(id).length, 1);
    await act(id, "resolve");
    await admin.ok("PATCH", "/api/admin/settings", { alerts: { escalation: null } });
  });

  test("only administrators of the same app manage webhooks", async () => {
    const hook = await receiver();
    const other = world.person("1", { tenant: "other", roles: ["admin"] });
    for (const [method, path] of [
      ["DELETE", hook.hook.id],
      ["POST", `${hook.hook.id}/rotate`],
      ["POST", `${hook.hook.id}/enable`],
    ]) {
      assert.equal((await other.call(method, `${HOOKS}/${path}`)).status, 404);
      assert.equal((await luis.call(method, `${HOOKS}/${path}`)).status, 403);
    }
    assert.deepEqual((await other.ok("GET", HOOKS)).data, []);
    assert.equal((await luis.call("GET", HOOKS)).status, 403);
  });
});

test("a deployed edge refuses webhooks to private addresses", async () => {
  const world = await startWorld({ limits: WIDE, vars: { ENVIRONMENT: "production" } });
  try {
    const admin = world.person("1", { tenant: "other", roles: ["admin"] });
    for (const url of ["http://127.0.0.1:9/", "https://10.0.0.1/", "https://169.254.169.254/", "https://[::1]/"]) {
      const refusal = await admin.call("POST", HOOKS, { url });
      assert.deepEqual([refusal.status, refusal.body.errors[0].field], [422, "url"], url);
    }
    assert.deepEqual((await admin.ok("GET", HOOKS)).data, []);
  } finally {
    await world.stop();
  }
});
