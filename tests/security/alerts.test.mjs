// Panic alerts under attack: owners who flood the desk, owners who are forced to cancel, and guards who raise alerts.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import * as alerts from "../support/alerts.mjs";
import { ALERTS, CHANNELS, TRIGGERED, UPDATED } from "../support/alerts.mjs";
import { PushService } from "../support/push-service.mjs";
import { connect } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const PINS = { cancel_pin: "1234", duress_pin: "4321" };
const WINDOW_MS = 1_000;
/** After the first ones, each cancellation waits for its turn. */
const ROUNDS = 50;

describe("an owner of alerts", () => {
  let world, service, ana;
  let callers = 100;
  const opened = [];

  before(async () => {
    service = await PushService.start();
    world = await startWorld({ limits: WIDE, alerts: { coalesce_s: WINDOW_MS / 1_000 } });
    ana = alerts.guard(world, "20");
  });
  after(async () => {
    await world.stop();
    service.stop();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  const track = async (opening) => {
    const one = await opening;
    opened.push(one);
    return one;
  };
  const caller = async (pins, options) => {
    callers += 1;
    const person = world.person(`${callers}`, options);
    if (pins) await person.ok("PUT", "/api/me/alert-pins", pins);
    return person;
  };
  const post = (person) => person.call("POST", ALERTS, alerts.call());
  const cancel = (person, alert, pin) => alerts.act(person, alert, "cancel", { reason: "by mistake", pin });
  const openOf = async (person) => (await ana.ok("GET", `${ALERTS}?status=open&user_id=${person.user}`)).data;
  /** Raises once the window after a cancellation is over. */
  const raiseLater = async (person, { closed_at }) => {
    const end = Date.parse(closed_at) + WINDOW_MS;
    await eventually(() => Date.now() > end, "the end of the window");
    return post(person);
  };

  test("reopens an alert soon after cancelling it, and raises another one later", async () => {
    const [olga, native, watcher] = [
      await caller(),
      await track(alerts.dashboard(ana)),
      await track(connect(world, { person: ana })),
    ];
    await watcher.subscribe(CHANNELS[0]);
    const own = await track(olga.ownChannel());
    const alert = await alerts.raise(olga);
    await alerts.actOk(ana, alert, "acknowledge");
    const cancelled = (await cancel(olga, alert)).body;
    await alerts.nextEvent(native, UPDATED, alert, "cancelled");
    const again = await post(olga);
    assert.deepEqual([again.status, again.body.id, again.body.status], [200, alert.id, "triggered"]);
    const isReopened = (frame) => {
      const seen = frame.partial ?? frame.data;
      return frame.event === TRIGGERED && seen?.presses === 2 && seen.id === alert.id && seen.status === "triggered";
    };
    for (const socket of [native, watcher, own]) await socket.next(isReopened, "the reopened alert");
    assert.ok(again.body.updated_at > cancelled.updated_at);
    assert.deepEqual(await alerts.entryNames(ana, alert), ["triggered", "acknowledged", "cancelled", "reopened"]);
    const ended = (await cancel(olga, alert)).body;
    const other = await raiseLater(olga, ended);
    assert.equal(other.status, 201);
    assert.notEqual(other.body.id, alert.id);
    await alerts.end(ana, other.body);
  });

  test("repeats of a press that joined an alert do not reopen it", async () => {
    const olga = await caller();
    const alert = await alerts.raise(olga);
    await cancel(olga, alert);
    const press = alerts.call();
    assert.equal((await olga.call("POST", ALERTS, press)).body.id, alert.id);
    await cancel(olga, alert);
    const repeated = await olga.call("POST", ALERTS, press);
    assert.deepEqual([repeated.status, repeated.body.id, repeated.body.status], [200, alert.id, "cancelled"]);
    assert.deepEqual(await openOf(olga), []);
  });

  test("[I13] who raises and cancels all the time takes no page and no event from others", async () => {
    const luis = alerts.guard(world, "flooded");
    const phone = service.device();
    await luis.ok("POST", "/api/security/push/subscriptions", phone.subscription);
    const [flooder, native] = [await caller(), await track(alerts.dashboard(ana))];
    const first = await alerts.raise(flooder);
    const others = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await cancel(flooder, first);
      const again = await post(flooder);
      assert.deepEqual([again.status, again.body.id], [200, first.id], "no call for help is refused");
      if (round % 10 === 0) others.push(await alerts.raise(await caller()));
    }
    await cancel(flooder, first);
    for (const alert of others) {
      await alerts.nextEvent(native, TRIGGERED, alert);
      await phone.receives("alert.triggered", alert.id);
    }
    await eventually(
      async () => (await ana.ok("GET", `${ALERTS}/${first.id}`)).presses === ROUNDS + 1,
      "every press is counted",
    );
    const names = await alerts.entryNames(ana, first);
    assert.ok(names.length < 60, `${names.length} entries`);
    assert.equal(names.at(-1), "cancelled");
    await alerts.nextEvent(native, UPDATED, first, "cancelled");
    await alerts.end(ana, ...others);
  });

  test("[I15] observes the same after the duress PIN as after the right one, also when they press again", async () => {
    const sockets = new Map();
    const story = async (pin) => {
      const person = await caller(PINS, { permissions: ["view_panic_alerts"] });
      const client = await track(connect(world, { person }));
      await client.subscribe(`private-user.${person.user}`);
      await client.subscribe(CHANNELS[0]);
      const [own, native] = [await track(person.ownChannel()), await track(alerts.dashboard(person))];
      sockets.set(person, [own, client, native]);
      const seen = [];
      const keep = ({ status, headers, body }) => {
        seen.push({ status, type: headers.get("content-type"), cache: headers.get("cache-control"), body });
        return body;
      };
      const look = async (...ids) => {
        for (const id of ids) {
          for (const part of ["", "/timeline", "/trail", "/deliveries"]) {
            keep(await person.call("GET", `${ALERTS}/${id}${part}`));
          }
        }
        for (const query of ["", "?status=open", "?status=cancelled", "?status=closed", "?limit=1"]) {
          const { data } = keep(
            await person.call("GET", `${ALERTS}${query}${query ? "&" : "?"}user_id=${person.user}`),
          );
          assert.ok(Array.isArray(data));
        }
        keep(await person.call("GET", "/api/me/alerts"));
        keep(await person.call("GET", "/api/me/alert-pins"));
      };
      const alert = keep(await post(person));
      keep(await alerts.act(person, alert, "acknowledge"));
      const over = keep(await cancel(person, alert, pin));
      keep(await alerts.act(person, alert, "location", { lat: 9, lng: 9 }));
      for (const again of ["1234", "4321", "7777", undefined]) keep(await cancel(person, alert, again));
      await look(alert.id);
      // Within the window, and after it.
      const reopened = keep(await post(person));
      keep(await cancel(person, alert, "0000"));
      keep(await cancel(person, alert, pin));
      const other = keep(await raiseLater(person, { closed_at: new Date().toISOString() }));
      keep(await alerts.act(person, other, "location", { lat: 8, lng: 8 }));
      const isThere = ({ partial, data }) => (partial ?? data)?.location?.lat === 8;
      for (const socket of sockets.get(person)) await socket.next(isThere, "the location");
      await look(alert.id, other.id);
      keep(
        await person.call("PUT", "/api/me/alert-pins", { cancel_pin: "5555", duress_pin: "6666", current_pin: pin }),
      );
      keep(await person.call("DELETE", "/api/me/alert-pins", { current_pin: "1234" }));
      keep(await cancel(person, other, "5555"));
      keep(await person.call("DELETE", "/api/me/alert-pins", { current_pin: "5555" }));
      await look(alert.id, other.id);
      assert.deepEqual([over.status, reopened.id, reopened.status], ["cancelled", alert.id, "triggered"]);
      assert.notEqual(other.id, alert.id);
      const isLast = (frame) => (frame.partial ?? frame.data)?.id === other.id && frame.event === UPDATED;
      const isOver = (frame) => isLast(frame) && (frame.partial ?? frame.data).status === "cancelled";
      const frames = [];
      for (const socket of sockets.get(person)) {
        await socket.next(isOver, "the last cancellation");
        const about = ({ event, partial, data }) =>
          event?.startsWith("panic-alert.") && String((partial ?? data).user.id) === person.user;
        frames.push(socket.frames.filter(about).map(({ event, partial, data }) => [event, partial ?? data]));
      }
      return { person, ids: [alert.id, other.id], seen: { seen, frames } };
    };
    const blank = ({ person, ids, seen }) => {
      const text = JSON.stringify(seen, undefined, 1)
        .replaceAll(ids[0], "ID")
        .replaceAll(ids[1], "OTHER")
        .replaceAll(`"id": ${person.user}`, '"id": USER')
        .replaceAll(`User ${person.user}`, "NAME")
        .replaceAll(/"next_cursor": "[^"]+"/g, "CURSOR")
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
        .replaceAll(/\d+ seconds? ago|just now/g, "AGO");
      assert.doesNotMatch(text, /duress/i);
      return text;
    };
    const [real, duress] = [await story("1234"), await story("4321")];
    assert.equal(blank(duress), blank(real));
    assert.deepEqual(await openOf(real.person), []);
    const open = await openOf(duress.person);
    assert.equal(open.length, 1, "guards see one alert");
    assert.deepEqual([open[0].id, open[0].duress, open[0].presses], [duress.ids[0], true, 3]);
    await alerts.end(ana, ...open);
  });

  test("who is a guard cannot take their own alert, and can end it", async () => {
    const eva = await caller(undefined, { permissions: ["view_panic_alerts"] });
    const alert = await alerts.raise(eva);
    for (const action of ["acknowledge", "respond"]) assert.equal((await alerts.act(eva, alert, action)).status, 403);
    assert.equal((await ana.ok("GET", `${ALERTS}/${alert.id}`)).acknowledged_by, null);
    await alerts.actOk(ana, alert, "acknowledge");
    assert.equal((await alerts.actOk(eva, alert, "resolve", { reason: "over" })).status, "resolved");
  });
});
