// Metrics over all isolates: counters never fall, also when the engine restarts; Prometheus' own check accepts the page.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { connect, wire } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

/** Why `promtool` cannot be run here, or false. */
function promtoolIsMissing() {
  const found = spawnSync("promtool", ["--version"]).error === undefined;
  return found ? false : (process.env.CAMPANA_NO_PROMTOOL ?? "promtool is not installed (Debian's package prometheus)");
}

describe("metrics", () => {
  let world, admin, ana, ben, room;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("1", { roles: ["admin"] });
    [ana, ben] = [world.person("7"), world.person("8")];
    room = await world.room([ana, ben]);
  });
  after(() => world.stop());

  const page = async () => (await admin.call("GET", "/metrics")).text;

  /** Values of counters and of the parts of histograms, by series. */
  async function counters() {
    const samples = (await page()).matchAll(/^(\w+_(?:total|bucket|sum|count)\{.*\}) (\S+)$/gm);
    return new Map([...samples].map(([, series, value]) => [series, Number(value)]));
  }

  /** A series of the app, as it is printed. */
  const seriesOf = (name, labels) => {
    const all = Object.entries({ app: "1", ...labels }).map(([label, value]) => `${label}="${value}"`);
    return `${name}{${all.join(",")}}`;
  };

  const counted = async (name, labels) => (await counters()).get(seriesOf(name, labels));

  const reaches = (name, labels, least) =>
    eventually(async () => (await counted(name, labels)) >= least, `${name} ${JSON.stringify(labels)} of ${least}`);

  function assertNotBelow(now, then) {
    for (const [series, value] of then)
      assert.ok(now.get(series) >= value, `${series}: ${value}, then ${now.get(series)}`);
  }

  test("what happens in functions and objects is counted", async () => {
    const chat = await ana.chat(room.conversation_id);
    const client = await wire(world);
    const pusher = await connect(world, { person: ben });
    await pusher.subscribe(`presence-room.${room.id}`);
    for (let i = 0; i < 3; i += 1) await chat.say(`line ${i}`);
    await reaches("campana_http_requests_total", { method: "POST", endpoint: "/api/chat/rooms", status: "2xx" }, 1);
    await reaches("campana_feature_uses_total", { feature: "room_messages" }, 3);
    await reaches("campana_feature_uses_total", { feature: "presence_subscriptions" }, 1);
    await reaches("campana_delivery_duration_seconds_count", { object: "gateway" }, 1);
    await reaches("campana_connections_opened_total", { kind: "room" }, 1);
    await reaches("campana_connections_opened_total", { kind: "gateway" }, 1);
    await chat.close();
    await client.close();
    await reaches("campana_connections_closed_total", { kind: "room", code: "client" }, 1);
    await reaches("campana_connections_closed_total", { kind: "gateway", code: "client" }, 1);
    const values = await counters();
    for (const histogram of ["delivery", "record_flush"]) {
      const count = seriesOf(`campana_${histogram}_duration_seconds_count`, { object: "conversation" });
      assert.ok(values.get(count) > 0, histogram);
    }
    assert.match(await page(), /^campana_active_people\{app="1",window="day"\} [2-9]/m);
  });

  test("counters do not fall when the engine is killed", async () => {
    const labels = { method: "GET", endpoint: "/api/me", status: "2xx" };
    for (let i = 0; i < 5; i += 1) await ana.ok("GET", "/api/me");
    await reaches("campana_http_requests_total", labels, 5);
    const then = await counters();
    await world.engine.kill();
    const afterwards = await counters();
    assertNotBelow(afterwards, then);
    await ben.ok("GET", "/api/me");
    const known = then.get(seriesOf("campana_http_requests_total", labels));
    await reaches("campana_http_requests_total", labels, known + 1);
    assertNotBelow(await counters(), afterwards);
  });

  test("series answer minutes", async () => {
    const { metric, values } = await admin.ok("GET", "/api/admin/series?metric=requests&minutes=1440");
    assert.deepEqual([metric, values.length], ["requests", 1_440]);
    assert.ok(values.slice(-5).reduce((sum, value) => sum + value) > 0, "requests of the last minutes");
    assert.equal((await admin.call("GET", "/api/admin/series?metric=invented")).status, 422);
    assert.equal((await ana.call("GET", "/api/admin/series?metric=requests")).status, 403);
  });

  test("promtool accepts the page", { skip: promtoolIsMissing() }, async () => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: await page() });
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
});
