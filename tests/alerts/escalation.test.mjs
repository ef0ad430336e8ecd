// Escalation and failures: steps are on time by the engine's clock, also after `kill -9`, and alerts work while the record is
// down.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { readSchedules } from "../../scripts/lib/schedules.mjs";
import * as alerts from "../support/alerts.mjs";
import { ALERTS, CHANNELS, TRIGGERED, UPDATED } from "../support/alerts.mjs";
import { connect } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const STEP_S = 5;
const BOSS = "30";
/** The shortest steps that the API accepts. */
const POLICY = {
  steps: [
    { after_s: STEP_S, page: { groups: ["guards"] } },
    { after_s: STEP_S, page: { people: [BOSS], webhooks: true } },
  ],
  repeat: 0,
  stale_after_s: STEP_S,
};
/** Tolerance: other tests load the same machine. */
const LATE_MS = 4_000;
/** An alarm that has not fired this long after its time is lost. */
const LOST_MS = 1_500;

/** Milliseconds from one entry of a timeline to the next. */
const pauses = (entries) => entries.slice(1).map(({ at }, index) => Date.parse(at) - Date.parse(entries[index].at));

describe("escalation", { concurrency: true }, () => {
  let world, ana, ben, native;

  before(async () => {
    world = await startWorld({ limits: WIDE, alerts: { escalation: POLICY } });
    [ana, ben] = ["20", "21"].map((user) => alerts.guard(world, user));
    native = await alerts.dashboard(ana);
  });
  after(() => world.stop());

  const entries = async (alert) => (await ana.ok("GET", `${ALERTS}/${alert.id}/timeline`)).data;
  const assertOnTime = (found) => {
    for (const pause of pauses(found))
      assert.ok(pause >= STEP_S * 1_000 && pause < STEP_S * 1_000 + LATE_MS, `${pause}`);
  };

  test("steps follow each other until the policy is exhausted, and users named by a step receive the alert", async () => {
    const boss = world.person(BOSS);
    const [own, client] = [await boss.ownChannel(), await connect(world, { person: ana })];
    await client.subscribe(CHANNELS[1]);
    const alert = await alerts.raise(world.person("7"));
    for (const level of [1, 2]) {
      const fits = ({ id, partial }) => id === alert.id && partial?.escalation_level === level;
      const { partial } = await native.pick(fits, `step ${level}`);
      assert.equal(partial.status, "triggered");
      assert.equal((await alerts.received(client, CHANNELS[1], UPDATED, alert)).escalation_level, level);
    }
    const paged = (await alerts.nextEvent(own, TRIGGERED, alert)).partial;
    assert.deepEqual([paged.escalation_level, paged.duress], [2, false]);
    await eventually(async () => (await entries(alert)).length === 4, "the last step");
    const found = await entries(alert);
    assert.deepEqual(
      found.map(({ what }) => what),
      ["triggered", "escalated", "escalated", "exhausted"],
    );
    assert.deepEqual(
      found.map(({ data }) => data),
      [
        { left_out: [] },
        { level: 1, page: { groups: ["guards"] } },
        { level: 2, page: { people: [BOSS], webhooks: true } },
        {},
      ],
    );
    assertOnTime(found);
    await alerts.end(ana, alert);
    await Promise.all([own.close(), client.close()]);
  });

  test("an acknowledgement without activity lapses, and the next responder keeps the alert while active", async () => {
    const alert = await alerts.raise(world.person("8"));
    await alerts.actOk(ana, alert, "acknowledge");
    const fits = ({ id, event, partial }) =>
      id === alert.id && event === UPDATED && partial.status === "triggered" && partial.acknowledged_by === null;
    await native.pick(fits, "the lapse");
    const taken = await alerts.actOk(ben, alert, "respond");
    assert.deepEqual([taken.status, taken.acknowledged_by.id], ["responding", 21]);
    await alerts.end(ben, alert);
    const found = await entries(alert);
    assert.deepEqual(
      found.map(({ what, by }) => [what, by?.id]),
      [
        ["triggered", 8],
        ["acknowledged", 20],
        ["lapsed", 20],
        ["responding", 21],
        ["resolved", 21],
      ],
    );
    assertOnTime(found.slice(1, 3));
  });

  test("[I16] a hibernating alert desk wakes for the next step and reaches its dashboards", async () => {
    const alert = await alerts.raise(world.person("9"));
    await world.engine
      .evict("AlertDesk", "demo")
      .catch(({ message }) => assert.match(message, /not currently running/));
    const fits = ({ id, partial }) => id === alert.id && partial?.escalation_level === 1;
    await native.pick(fits, "the step");
    await alerts.end(ana, alert);
  });
});

