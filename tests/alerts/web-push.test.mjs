// Web Push to guards: encrypted, signed, retried, withdrawn once a guard has responded, and never sent to the owner's devices.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { PushService, publicKey, VAPID } from "../support/push-service.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const DEVICES = "/api/security/push/subscriptions";
const GUARD = { permissions: ["view_panic_alerts"] };

describe("web push", () => {
  let world, service, admin, luis, ana;
  let count = 0;
  const raised = [];

  before(async () => {
    service = await PushService.start();
    world = await startWorld({ limits: WIDE });
    admin = world.person("1", { roles: ["admin"], name: "Root" });
  });
  after(async () => {
    await world.stop();
    service.stop();
  });
  // Each test has new users, because open alerts would join.
  beforeEach(() => {
    count += 1;
    ana = world.person(`ana${count}`, { name: "Ana" });
    luis = world.person(`luis${count}`, { name: "Luis", ...GUARD });
  });

  // Open alerts would escalate to the devices of later tests.
  afterEach(async () => {
    for (const cancel of raised.splice(0)) await cancel();
  });

  /** A guard's registered device, in the group `guards` or another. */
  const device = async (guard, group) => {
    const made = service.device();
    await guard.ok("POST", DEVICES, { ...made.subscription, group });
    return made;
  };

  const raise = async (person, more = {}) => {
    const alert = await person.ok("POST", "/api/security/alerts", {
      apartment: { id: 12, address: "12 Elm Street" },
      location: { lat: 40.4, lng: -3.7, string: "by the door" },
      note: "come quickly",
      ...more,
    });
    raised.push(() => person.call("POST", `/api/security/alerts/${alert.id}/cancel`));
    return alert.id;
  };

  const act = (person, id, action, body = {}) => person.ok("POST", `/api/security/alerts/${id}/${action}`, body);

  test("a guard's device gets the page, the acknowledgement and the end, and the deliveries list it", async () => {
    const { key } = await luis.ok("GET", "/api/security/push/key");
    assert.equal(key, publicKey(VAPID.VAPID_PRIVATE_KEY));
    const phone = await device(luis);
    const id = await raise(ana);
    const page = await phone.receives("alert.triggered", id);
    assert.equal(page.message.title, "Panic alert: Ana");
    assert.deepEqual([page.urgency, page.message.tag, page.message.silent], ["high", id, false]);
    assert.match(page.topic, /^[\w-]{1,32}$/);
    assert.ok(page.ttl > 0 && page.ttl <= 600, `${page.ttl} s`);
    assert.doesNotMatch(JSON.stringify(page.message), /Elm|40\.4|door|quickly/);
    await act(luis, id, "acknowledge");
    const taken = await phone.receives("alert.acknowledged", id);
    assert.deepEqual([taken.urgency, taken.topic, taken.message.silent], ["normal", page.topic, true]);
    assert.equal(taken.message.body, "Luis has taken it.");
    await act(luis, id, "resolve", { reason: "fine" });
    await phone.receives("alert.resolved", id);
    assert.deepEqual(
      service.requests.map(({ fault }) => fault).filter(Boolean),
      [],
      "every message was signed and decrypted",
    );
    const isPush = ({ user_id, via, sent_at }) => user_id === luis.user && via === "push" && sent_at;
    await eventually(
      async () => (await luis.ok("GET", `/api/security/alerts/${id}/deliveries`)).data.some(isPush),
      "a delivery by push",
    );
  });

  test("the owner's devices get nothing about their own alert", async () => {
    const [own, other] = [await device(luis), await device(world.person(`eva${count}`, GUARD))];
    const id = await raise(luis);
    await other.receives("alert.triggered", id);
    await act(luis, id, "cancel", { reason: "sorry" });
    await other.receives("alert.cancelled", id);
    assert.deepEqual(own.attempts, []);
  });

  test("users without the permission cannot register devices, and invalid keys are refused", async () => {
    const phone = service.device();
    assert.equal((await ana.call("POST", DEVICES, phone.subscription)).status, 403);
    const keys = { p256dh: phone.subscription.keys.auth, auth: phone.subscription.keys.auth };
    const refusal = await luis.call("POST", DEVICES, { ...phone.subscription, keys });
    assert.deepEqual([refusal.status, refusal.body.errors[0].field], [422, "keys.p256dh"]);
    assert.deepEqual((await luis.ok("GET", DEVICES)).data, []);
  });

  test("one tenant's alerts page no device of another tenant", async () => {
    const abroad = world.person(luis.user, { tenant: "other", ...GUARD });
    const [phone, theirs] = [await device(luis), await device(abroad)];
    const id = await raise(ana);
    await phone.receives("alert.triggered", id);
    const other = await raise(world.person(ana.user, { tenant: "other" }));
    await theirs.receives("alert.triggered", other);
    const alertsOf = ({ attempts }) => new Set(attempts.map(({ message }) => message.tag));
    assert.deepEqual([alertsOf(phone), alertsOf(theirs)], [new Set([id]), new Set([other])]);
    assert.deepEqual(
      (await abroad.ok("GET", DEVICES)).data.map(({ endpoint }) => endpoint),
      [theirs.subscription.endpoint],
    );
  });

  test("a registration is renewed, moves to the device's next user, and is removed", async () => {
    const phone = await device(luis);
    const [first] = (await luis.ok("GET", DEVICES)).data;
    const again = await luis.ok("POST", DEVICES, phone.subscription);
    assert.equal(again.created_at, first.created_at);
    assert.ok(again.expires_at >= first.expires_at);
    const eva = world.person(`eva${count}`, GUARD);
    await eva.ok("POST", DEVICES, phone.subscription);
    assert.deepEqual((await luis.ok("GET", DEVICES)).data, []);
    await luis.ok("DELETE", DEVICES, { endpoint: phone.endpoint });
    assert.equal((await eva.ok("GET", DEVICES)).data.length, 1, "only its owner removes it");
    await eva.ok("DELETE", DEVICES, { endpoint: phone.endpoint });
    await eva.ok("DELETE", DEVICES, { endpoint: phone.endpoint });
    assert.deepEqual((await eva.ok("GET", DEVICES)).data, []);
  });

  test("over the limit of devices per user, the least recently renewed one is dropped", async () => {
    const phones = [];
    for (let at = 0; at < 21; at += 1) phones.push(await device(luis));
    const registered = (await luis.ok("GET", DEVICES)).data.map(({ endpoint }) => endpoint);
    assert.deepEqual(
      registered.sort(),
      phones
        .slice(1)
        .map(({ endpoint }) => endpoint)
        .sort(),
    );
  });

  test("a registration is removed after 410, and retried after 429", async () => {
    const [gone, busy] = [await device(luis), await device(luis)];
    [gone.status, busy.status] = [410, 429];
    const id = await raise(ana);
    await eventually(() => busy.attempts.length > 0, "an attempt");
    busy.status = 201;
    await busy.receives("alert.triggered", id);
    const remaining = (await luis.ok("GET", DEVICES)).data.map(({ endpoint }) => endpoint);
    assert.deepEqual(remaining, [busy.endpoint]);
    assert.equal(gone.attempts.length, 1);
  });

  test("a page is withdrawn once a guard has responded", async () => {
    const [phone, other] = [await device(luis), await device(luis)];
    phone.status = 503;
    const id = await raise(ana);
    await other.receives("alert.triggered", id);
    await eventually(() => phone.attempts.length > 0, "an attempt");
    await act(luis, id, "respond");
    await other.receives("alert.responding", id);
    const tries = () => phone.attempts.filter(({ message }) => message.data.event === "alert.triggered").length;
    const before = tries();
    phone.status = 201;
    await phone.receives("alert.responding", id);
    assert.ok(tries() <= before + 1, "one attempt may have been pending");
    assert.deepEqual(
      phone.shown.map(({ message }) => message.data.event),
      ["alert.responding"],
    );
  });

  test("pages that were not sent before a kill are sent after the restart", async () => {
    const phone = await device(luis);
    phone.status = 503;
    const id = await raise(ana);
    await eventually(() => phone.attempts.length > 0, "an attempt");
    await world.engine.kill();
    phone.status = 201;
    await phone.receives("alert.triggered", id);
  });

  test("a former guard is not paged until a newer token has the permission", async () => {
    const eva = world.person(`eva${count}`, GUARD);
    const [withdrawn, other] = [await device(luis), await device(eva)];
    await admin.ok("DELETE", `/api/security/guards/${luis.user}`);
    assert.deepEqual((await luis.ok("GET", DEVICES)).data, []);
    assert.equal((await luis.call("POST", DEVICES, withdrawn.subscription)).status, 403);
    const id = await raise(ana);
    await other.receives("alert.triggered", id);
    assert.deepEqual(withdrawn.attempts, []);
  });

  test("a push service's refusal is counted in the security status, without the device's address", async () => {
    const before = (await luis.ok("GET", "/api/security/status")).push;
    const [phone, gone] = [await device(luis), await device(luis)];
    [phone.status, gone.status] = [403, 410];
    await raise(ana);
    await eventually(() => phone.attempts.length > 0 && gone.attempts.length > 0, "both attempts");
    const refused = await eventually(async () => {
      const { push } = await luis.ok("GET", "/api/security/status");
      return push.refusals > before.refusals && push;
    }, "the refusal");
    assert.deepEqual([refused.refusals, refused.last_refusal_status], [before.refusals + 1, 403]);
    assert.deepEqual(Object.keys(refused).sort(), ["last_refusal_at", "last_refusal_status", "refusals"]);
    phone.status = 410;
  });

  test("a drill is marked in the app's language", async () => {
    const phone = await device(luis);
    await admin.ok("PATCH", "/api/admin/settings", { alerts: { language: "es" } });
    let drills = 0;
    const drill = async () => {
      drills += 1;
      const eva = world.person(`eva${count}-${drills}`, { name: "Eva", ...GUARD });
      const id = await raise(eva, { drill: true });
      const page = await phone.receives("alert.triggered", id);
      await act(eva, id, "cancel");
      return page.message.title;
    };
    // Isolates read changed settings within seconds.
    await eventually(async () => (await drill()) === "SIMULACRO: Alerta de pánico: Eva", "a drill in Spanish");
    await admin.ok("PATCH", "/api/admin/settings", { alerts: { language: null } });
  });

  test("devices whose push service hangs delay others at most once", async () => {
    const hanging = [];
    for (let at = 0; at < 12; at += 1) hanging.push(await device(luis));
    for (const phone of hanging) phone.status = 0;
    const other = await device(world.person(`eva${count}`, GUARD));
    const first = await raise(ana);
    await eventually(() => hanging.every((phone) => phone.attempts.length > 0), "an attempt for each");
    await other.receives("alert.triggered", first);
    // A second attempt proves that the first ones timed out.
    await eventually(() => hanging.some((phone) => phone.attempts.length > 1), "a second attempt");
    const bea = world.person(`bea${count}`, { name: "Bea" });
    const began = Date.now();
    await other.receives("alert.triggered", await raise(bea));
    // The request time-out is 5 s.
    assert.ok(Date.now() - began < 4_000, `${Date.now() - began} ms`);
    for (const phone of hanging) phone.status = 410;
  });

  test("[I15] a duress PIN notifies the guards' devices and none of its owner's", async () => {
    const eva = world.person(`eva${count}`, { name: "Eva", ...GUARD });
    const [phone, own] = [await device(luis), await device(eva)];
    await eva.ok("PUT", "/api/me/alert-pins", { cancel_pin: "1234", duress_pin: "9876" });
    const id = await raise(eva);
    await phone.receives("alert.triggered", id);
    await act(luis, id, "acknowledge");
    await phone.receives("alert.acknowledged", id);
    const shown = await act(eva, id, "cancel", { pin: "9876" });
    assert.equal(shown.status, "cancelled");
    const page = await phone.receives("alert.duress", id);
    assert.deepEqual([page.urgency, page.message.silent], ["high", false]);
    await act(luis, id, "resolve", { reason: "there" });
    await phone.receives("alert.resolved", id);
    assert.deepEqual(own.attempts, []);
  });

  test("1,000 devices are paged, each once", async () => {
    const phones = [];
    for (let person = 0; person < 50; person += 1) {
      const guard = world.person(`crowd${person}`, GUARD);
      const made = Array.from({ length: 20 }, () => service.device());
      await Promise.all(made.map((phone) => guard.ok("POST", DEVICES, phone.subscription)));
      phones.push(...made);
    }
    const began = Date.now();
    const id = await raise(ana);
    const paged = () => phones.filter((phone) => phone.shown.length > 0).length;
    const counted = () => {
      const reached = new Set(
        service.accepted.filter(({ message }) => message.data.alert_id === id).map((r) => r.device),
      );
      return phones.every((phone) => reached.has(phone));
    };
    await eventually(counted, "1,000 pages", 60_000);
    console.log(`1,000 devices were paged in ${Date.now() - began} ms`);
    await act(luis, id, "acknowledge");
    assert.equal(paged(), 1_000);
    const pages = service.accepted.filter(({ urgency, message }) => urgency === "high" && message.data.alert_id === id);
    const first = pages.filter(({ message }) => message.data.event === "alert.triggered");
    assert.equal(new Set(first.map(({ device }) => device)).size, first.length, "each once");
  });
});
