// Panic alerts on every transport: who receives them and who does not, with repeated, refused and concurrent requests.
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
  // Each test has a caller without earlier alerts.
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
  /** A pusher-js client on the desk's channels, or on others. */
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
  /** Events that a dashboard received before this alert. */
  const receivedBefore = async (socket, alert) => {
    const last = await alerts.nextEvent(socket, TRIGGERED, alert);
    return socket.frames.slice(0, socket.frames.indexOf(last)).filter(({ event }) => event);
  };

  for (const [kind, id] of [
    ["a UUID", "0190a7c0-0000-7000-8000-00000000000a"],
    ["a number chosen by the application", 4711],
  ]) {
    test(`guards receive an alert with ${kind} as its id, in exactly the documented shape`, async () => {
      const native = await dashboard(ana);
      const client = await listening(ben);
      const own = await ownSocket(olga);
      const ownChannel = `private-user.${olga.user}`;
      const ownClient = await listening(olga, [ownChannel]);
      const request = alerts.call({ id });
      const answer = await olga.call("POST", ALERTS, request);
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.headers.get("location"), `${ALERTS}/${id}`);
      const payload = alerts.payloadOf(olga, request, answer.body);
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

  test("a request without a body raises an alert", async () => {
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

  test("invalid fields are left out and named in the timeline, and the alert is raised", async () => {
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
    const request = alerts.call();
    const answers = await Promise.all(Array.from({ length: 50 }, () => olga.call("POST", ALERTS, request)));
    const statuses = answers.map(({ status }) => status).toSorted();
    assert.deepEqual(statuses, [...Array(49).fill(200), 201]);
    for (const { body } of answers) assert.deepEqual([body.id, body.presses], [request.id, 1]);
    await alerts.end(ana, request);
    await alerts.nextEvent(native, UPDATED, request, "resolved");
    const received = native.frames.filter((frame) => frame.id === request.id).map(({ event }) => event);
    assert.deepEqual(received, [TRIGGERED, UPDATED]);
    for (const channel of CHANNELS) {
      await alerts.received(client, channel, UPDATED, request, "resolved");
      const frames = client.frames.filter((frame) => frame.channel === channel && frame.data?.id === request.id);
      assert.deepEqual(
        frames.map(({ event }) => event),
        [TRIGGERED, UPDATED],
      );
    }
    const late = await olga.call("POST", ALERTS, request);
    assert.deepEqual([late.status, late.body.status], [200, "resolved"], "a late retry raises nothing");
    assert.deepEqual(await alerts.entryNames(ana, request), ["triggered", "resolved"]);
  });

  test("[I13] a second press joins the same user's open alert", async () => {
    const native = await dashboard(ana);
    const first = await alerts.raise(olga);
    const again = async () => alerts.raise(olga, { note: "hurry" });
    // Presses within 1 s count once.
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
    assert.notEqual(next.id, first.id, "a closed alert stays closed");
    await alerts.end(ana, next);
  });

  test("[I14] of 200 guards who acknowledge concurrently one succeeds, and the others learn who", async () => {
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
    const received = native.frames.filter(({ id }) => id === alert.id).map(({ partial }) => partial.status);
    assert.deepEqual(received, ["triggered", "acknowledged", "resolved"]);
    assert.deepEqual(await alerts.entryNames(ana, alert), ["triggered", "acknowledged", "resolved"]);
  });

  test("a guard responds and closes, and later actions conflict", async () => {
    const alert = await alerts.raise(olga);
    assert.equal((await alerts.actOk(ana, alert, "respond")).status, "responding");
    alerts.assertConflict(await alerts.act(ben, alert, "respond"), alert);
    assert.equal((await alerts.act(ana, alert, "false-alarm", {})).status, 422, "a reason is required");
    const over = await alerts.actOk(ben, alert, "false-alarm", { reason: "a cat", note: "black" });
    assert.deepEqual([over.status, over.closed_by.id, over.reason], ["false_alarm", 21, "a cat"]);
    assert.equal(
      (await alerts.act(ben, alert, "false-alarm", { reason: "a cat" })).status,
      200,
      "the same guard, repeated",
    );
    for (const action of ["acknowledge", "respond", "resolve"]) {
      alerts.assertConflict(await alerts.act(ana, alert, action, {}), alert);
    }
    assert.deepEqual(await alerts.timeline(ana, alert), [
      { what: "triggered", by: callers, data: { left_out: [] } },
      { what: "responding", by: 20, data: {} },
      { what: "false_alarm", by: 21, data: { reason: "a cat", note: "black" } },
    ]);
  });

  test("other users cannot see an alert, and guards receive nothing about their attempts", async () => {
    const native = await dashboard(ana);
    const client = await listening(ben);
    const stranger = world.person("8");
    const abroad = alerts.guard(world, "20", { tenant: "other" });
    const alert = await alerts.raise(olga);
    const nowhere = { id: "nowhere" };
    const actions = [
      ["acknowledge", undefined],
      ["respond", undefined],
      ["resolve", {}],
      ["false-alarm", { reason: "mine" }],
      ["cancel", {}],
      ["location", { lat: 1, lng: 2 }],
    ];
    for (const [action, body] of actions) {
      const isOwners = ["cancel", "location"].includes(action);
      assert.equal((await alerts.act(stranger, alert, action, body)).status, 404, `${action} by a stranger`);
      assert.equal(
        (await alerts.act(abroad, alert, action, body)).status,
        404,
        `${action} by a guard of another tenant`,
      );
      assert.equal((await alerts.act(ana, nowhere, action, body)).status, 404, `${action} of nothing`);
      if (isOwners) assert.ok([403, 404].includes((await alerts.act(ana, alert, action, body)).status), action);
      else assert.equal((await alerts.act(olga, alert, action, body)).status, 403, `${action} by the caller`);
      const path = `${world.url}${ALERTS}/${alert.id}/${action}`;
      assert.equal((await fetch(path, { method: "POST" })).status, 401, `${action} without a token`);
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
    assert.equal(
      (await stranger.call("POST", ALERTS, alerts.call({ drill: true }))).status,
      403,
      "a drill by a user who is no guard",
    );

    const fence = await alerts.raise(world.person("9"));
    assert.deepEqual(
      (await receivedBefore(native, fence)).map(({ event, id }) => [event, id]),
      [[TRIGGERED, alert.id]],
    );
    await alerts.received(client, CHANNELS[0], TRIGGERED, fence);
    const received = client.frames.filter(({ channel, data }) => channel === CHANNELS[0] && data?.id);
    assert.deepEqual(
      received.map(({ data }) => data.id),
      [alert.id, fence.id],
    );
    await alerts.end(ana, alert, fence);
  });

  test("users without the permission are refused on sockets and channels", async () => {
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

  test("one tenant receives nothing of another's alerts on any transport", async () => {
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
    assert.deepEqual([theirs.id, theirs.status], [alert.id, "triggered"], "ids are scoped to the tenant");
    const event = (await alerts.nextEvent(abroad, TRIGGERED, theirs)).partial;
    assert.equal(event.created_at, theirs.created_at);
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

  test("locations are in the trail in order, limited by the app's rate", async () => {
    const alert = await alerts.raise(olga);
    const places = [];
    const trail = async () => (await ana.ok("GET", `${ALERTS}/${alert.id}/trail`)).data;
    await eventually(async () => {
      places.push(`Floor ${places.length}`);
      await alerts.actOk(olga, alert, "location", { lat: 1, lng: 2, string: places.at(-1) });
      return (await trail()).length === 3;
    }, "two more places");
    const [first, ...moved] = await trail();
    assert.deepEqual([first.number, first.string], [1, "Lobby"]);
    assert.deepEqual(
      moved.map(({ number, lat, lng }) => [number, lat, lng]),
      [
        [2, 1, 2],
        [3, 1, 2],
      ],
    );
    const stored = moved.map(({ string }) => places.indexOf(string));
    assert.ok(stored[0] >= 0 && stored[0] < stored[1], `${stored}`);
    // The trail stores at most one location per 2 s.
    assert.ok(Date.parse(moved[1].at) - Date.parse(moved[0].at) >= 1_900, "places in between were left out");
    assert.ok(places.length > 3);
    await alerts.end(ana, alert);
  });

  test("events that the backend publishes on the desk's channels reach native and Pusher dashboards", async () => {
    const [native, client] = [await dashboard(ana), await listening(ben)];
    const server = backend(world);
    await server.trigger(CHANNELS, "shift.changed", { guard: "Ana" });
    for (const channel of CHANNELS) {
      assert.deepEqual(await client.received(channel, "shift.changed"), { guard: "Ana" });
      const frame = await native.pick((frame) => frame.channel === channel, `the event on ${channel}`);
      assert.deepEqual([frame.event, frame.data], ["shift.changed", { guard: "Ana" }]);
    }
    const { channels } = await (await server.get({ path: "/channels" })).json();
    for (const channel of CHANNELS) assert.ok(channel in channels, channel);
  });
});