describe("an alert, after kill -9 and without the record", () => {
  let world, ana;

  before(async () => {
    world = await startWorld({ limits: WIDE, alerts: { escalation: POLICY } });
    ana = alerts.guard(world, "20");
  });
  after(() => world.stop());

  test("[I13] after kill -9 an acknowledged alert is on every dashboard that reconnects, and escalates", async () => {
    const [before, client] = [await alerts.dashboard(ana), await connect(world, { person: ana })];
    await client.subscribe(CHANNELS[0]);
    const olga = world.person("7");
    await olga.ok("GET", "/api/me");
    const answer = await olga.call("POST", ALERTS, alerts.call());
    await world.engine.kill();
    assert.equal(answer.status, 201);
    const alert = answer.body;
    await before.end();
    const { epoch, head } = before.welcome;
    const socket = await alerts.dashboard(ana, { epoch, seq: head });
    assert.deepEqual(
      socket.open.map(({ id }) => id),
      [alert.id],
    );
    const missed = await alerts.nextEvent(socket, UPDATED, alert);
    assert.ok(missed.seq > head, "its position went on");
    const fits = ({ id, partial }) => id === alert.id && partial?.escalation_level === 1;
    await socket.pick(fits, "the first step");
    const onChannel = ({ channel, data }) =>
      channel === CHANNELS[0] && data.id === alert.id && data.escalation_level === 1;
    await client.pick(onChannel, "the first step, on a channel");
    assert.deepEqual((await olga.call("POST", ALERTS, alerts.call({ id: alert.id }))).status, 200, "a retry");
    const inRecord = () => world.rows("SELECT status FROM alerts WHERE id = ?1", alert.id);
    await eventually(async () => (await inRecord())[0]?.status === "triggered", "the alert in the record");
    await alerts.end(ana, alert);
    await Promise.all([socket.close(), client.close()]);
  });

  const steps = async (alert) => {
    const found = await world.rows(
      "SELECT what FROM alert_entries WHERE alert_id = ?1 AND what = 'escalated'",
      alert.id,
    );
    return found.length;
  };

  test("[I16] after kill -9 an alert escalates although nobody reconnects", async () => {
    const alert = await alerts.raise(world.person("8"));
    await world.engine.kill();
    await eventually(async () => (await steps(alert)) > 0, "a step in the record");
    await alerts.end(ana, alert);
  });

  test("[I16] when the platform loses a desk's alarm, the schedule finds the overdue alert and the desk escalates it", async () => {
    const alert = await alerts.raise(world.person("9"));
    const known = () => world.rows("SELECT due_at FROM alerts WHERE id = ?1", alert.id);
    await eventually(async () => (await known()).length === 1, "the alert in the record");
    await world.restart(() => world.loseAlarms("AlertDesk"));
    // Makes the alert overdue in the record, where the job looks; the desk keeps its own due time.
    await world.rows("UPDATE alerts SET due_at = due_at - 3600000 WHERE id = ?1", alert.id);
    const { cron } = readSchedules().find(({ jobs }) => jobs.includes("alerts"));
    const due = Date.parse(alert.created_at) + STEP_S * 1_000;
    await eventually(() => Date.now() > due + LOST_MS, "the step's due time");
    assert.equal(await steps(alert), 0, "nothing wakes the desk");
    await world.engine.schedule(cron);
    const line = await eventually(
      () => world.printed.find((line) => line.includes('"job":"alerts"')),
      "the job's line",
    );
    assert.equal(JSON.parse(line).purged, 1);
    await eventually(async () => (await steps(alert)) > 0, "a step in the record");
    await alerts.end(ana, alert);
  });

  test("[I13] alerts work while the record refuses every write, and are flushed to it afterwards", async () => {
    const socket = await alerts.dashboard(ana);
    const people = ["50", "51"].map((user) => world.person(user));
    const database = await world.engine.database();
    const tables = ["alerts", "alert_entries", "alert_sightings", "alert_deliveries", "users"];
    const refuse = (table, on) =>
      `CREATE TRIGGER refuse_${on}_${table} BEFORE ${on} ON ${table} BEGIN SELECT RAISE(ABORT, 'refused'); END`;
    for (const table of tables) {
      for (const on of ["INSERT", "UPDATE"]) await database.prepare(refuse(table, on)).run();
    }
    const [first, second] = await Promise.all(people.map((person) => alerts.raise(person)));
    for (const alert of [first, second]) await alerts.nextEvent(socket, TRIGGERED, alert);
    await alerts.actOk(ana, first, "acknowledge");
    await alerts.nextEvent(socket, UPDATED, first, "acknowledged");
    assert.equal((await ana.ok("GET", `${ALERTS}/${first.id}`)).status, "acknowledged");
    await alerts.end(ana, second);
    await alerts.nextEvent(socket, UPDATED, second, "resolved");
    const newcomer = await alerts.dashboard(alerts.guard(world, "52"));
    assert.deepEqual(
      newcomer.open.map(({ id }) => id),
      [first.id],
    );
    const known = () => world.rows("SELECT id, status FROM alerts WHERE id IN (?1, ?2)", first.id, second.id);
    assert.deepEqual(await known(), []);
    for (const table of tables) {
      for (const on of ["INSERT", "UPDATE"]) await database.prepare(`DROP TRIGGER refuse_${on}_${table}`).run();
    }
    await alerts.end(ana, first);
    await eventually(
      async () => (await known()).length === 2 && (await known()).every(({ status }) => status === "resolved"),
      "the record to catch up",
      60_000,
    );
    assert.deepEqual(await alerts.entryNames(ana, second), ["triggered", "resolved"]);
    const whole = await ana.ok("GET", `${ALERTS}/${first.id}/timeline`);
    assert.deepEqual(
      whole.data.map(({ number }) => number),
      whole.data.map((_, index) => index + 1),
    );
    await Promise.all([socket.close(), newcomer.close()]);
  });
});
