// Dashboards: the snapshot on connect, resume on reconnect, receipts, and that a guard without the permission receives
// nothing more.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import * as alerts from "../support/alerts.mjs";
import { ALERTS, CHANNELS, TRIGGERED, UPDATED } from "../support/alerts.mjs";
import { connect, Echo, Pusher, watch } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const LATER_MS = 5_000;
// Echo reads the global `window`.
globalThis.window = globalThis;

describe("dashboards of panic alerts", () => {
  let world, admin, ana, olga;
  const opened = [];
  let callers = 100;

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

  const dashboard = async (person, query) => {
    const socket = await alerts.dashboard(person, query);
    opened.push(socket);
    return socket;
  };
  const listening = async (person) => {
    const client = await connect(world, { person });
    opened.push(client);
    for (const channel of CHANNELS) await client.subscribe(channel);
    return client;
  };
  /** A user without earlier alerts. */
  const caller = () => {
    callers += 1;
    return world.person(`${callers}`);
  };
  const ids = (list) => list.map(({ id }) => id);
  const deliveries = async (alert) => (await ana.ok("GET", `${ALERTS}/${alert.id}/deliveries?limit=100`)).data;

  test("a dashboard receives the open alerts first, newest first", async () => {
    const [first, second, third] = [
      await alerts.raise(caller()),
      await alerts.raise(caller()),
      await alerts.raise(caller()),
    ];
    await alerts.end(ana, second);
    await alerts.actOk(ana, first, "acknowledge");
    const socket = await dashboard(ana);
    assert.deepEqual(
      socket.frames.slice(0, 2).map(({ type }) => type),
      ["welcome", "alerts"],
    );
    assert.deepEqual(
      socket.open.map(({ id, status }) => [id, status]),
      [
        [third.id, "triggered"],
        [first.id, "acknowledged"],
      ],
    );
    assert.deepEqual(socket.welcome.you.user_id, "20");
    const client = await listening(alerts.guard(world, "21"));
    for (const channel of CHANNELS) {
      const taken = await alerts.received(client, channel, UPDATED, first);
      assert.equal(taken.status, "acknowledged");
      assert.equal((await alerts.received(client, channel, TRIGGERED, third)).status, "triggered");
      assert.deepEqual(
        client.frames.filter((frame) => frame.channel === channel && frame.data?.id === second.id),
        [],
      );
    }
    await alerts.end(ana, first, third);
  });

  test("a dashboard that connects while alerts are raised receives each of them once", async () => {
    const raising = Array.from({ length: 30 }, () => alerts.raise(caller()));
    const sockets = await Promise.all(Array.from({ length: 10 }, () => dashboard(ana)));
    const raised = await Promise.all(raising);
    const last = await alerts.raise(olga);
    for (const socket of sockets) {
      await alerts.nextEvent(socket, TRIGGERED, last);
      const live = socket.frames.filter(({ event }) => event === TRIGGERED).map(({ id }) => id);
      assert.deepEqual([...ids(socket.open), ...live].toSorted(), [...ids(raised), last.id].toSorted());
      assert.equal(socket.frames[0].type, "welcome");
      assert.equal(socket.frames[1].type, "alerts");
    }
    await alerts.end(ana, last, ...raised);
  });

  test("more open alerts than fit in a frame arrive in several, and the last is marked complete", async () => {
    const raised = await Promise.all(Array.from({ length: 60 }, () => alerts.raise(caller())));
    const socket = await dashboard(ana);
    const pages = socket.frames.filter(({ type }) => type === "alerts");
    assert.deepEqual(
      pages.map(({ complete, alerts: page }) => [page.length, complete]),
      [
        [50, false],
        [10, true],
      ],
    );
    assert.deepEqual(ids(socket.open).toSorted(), ids(raised).toSorted());
    await alerts.end(ana, ...raised);
  });

  test("a reconnect with a position replays each changed alert once, in order, then live events", async () => {
    const socket = await dashboard(ana);
    const [first, second] = [await alerts.raise(caller()), await alerts.raise(caller())];
    const { epoch } = socket.welcome;
    const { seq } = await alerts.nextEvent(socket, TRIGGERED, second);
    await socket.close();
    await alerts.actOk(ana, first, "acknowledge");
    await alerts.actOk(ana, first, "respond");
    const third = await alerts.raise(caller());
    await alerts.end(ana, second);

    const check = async (back) => {
      const { head } = await back.next(({ type }) => type === "resumed", "the resumed frame");
      const missed = back.frames.filter(({ event }) => event);
      assert.deepEqual(
        missed.map(({ event, id, partial }) => [event, id, partial.status]),
        [
          [UPDATED, first.id, "responding"],
          [UPDATED, third.id, "triggered"],
          [UPDATED, second.id, "resolved"],
        ],
      );
      const positions = missed.map((frame) => frame.seq);
      assert.deepEqual(
        positions.toSorted((a, b) => a - b),
        positions,
      );
      assert.ok(positions[0] > seq && positions.at(-1) <= head);
    };
    const byAddress = await dashboard(ana, { epoch, seq });
    await check(byAddress);
    const byFrame = await dashboard(ana);
    byFrame.send({ type: "resume", epoch, seq });
    await check(byFrame);
    await alerts.end(ana, third);
    for (const socket of [byAddress, byFrame]) await alerts.nextEvent(socket, UPDATED, third, "resolved");
    await alerts.end(ana, first);
  });

  test("a position of another epoch, or from the future, gets a reset, and a malformed frame an error", async () => {
    const { epoch, head } = (await dashboard(ana)).welcome;
    for (const position of [
      { epoch: "another", seq: 0 },
      { epoch, seq: head + 1_000 },
    ]) {
      const back = await dashboard(ana, position);
      const reset = await back.next(({ type }) => type === "reset", "reset");
      assert.equal(reset.epoch, epoch);
      back.send({ type: "resume", ...position });
      await back.next(({ type }) => type === "reset", "reset, requested by a frame");
    }
    const socket = await dashboard(ana);
    for (const [frame, kind] of [
      ["{", "malformed"],
      [Buffer.from([1]), "malformed"],
      [{ type: "dance" }, "unknown-frame"],
      [{ type: "receipt", ids: [], state: "eaten" }, "unknown-frame"],
      [{ type: "receipt", ids: Array(101).fill("a"), state: "seen" }, "invalid"],
    ]) {
      socket.send(frame);
      await socket.error(kind);
    }
    socket.send("ping");
    await socket.next(({ pong }) => pong, "pong");
  });

  test("an alert's deliveries list recipients, transports and receipts", async () => {
    const [native, client] = [await dashboard(ana), await listening(alerts.guard(world, "21"))];
    const carla = alerts.guard(world, "22");
    const alert = await alerts.raise(olga, { id: 815 });
    await alerts.nextEvent(native, TRIGGERED, alert);
    await alerts.received(client, CHANNELS[0], TRIGGERED, alert);
    const steps = async () => {
      const rows = await deliveries(alert);
      const reached = ({ sent_at, delivered_at, seen_at, acknowledged_at }) =>
        [sent_at && "sent", delivered_at && "delivered", seen_at && "seen", acknowledged_at && "acknowledged"]
          .filter(Boolean)
          .join();
      return Object.fromEntries(rows.map((row) => [`${row.user_id} ${row.via}`, reached(row)]));
    };
    const until = (expected) =>
      eventually(async () => {
        const now = await steps();
        return Object.entries(expected).every(([who, reached]) => now[who] === reached);
      }, JSON.stringify(expected));
    await until({ "20 socket": "sent", "21 channel": "sent" });
    const channel = client.pusher.channel(CHANNELS[0]);
    native.send({ type: "receipt", ids: [alert.id], state: "delivered" });
    channel.trigger("client-alert.delivered", { alert_id: 815 });
    await until({ "20 socket": "sent,delivered", "21 channel": "sent,delivered" });
    native.send({ type: "receipt", ids: [alert.id, "nowhere"], state: "seen" });
    channel.trigger("client-alert.seen", { ids: ["815", "nowhere"] });
    assert.equal((await alerts.act(carla, alert, "receipts", { state: "seen" })).status, 204);
    await until({
      "20 socket": "sent,delivered,seen",
      "21 channel": "sent,delivered,seen",
      "22 http": "delivered,seen",
    });
    await alerts.actOk(ana, alert, "acknowledge");
    await until({ "20 http": "acknowledged" });
    const before = await deliveries(alert);
    native.send({ type: "receipt", ids: [alert.id], state: "seen" });
    native.send("ping");
    await native.next(({ pong }) => pong, "pong");
    assert.deepEqual(await deliveries(alert), before, "the first receipt counts");
    const clientEvents = client.frames.filter(({ event }) => event?.startsWith("client-"));
    assert.deepEqual(clientEvents, [], "receipts go to the desk only");
    assert.equal((await alerts.act(olga, alert, "receipts", { state: "seen" })).status, 403);
    await alerts.end(ana, alert);
  });

  test("a former guard receives nothing from the moment the call returns, and every action is refused", async () => {
    const ben = alerts.guard(world, "30");
    const [native, client, other] = [await dashboard(ben), await listening(ben), await dashboard(ana)];
    const alert = await alerts.raise(olga);
    await alerts.received(client, CHANNELS[1], TRIGGERED, alert);
    assert.equal((await ana.call("DELETE", "/api/security/guards/30")).status, 403, "administrators only");
    assert.equal((await admin.call("DELETE", "/api/security/guards/30")).status, 204);
    const late = await alerts.raise(caller());
    assert.equal((await native.end()).code, 4403);
    for (const channel of CHANNELS) {
      const fits = (frame) => frame.channel === channel && frame.event === "pusher:subscription_error";
      assert.equal((await client.pick(fits, `the end of ${channel}`)).data.status, 403);
    }
    await alerts.nextEvent(other, TRIGGERED, late);
    await client.subscribe("fence");
    const lateFrames = (frames) => frames.filter((frame) => (frame.id ?? frame.data?.id) === late.id);
    assert.deepEqual([lateFrames(native.frames), lateFrames(client.frames)], [[], []]);
    assert.equal((await ben.dial(`${ALERTS}/socket`).end()).code, 4403);
    assert.equal((await alerts.act(ben, late, "acknowledge")).status, 403);
    const later = await connect(world, { person: ben });
    opened.push(later);
    for (const channel of CHANNELS) assert.equal((await later.refused(channel)).status, 403);
    const [audit] = (await admin.ok("GET", "/api/admin/audits?target_id=30")).data;
    assert.equal(audit.actor_id, "admin");
    // A token issued later with the permission restores access.
    const again = alerts.guard(world, "30", { now: Date.now() + LATER_MS });
    assert.deepEqual(ids((await dashboard(again)).open).toSorted(), [alert.id, late.id].toSorted());
    await alerts.end(ana, alert, late);
  });

  test("a dashboard is closed when its token expires", async () => {
    const brief = await dashboard(alerts.guard(world, "31", { expiresIn: 2 }));
    assert.equal((await brief.end()).code, 4401);
  });

  for (const broadcaster of ["reverb", "pusher"]) {
    test(`Laravel Echo receives and confirms alerts with broadcaster: '${broadcaster}'`, async () => {
      const { hostname, port } = new URL(world.url);
      const echo = new Echo({
        broadcaster,
        Pusher,
        key: "demo-key",
        wsHost: hostname,
        wsPort: port,
        wssPort: port,
        forceTLS: false,
        enabledTransports: ["ws", "wss"],
        ...(broadcaster === "pusher" ? { cluster: "mt1" } : {}),
        authEndpoint: `${world.url}/broadcasting/auth`,
        bearerToken: alerts.guard(world, `40-${broadcaster}`).token,
      });
      opened.push(watch(world, echo.connector.pusher));
      const channel = echo.private("panic-alerts");
      await new Promise((resolve, reject) => {
        channel.subscribed(resolve);
        channel.error(reject);
      });
      const events = Object.fromEntries(
        [TRIGGERED, UPDATED].map((event) => {
          return [event, new Promise((resolve) => void channel.listen(`.${event}`, resolve))];
        }),
      );
      const alert = await alerts.raise(olga);
      const triggered = await events[TRIGGERED];
      assert.deepEqual([triggered.alert_id, triggered.status], [alert.id, "triggered"]);
      channel.whisper("alert.seen", { alert_id: alert.id });
      await eventually(
        async () => (await deliveries(alert)).some((row) => row.user_id === `40-${broadcaster}` && row.seen_at),
        "the receipt",
      );
      await alerts.end(ana, alert);
      assert.deepEqual((await events[UPDATED]).status, "resolved");
    });
  }
});
