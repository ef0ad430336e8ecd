// The owner's actions on an alert: sending locations, cancelling, and cancelling under duress.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import * as alerts from "../support/alerts.mjs";
import { ALERTS, CHANNELS, TRIGGERED, UPDATED } from "../support/alerts.mjs";
import { connect } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const PINS = { cancel_pin: "1234", duress_pin: "4321" };
const FORBIDDEN = "https://campana.dev/problems/forbidden";

describe("the owner of an alert", () => {
  let world, ana;
  const opened = [];
  let callers = 100;

  before(async () => {
    // The trail stores 2 locations a minute, so the third is left out.
    world = await startWorld({ limits: WIDE, alerts: { locations_per_minute: 2, location_decimals: 4 } });
    ana = alerts.guard(world, "20");
  });
  after(() => world.stop());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  const track = async (opening) => {
    const one = await opening;
    opened.push(one);
    return one;
  };
  const caller = async (pins) => {
    callers += 1;
    const person = world.person(`${callers}`);
    if (pins) await person.ok("PUT", "/api/me/alert-pins", pins);
    return person;
  };
  const cancel = (person, alert, pin) => alerts.act(person, alert, "cancel", { reason: "by mistake", pin });

  test("sends locations: the newest is visible immediately, and the trail is rate-limited", async () => {
    const [native, olga] = [await track(alerts.dashboard(ana)), await caller()];
    const alert = await alerts.raise(olga, { location: { lat: 4.710_988_56, lng: -74.072_092_04, string: "Lobby" } });
    const at = ({ location }) => [location.lat, location.lng, location.string];
    assert.deepEqual(at((await alerts.nextEvent(native, TRIGGERED, alert)).partial), [4.711, -74.0721, "Lobby"]);
    const places = [
      { lat: 4.712, lng: -74.073, string: "Stairs", accuracy: 4.5, source: "gps" },
      { lat: 4.713, lng: -74.074, string: "Roof", source: "network" },
    ];
    for (const place of places) {
      const moved = await alerts.actOk(olga, alert, "location", place);
      assert.deepEqual(at(moved), [place.lat, place.lng, place.string]);
      assert.deepEqual(at(await ana.ok("GET", `${ALERTS}/${alert.id}`)), [place.lat, place.lng, place.string]);
    }
    const isThere = ({ event, id, partial }) =>
      event === UPDATED && id === alert.id && partial.location.string === "Roof";
    await native.next(isThere, "the newest location, although the trail left it out");
    const old = { lat: 1, lng: 1, at: new Date(Date.parse(alert.created_at) - 60_000).toISOString() };
    assert.deepEqual(
      at(await alerts.actOk(olga, alert, "location", old)),
      [4.713, -74.074, "Roof"],
      "an older location",
    );
    for (const bad of [{ lat: 91, lng: 0 }, { lat: 0 }, { lat: 0, lng: 181 }, { lat: 0, lng: 0, altitude: 1 }]) {
      const refused = await alerts.act(olga, alert, "location", bad);
      assert.equal(refused.status, 422);
      assert.ok(!refused.text.includes("181"), "the error repeats no value");
    }
    const trail = (await ana.ok("GET", `${ALERTS}/${alert.id}/trail`)).data;
    assert.deepEqual(
      trail.map(({ number, string }) => [number, string]),
      [[1, "Lobby"]],
      "30 s have not passed",
    );
    await alerts.end(ana, alert);
    alerts.assertConflict(await alerts.act(olga, alert, "location", places[0]), alert);
  });

  test("cancels without a PIN if none is set", async () => {
    const [native, olga] = [await track(alerts.dashboard(ana)), await caller()];
    const alert = await alerts.raise(olga);
    const cancelled = await alerts.actOk(olga, alert, "cancel", { reason: "by mistake" });
    assert.deepEqual(
      [cancelled.status, cancelled.reason, String(cancelled.closed_by.id)],
      ["cancelled", "by mistake", olga.user],
    );
    assert.equal((await alerts.nextEvent(native, UPDATED, alert)).partial.status, "cancelled");
    alerts.assertConflict(await alerts.act(ana, alert, "acknowledge"), alert);
    assert.equal((await cancel(olga, alert)).status, 200, "twice");
  });

  test("sets PINs, and needs the cancel PIN to change them", async () => {
    const olga = await caller(PINS);
    assert.deepEqual(await olga.ok("GET", "/api/me/alert-pins"), { are_set: true });
    for (const current_pin of [undefined, "0000"]) {
      const refused = await olga.call("PUT", "/api/me/alert-pins", { cancel_pin: "9999", current_pin });
      assert.equal(refused.status, current_pin ? 403 : 422);
    }
    assert.equal(
      (await olga.call("PUT", "/api/me/alert-pins", { cancel_pin: "12a4", current_pin: "1234" })).status,
      422,
    );
    await olga.ok("PUT", "/api/me/alert-pins", { cancel_pin: "9999", current_pin: "1234" });
    assert.equal((await olga.call("DELETE", "/api/me/alert-pins", { current_pin: "1234" })).status, 403);
    assert.equal((await olga.call("DELETE", "/api/me/alert-pins", { current_pin: "9999" })).status, 204);
    assert.deepEqual(await olga.ok("GET", "/api/me/alert-pins"), { are_set: false });
  });

  test("has PINs that cannot be guessed by trying all", async () => {
    const olga = await caller(PINS);
    const change = (current_pin) => olga.call("PUT", "/api/me/alert-pins", { cancel_pin: "9999", current_pin });
    for (const pin of ["0001", "0002", "0003", "0004", "0005"]) assert.equal((await change(pin)).status, 403);
    for (const pin of ["0006", PINS.cancel_pin, PINS.duress_pin]) {
      const refused = await change(pin);
      assert.equal(refused.status, 429);
      assert.ok(Number(refused.headers.get("retry-after")) > 800, "15 minutes");
    }
    assert.equal((await olga.call("DELETE", "/api/me/alert-pins", { current_pin: PINS.cancel_pin })).status, 429);
    const alert = await alerts.raise(olga);
    assert.equal(
      (await cancel(olga, alert, PINS.cancel_pin)).body.status,
      "cancelled",
      "the limit does not affect cancelling",
    );
  });

  test("cancels with the right PIN only, and after too many wrong PINs only guards can close the alert", async () => {
    const [native, olga] = [await track(alerts.dashboard(ana)), await caller(PINS)];
    const first = await alerts.raise(olga);
    assert.equal((await cancel(olga, first)).status, 422, "without");
    const wrong = await cancel(olga, first, "0000");
    assert.deepEqual([wrong.status, wrong.body.type], [403, FORBIDDEN]);
    assert.equal((await alerts.nextEvent(native, UPDATED, first)).partial.wrong_pins, 1);
    assert.equal((await cancel(olga, first, "1234")).body.status, "cancelled");
    assert.deepEqual(await alerts.entryNames(ana, first), ["triggered", "wrong_pin", "cancelled"]);

    const berta = await caller(PINS);
    const second = await alerts.raise(berta);
    for (let count = 1; count <= 5; count += 1) assert.equal((await cancel(berta, second, `000${count}`)).status, 403);
    const details = new Set();
    for (const pin of ["0006", "1234", "4321"]) {
      const refused = await cancel(berta, second, pin);
      assert.equal(refused.status, 403);
      details.add(refused.body.detail);
    }
    assert.equal(details.size, 1, "the details do not reveal which PIN was right");
    assert.equal((await ana.ok("GET", `${ALERTS}/${second.id}`)).status, "triggered");
    await alerts.end(ana, second);
  });

  test("[I15] sees exactly a cancelled alert after the duress PIN, while guards see the duress", async () => {
    const story = async (pin) => {
      const person = await caller(PINS);
      const [socket, client] = [await track(person.ownChannel()), await track(connect(world, { person }))];
      await client.subscribe(`private-user.${person.user}`);
      const alert = await alerts.raise(person);
      await alerts.actOk(ana, alert, "acknowledge");
      await alerts.nextEvent(socket, UPDATED, alert, "acknowledged");
      const answer = await cancel(person, alert, pin);
      await alerts.nextEvent(socket, UPDATED, alert, "cancelled");
      await alerts.received(client, `private-user.${person.user}`, UPDATED, alert, "cancelled");
      return { person, socket, client, alert, answer };
    };
    const [native, watcher] = [await track(alerts.dashboard(ana)), await track(connect(world, { person: ana }))];
    await watcher.subscribe(CHANNELS[0]);
    const [real, duress] = [await story("1234"), await story("4321")];

    for (const seen of [
      (await alerts.nextEvent(native, UPDATED, duress.alert, "acknowledged")).partial,
      await alerts.received(watcher, CHANNELS[0], UPDATED, duress.alert, "acknowledged"),
    ]) {
      assert.equal(seen.duress, false);
    }
    for (const seen of [
      (await alerts.nextEvent(native, UPDATED, duress.alert, "acknowledged")).partial,
      await alerts.received(watcher, CHANNELS[0], UPDATED, duress.alert, "acknowledged"),
      await ana.ok("GET", `${ALERTS}/${duress.alert.id}`),
    ]) {
      assert.deepEqual([seen.status, seen.duress], ["acknowledged", true]);
    }
    // Guards continue, and the owner's views do not show it.
    await alerts.actOk(ana, duress.alert, "respond");
    const followed = { lat: 9, lng: 9, string: "Basement" };
    const moved = [];
    for (const { person, alert } of [real, duress]) moved.push(await alerts.act(person, alert, "location", followed));
    const isFollowed = async () => (await ana.ok("GET", `${ALERTS}/${duress.alert.id}`)).location.string === "Basement";
    await eventually(isFollowed, "guards to get the location");

    /** Replaces the values that differ between any two alerts. */
    const blank = ({ person, alert }, value) => {
      const text = JSON.stringify(value)
        .replaceAll(alert.id, "ID")
        .replaceAll(`"id":${person.user}`, '"id":USER')
        .replaceAll(`User ${person.user}`, "NAME")
        .replaceAll(`private-user.${person.user}`, "CHANNEL")
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
        .replaceAll(/\d+ seconds ago|just now/g, "AGO");
      assert.doesNotMatch(text, /duress/i);
      return text;
    };
    const same = (message, [one, other]) => assert.equal(blank(duress, other), blank(real, one), message);
    same("the response", [real.answer.body, duress.answer.body]);
    assert.equal(duress.answer.status, real.answer.status);
    same("the location", [moved[0].body, moved[1].body]);
    assert.deepEqual([moved[0].status, moved[1].status], [409, 409]);
    for (const [method, path, body] of [
      ["GET", ({ id }) => `${ALERTS}/${id}`],
      ["GET", ({ id }) => `${ALERTS}/${id}/timeline`],
      ["GET", ({ id }) => `${ALERTS}/${id}/deliveries`],
      ["GET", ({ id }) => `${ALERTS}/${id}/trail`],
      ["GET", () => "/api/me/alerts"],
      ["POST", ({ id }) => `${ALERTS}/${id}/cancel`, { pin: "1234" }],
      ["POST", ({ id }) => `${ALERTS}/${id}/cancel`, { pin: "7777" }],
      ["POST", ({ id }) => `${ALERTS}/${id}/cancel`, {}],
      ["POST", ({ id }) => `${ALERTS}/${id}/acknowledge`],
    ]) {
      const answers = [];
      for (const { person, alert } of [real, duress]) {
        const { status, body: answer } = await person.call(method, path(alert), body);
        answers.push({ status, answer });
      }
      same(`${method} ${path({ id: "ID" })} ${JSON.stringify(body)}`, answers);
    }
    const [entries] = [await alerts.timeline(ana, duress.alert)];
    assert.deepEqual(
      entries.map(({ what }) => what),
      ["triggered", "acknowledged", "duress", "responding"],
    );
    await alerts.end(ana, duress.alert);
    await alerts.nextEvent(native, UPDATED, duress.alert, "resolved");
    // All frames on the owners' sockets so far: a later alert on each serves as a fence.
    const received = [];
    for (const story of [real, duress]) {
      const { person, socket, client } = story;
      const next = await alerts.raise(person);
      assert.deepEqual([next.id, next.status, next.presses], [story.alert.id, "triggered", 2], "reopened");
      const isReopened = (frame) => frame.event === TRIGGERED && (frame.partial ?? frame.data)?.presses === 2;
      await socket.next(isReopened, "the reopened alert");
      await client.next(isReopened, "the reopened alert");
      const about = (frame) => frame.event && (frame.id ?? frame.data?.id) === story.alert.id;
      received.push([socket.frames.filter(about), client.frames.filter(about)]);
      // Behind the duress, guards have a new alert: they had ended the other one.
      const open = (await ana.ok("GET", `${ALERTS}?status=open&user_id=${person.user}`)).data;
      assert.deepEqual([open.length, open[0].id === next.id], [1, story === real]);
      await alerts.end(ana, ...open);
      assert.equal((await person.ok("GET", `${ALERTS}/${next.id}`)).status, "resolved");
    }
    same("their own sockets", received);
  });

  test("can press again after a duress cancellation, which reopens the alert", async () => {
    const [native, olga] = [await track(alerts.dashboard(ana)), await caller(PINS)];
    const alert = await alerts.raise(olga);
    await cancel(olga, alert, "4321");
    const again = await alerts.raise(olga, { id: alert.id });
    assert.equal(again.status, "cancelled", "a retry of the same request");
    const joined = await alerts.raise(olga);
    assert.deepEqual([joined.id, joined.status, joined.presses], [alert.id, "triggered", 2]);
    const pressed = await native.pick(
      ({ id, partial }) => id === alert.id && partial.presses === 2,
      "the second press",
    );
    assert.equal(pressed.partial.status, "triggered");
    await alerts.end(ana, alert);
  });

  test("[I13] raises a real alert while a drill of theirs is open", async () => {
    const native = await track(alerts.dashboard(ana));
    const ben = alerts.guard(world, "21");
    const drill = await alerts.raise(ben, { drill: true });
    const earnest = await alerts.raise(ben);
    assert.notEqual(drill.id, earnest.id);
    assert.equal((await alerts.nextEvent(native, TRIGGERED, drill)).partial.drill, true);
    assert.equal((await alerts.nextEvent(native, TRIGGERED, earnest)).partial.drill, false);
    const practice = async () => (await ana.ok("GET", `${ALERTS}?status=open&drill=true`)).data.map(({ id }) => id);
    await eventually(async () => (await practice()).join() === drill.id, "the drill alone");
    await alerts.end(ana, drill, earnest);
  });
});
