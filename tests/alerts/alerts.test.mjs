// A call for help on every transport: who hears of it and who does not, whatever is repeated, refused or raced.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import * as alerts from "../support/alerts.mjs";
import { ALERTS, CHANNELS, TRIGGERED, UPDATED } from "../support/alerts.mjs";
import { backend, connect } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("panic alerts", () => {
  let world, ana, ben, olga;
  let callers = 100;
  const opened = [];

  before(async () => {
    world = await startWorld({ limits: WIDE });
    [ana, ben] = ["20", "21"].map((user) => alerts.guard(world, user));
  });
  after(() => world.stop());
  // Whoever calls for help has not called before.
  beforeEach(() => {
    callers += 1;
    olga = world.person(`${callers}`);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  const dashboard = async (person, query) => {
    const socket = await alerts.dashboard(person, query);
    opened.push(socket);
    return socket;
  };
  /** A pusher-js client on the desk's channels, or others. */
  const listening = async (person, channels = CHANNELS) => {
    const client = await connect(world, { person });
    opened.push(client);
    for (const channel of channels) await client.subscribe(channel);
    return client;
  };
  const ownSocket = async (person) => {
    const socket = await person.ownChannel();
    opened.push(socket);
    return socket;
  };
  /** All that a dashboard was told of before this alert. */
  const toldBefore = async (socket, alert) => {
    const last = await alerts.nextEvent(socket, TRIGGERED, alert);
    return socket.frames.slice(0, socket.frames.indexOf(last)).filter(({ event }) => event);
  };

  for (const [what, id] of [
    ["a UUID", "0190a7c0-0000-7000-8000-00000000000a"],
    ["a number of the application's", 4711],
  ]) {
    test(`whoever watches hears of it, with ${what} for an id, exactly as row 4.1 has it`, async () => {
      const native = await dashboard(ana);
      const client = await listening(ben);
      const own = await ownSocket(olga);
      const ownChannel = `private-user.${olga.user}`;
      const ownClient = await listening(olga, [ownChannel]);
      const asked = alerts.call({ id });
      const answer = await olga.call("POST", ALERTS, asked);
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.headers.get("location"), `${ALERTS}/${id}`);
      const payload = alerts.payloadOf(olga, asked, answer.body);
      assert.deepEqual(answer.body, payload);
      const toGuards = { ...payload, duress: false, wrong_pins: 0 };
      const alert = { id: String(id) };

      const { at, seq, ...frame } = await alerts.nextEvent(native, TRIGGERED, alert);
      assert.deepEqual(frame, { event: TRIGGERED, id: alert.id, partial: toGuards });
      assert.ok(seq > native.welcome.head, `${seq} after ${native.welcome.head}`);
      assert.ok(Date.parse(at) >= Date.parse(payload.created_at));
      for (const channel of CHANNELS) {
        assert.deepEqual(await alerts.received(client, channel, TRIGGERED, alert), toGuards);
      }
      assert.deepEqual((await alerts.nextEvent(own, TRIGGERED, alert)).partial, payload);
      assert.deepEqual(await alerts.received(ownClient, ownChannel, TRIGGERED, alert), payload);
      assert.deepEqual(await ana.ok("GET", `${ALERTS}/${id}`), toGuards);

      const taken = await alerts.actOk(ana, alert, "acknowledge");
      assert.deepEqual([taken.status, taken.acknowledged_by], ["acknowledged", { id: 20, name: "User 20" }]);
      const shown = { ...taken };
      for (const name of ["duress", "wrong_pins"]) delete shown[name];
      assert.deepEqual((await alerts.nextEvent(native, UPDATED, alert)).partial, taken);
      for (const channel of CHANNELS) assert.deepEqual(await alerts.received(client, channel, UPDATED, alert), taken);
      assert.deepEqual((await alerts.nextEvent(own, UPDATED, alert)).partial, shown);
      assert.deepEqual(await alerts.received(ownClient, ownChannel, UPDATED, alert), shown);
      assert.deepEqual(await olga.ok("GET", `${ALERTS}/${id}`), shown);
      await alerts.end(ana, alert);
      const resolved = (await alerts.nextEvent(native, UPDATED, alert, "resolved")).partial;
      assert.deepEqual([resolved.closed_at, resolved.closed_by.id], [resolved.resolved_at, 20]);
    });
  }

  test("an alert of which nothing is known is an alert", async () => {
    const native = await dashboard(ana);
    const response = await fetch(world.url + ALERTS, {
      method: "POST",
      headers: { authorization: `Bearer ${olga.token}` },
    });
    assert.equal(response.status, 201);
    const alert = await response.json();
    const { partial } = await alerts.nextEvent(native, TRIGGERED, alert);
    assert.deepEqual(partial.location, { lat: null, lng: null, string: null, accuracy: null, source: null, at: null });
    assert.deepEqual(partial.apartment, { id: null, address: null });
    await alerts.end(ana, alert);
  });

  test("what cannot be used of a call is left out and named, and help comes all the same", async () => {
    const native = await dashboard(ana);
    const alert = await alerts.raise(olga, { location: { lat: 91, lng: 2, string: "Roof" }, note: null, surprise: 1 });
    const { partial } = await alerts.nextEvent(native, TRIGGERED, alert);
    assert.deepEqual([partial.location.lat, partial.note], [null, "Roof"]);
    const [first] = await alerts.timeline(ana, alert);
    assert.deepEqual(first.data.left_out.toSorted(), ["location.lat", "surprise"]);
    await alerts.end(ana, alert);
  });

  test("[I13] fifty concurrent calls with one id are one alert", async () => {
    const native = await dashboard(ana);
    const client = await listening(ben);
    const asked = alerts.call();
    const answers = await Promise.all(Array.from({ length: 50 }, () => olga.call("POST", ALERTS, asked)));
    const statuses = answers.map(({ status }) => status).toSorted();
    assert.deepEqual(statuses, [...Array(49).fill(200), 201]);
    for (const { body } of answers) assert.deepEqual([body.id, body.presses], [asked.id, 1]);
    await alerts.end(ana, asked);
    await alerts.nextEvent(native, UPDATED, asked, "resolved");
    const told = native.frames.filter((frame) => frame.id === asked.id).map(({ event }) => event);
    assert.deepEqual(told, [TRIGGERED, UPDATED]);
    for (const channel of CHANNELS) {
      await alerts.received(client, channel, UPDATED, asked, "resolved");
      const frames = client.frames.filter((frame) => frame.channel === channel && frame.data?.id === asked.id);
      assert.deepEqual(
        frames.map(({ event }) => event),
        [TRIGGERED, UPDATED],
      );
    }
    const late = await olga.call("POST", ALERTS, asked);
    assert.deepEqual([late.status, late.body.status], [200, "resolved"], "a try that comes too late begins nothing");
    assert.deepEqual(await alerts.entryNames(ana, asked), ["triggered", "resolved"]);
  });

  test("[I13] pressing again joins the same person's open alert", async () => {
    const native = await dashboard(ana);
    const first = await alerts.raise(olga);
    const again = async () => alerts.raise(olga, { note: "hurry" });
    // Presses within a second are one.
    const joined = await eventually(async () => {
      const alert = await again();
      assert.equal(alert.id, first.id);
      return alert.presses > 1 && alert;
    }, "a second press");
    assert.deepEqual([joined.presses, joined.note, joined.status], [2, "hurry", "triggered"]);
    assert.equal((await alerts.nextEvent(native, UPDATED, first)).partial.presses, 2);
    assert.deepEqual(await alerts.entryNames(ana, first), ["triggered", "pressed_again"]);
    await alerts.end(ana, first);
    const next = await alerts.raise(olga);
    assert.notEqual(next.id, first.id, "what is over stays over");
    await alerts.end(ana, next);
  });

  test("[I14] of two hundred guards who take an alert at once one has it, and the others are told who", async () => {
    const native = await dashboard(ana);
    const alert = await alerts.raise(olga);
    const guards = Array.from({ length: 200 }, (_, number) => alerts.guard(world, `${1000 + number}`));
    const answers = await Promise.all(guards.map((guard) => alerts.act(guard, alert, "acknowledge")));
    const winners = guards.filter((_, number) => answers[number].status === 200);
    assert.equal(winners.length, 1);
    const [winner] = winners;
    for (const [number, answer] of answers.entries()) {
      if (guards[number] === winner) continue;
      alerts.assertConflict(answer, alert);
      const { status, acknowledged_by } = answer.body.alert;
      assert.deepEqual([status, String(acknowledged_by.id)], ["acknowledged", winner.user]);
    }
    const twice = await alerts.act(winner, alert, "acknowledge");
    assert.deepEqual([twice.status, String(twice.body.acknowledged_by.id)], [200, winner.user]);
    await alerts.end(winner, alert);
    await alerts.nextEvent(native, UPDATED, alert, "resolved");
    const told = native.frames.filter(({ id }) => id === alert.id).map(({ partial }) => partial.status);
    assert.deepEqual(told, ["triggered", "acknowledged", "resolved"]);
    assert.deepEqual(await alerts.entryNames(ana, alert), ["triggered", "acknowledged", "resolved"]);
  });

  test("what a guard may do about it, in order, and what is too late", async () => {
    const alert = await alerts.raise(olga);
    assert.equal((await alerts.actOk(ana, alert, "respond")).status, "responding");
    alerts.assertConflict(await alerts.act(ben, alert, "respond"), alert);
    assert.equal((await alerts.act(ana, alert, "false-alarm", {})).status, 422, "what it was has to be said");
    const over = await alerts.actOk(ben, alert, "false-alarm", { reason: "a cat", note: "black" });
    assert.deepEqual([over.status, over.closed_by.id, over.reason], ["false_alarm", 21, "a cat"]);
    assert.equal((await alerts.act(ben, alert, "false-alarm", { reason: "a cat" })).status, 200, "who did it, twice");
    for (const deed of ["acknowledge", "respond", "resolve"]) {
      alerts.assertConflict(await alerts.act(ana, alert, deed, {}), alert);
    }
    assert.deepEqual(await alerts.timeline(ana, alert), [
      { what: "triggered", by: callers, data: { left_out: [] } },
      { what: "responding", by: 20, data: {} },
      { what: "false_alarm", by: 21, data: { reason: "a cat", note: "black" } },
    ]);
  });

  test("nobody else learns that there is an alert, and whoever watches hears nothing of their tries", async () => {
    const native = await dashboard(ana);
    const client = await listening(ben);
    const stranger = world.person("8");
    const abroad = alerts.guard(world, "20", { tenant: "other" });
    const alert = await alerts.raise(olga);
    const nowhere = { id: "nowhere" };
    const deeds = [
      ["acknowledge", undefined],
      ["respond", undefined],
      ["resolve", {}],
      ["false-alarm", { reason: "mine" }],
      ["cancel", {}],
      ["location", { lat: 1, lng: 2 }],
    ];
    for (const [deed, body] of deeds) {
      const isOwners = ["cancel", "location"].includes(deed);
      assert.equal((await alerts.act(stranger, alert, deed, body)).status, 404, `${deed} by a stranger`);
      assert.equal((await alerts.act(abroad, alert, deed, body)).status, 404, `${deed} by a guard of another tenant`);
      assert.equal((await alerts.act(ana, nowhere, deed, body)).status, 404, `${deed} of nothing`);
      if (isOwners) assert.ok([403, 404].includes((await alerts.act(ana, alert, deed, body)).status), deed);
      else assert.equal((await alerts.act(olga, alert, deed, body)).status, 403, `${deed} by who raised it`);
      const path = `${world.url}${ALERTS}/${alert.id}/${deed}`;
      assert.equal((await fetch(path, { method: "POST" })).status, 401, `${deed} by nobody`);
    }
    for (const part of ["", "/timeline", "/trail", "/deliveries"]) {
      for (const person of [stranger, abroad]) {
        assert.equal((await person.call("GET", `${ALERTS}/${alert.id}${part}`)).status, 404, part);
      }
      assert.equal((await fetch(`${world.url}${ALERTS}/${alert.id}${part}`)).status, 401, part);
    }
    for (const part of ["/trail", "/deliveries"]) {
      assert.equal((await olga.call("GET", `${ALERTS}/${alert.id}${part}`)).status, 403, part);
    }
    for (const path of ["", "/active"]) assert.equal((await olga.call("GET", ALERTS + path)).status, 403, path);
    assert.equal((await fetch(world.url + ALERTS, { method: "POST" })).status, 401);
    assert.equal((await olga.call("POST", ALERTS, alerts.call({ id: "no id" }))).status, 422);
    assert.equal((await stranger.call("POST", ALERTS, alerts.call({ id: alert.id }))).status, 409, "another's id");
    assert.equal(
      (await stranger.call("POST", ALERTS, alerts.call({ drill: true }))).status,
      403,
      "a drill of anybody's",
    );

    const fence = await alerts.raise(world.person("9"));
    assert.deepEqual(
      (await toldBefore(native, fence)).map(({ event, id }) => [event, id]),
      [[TRIGGERED, alert.id]],
    );
    await alerts.received(client, CHANNELS[0], TRIGGERED, fence);
    const told = client.frames.filter(({ channel, data }) => channel === CHANNELS[0] && data?.id);
    assert.deepEqual(
      told.map(({ data }) => data.id),
      [alert.id, fence.id],
    );
    await alerts.end(ana, alert, fence);
  });

  test("who may not watch is let onto no socket and no channel", async () => {
    for (const [person, code] of [
      [olga, 4403],
      [alerts.guard(world, "20", { secret: "another" }), 4401],
    ]) {
      assert.equal((await person.dial(`${ALERTS}/socket`).end()).code, code);
    }
    const client = await connect(world, { person: olga });
    opened.push(client);
    for (const channel of CHANNELS) assert.equal((await client.refused(channel)).status, 403);
  });

  test("one tenant hears nothing of another's, by any way", async () => {
    const [there, here] = [alerts.guard(world, "20", { tenant: "other" }), await dashboard(ana)];
    const abroad = await dashboard(there);
    const sign = ({ socketId, channelName }) =>
      backend(world, { appId: "2", key: "other-key", secret: "other-secret" }).authorizeChannel(socketId, channelName);
    const client = await connect(world, { key: "other-key", sign });
    opened.push(client);
    for (const channel of CHANNELS) await client.subscribe(channel);
    const own = await world.person("7", { tenant: "other" }).ownChannel();
    opened.push(own);
    const alert = await alerts.raise(olga);
    await alerts.nextEvent(here, TRIGGERED, alert);
    const theirs = await alerts.raise(world.person("7", { tenant: "other" }), { id: alert.id });
    assert.deepEqual([theirs.id, theirs.status], [alert.id, "triggered"], "ids are each tenant's own");
    const heard = (await alerts.nextEvent(abroad, TRIGGERED, theirs)).partial;
    assert.equal(heard.created_at, theirs.created_at);
    for (const channel of CHANNELS) {
      assert.equal((await alerts.received(client, channel, TRIGGERED, theirs)).created_at, theirs.created_at);
    }
    assert.equal((await alerts.nextEvent(own, TRIGGERED, theirs)).partial.created_at, theirs.created_at);
    const active = async (person) => (await person.ok("GET", `${ALERTS}/active`)).data;
    await eventually(async () => (await active(there)).length === 1, "the alert in the record");
    assert.equal((await active(there))[0].created_at, theirs.created_at);
    for (const { created_at } of (await ana.ok("GET", `${ALERTS}?status=open`)).data) {
      assert.notEqual(created_at, theirs.created_at);
    }
    await alerts.end(there, theirs);
    assert.equal((await ana.ok("GET", `${ALERTS}/${alert.id}`)).status, "triggered");
    await alerts.end(ana, alert);
  });

  test("locations are in the trail in order, at most as many as its rate allows", async () => {
    const alert = await alerts.raise(olga);
    const places = [];
    const trail = async () => (await ana.ok("GET", `${ALERTS}/${alert.id}/trail`)).data;
    await eventually(async () => {
      places.push(`Floor ${places.length}`);
      await alerts.actOk(olga, alert, "location", { lat: 1, lng: 2, string: places.at(-1) });
      return (await trail()).length === 3;
    }, "two places more");
    const [first, ...moved] = await trail();
    assert.deepEqual([first.number, first.string], [1, "Lobby"]);
    assert.deepEqual(
      moved.map(({ number, lat, lng }) => [number, lat, lng]),
      [
        [2, 1, 2],
        [3, 1, 2],
      ],
    );
    const kept = moved.map(({ string }) => places.indexOf(string));
    assert.ok(kept[0] >= 0 && kept[0] < kept[1], `${kept}`);
    // Two seconds are to pass between two places that are kept.
    assert.ok(Date.parse(moved[1].at) - Date.parse(moved[0].at) >= 1_900, "places in between were left out");
    assert.ok(places.length > 3);
    await alerts.end(ana, alert);
  });

  test("what the application's backend says on the desk's channels reaches dashboards of both kinds", async () => {
    const [native, client] = [await dashboard(ana), await listening(ben)];
    const server = backend(world);
    await server.trigger(CHANNELS, "shift.changed", { guard: "Ana" });
    for (const channel of CHANNELS) {
      assert.deepEqual(await client.received(channel, "shift.changed"), { guard: "Ana" });
      const frame = await native.pick((told) => told.channel === channel, `the event on ${channel}`);
      assert.deepEqual([frame.event, frame.data], ["shift.changed", { guard: "Ana" }]);
    }
    const { channels } = await (await server.get({ path: "/channels" })).json();
    for (const channel of CHANNELS) assert.ok(channel in channels, channel);
  });
});
