// Alerts by HTTP: the list of active alerts, request limits, which exempt alerts, and the content of the log.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as alerts from "../support/alerts.mjs";
import { ALERTS } from "../support/alerts.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("panic alerts by HTTP", () => {
  test("the list of active alerts is cached for 30 s and scoped to the tenant", async () => {
    const quiet = await startWorld({ limits: WIDE });
    try {
      const watcher = alerts.guard(quiet, "20");
      const active = async () => (await watcher.ok("GET", `${ALERTS}/active`)).data.map(({ id }) => id);
      assert.deepEqual(await active(), []);
      const alert = await alerts.raise(quiet.person("7"));
      const inRecord = () => quiet.rows("SELECT id FROM alerts WHERE id = ?1", alert.id);
      await eventually(async () => (await inRecord()).length === 1, "the alert in the record");
      assert.deepEqual(await active(), [], "the cached list");
      const { data } = await watcher.ok("GET", `${ALERTS}?status=open`);
      assert.deepEqual(
        data.map(({ id }) => id),
        [alert.id],
        "the uncached list",
      );
    } finally {
      await quiet.stop();
    }
  });

  test("the list of active alerts has the 10 newest", async () => {
    const fresh = await startWorld({ limits: WIDE });
    try {
      const raised = [];
      for (let user = 100; user < 112; user += 1) raised.push((await alerts.raise(fresh.person(`${user}`))).id);
      const count = () => fresh.rows("SELECT COUNT(*) AS n FROM alerts");
      await eventually(async () => (await count())[0].n === 12, "all in the record");
      const { data } = await alerts.guard(fresh, "20").ok("GET", `${ALERTS}/active`);
      assert.deepEqual(
        data.map(({ id }) => id),
        raised.toReversed().slice(0, 10),
      );
    } finally {
      await fresh.stop();
    }
  });

  test("[I13] request limits never refuse an alert or an action on one", async () => {
    const strict = await startWorld({ limits: { requests_per_minute: 10, app_requests_per_minute: 10 } });
    try {
      const [caller, watcher] = [strict.person("7"), alerts.guard(strict, "20")];
      for (const person of [caller, watcher]) {
        await eventually(async () => (await person.call("GET", "/api/me")).status === 429, "the limit");
      }
      const answer = await caller.call("POST", ALERTS, alerts.call());
      assert.equal(answer.status, 201);
      const actions = [
        [caller, "location", { lat: 1, lng: 2 }],
        [watcher, "acknowledge", undefined],
        [watcher, "receipts", { state: "seen" }],
        [watcher, "resolve", {}],
      ];
      for (const [person, action, body] of actions) {
        assert.ok((await alerts.act(person, answer.body, action, body)).status < 300, action);
      }
    } finally {
      await strict.stop();
    }
  });

  test("[I11] no location, address, note or PIN of an alert is in the log", async () => {
    const talkative = await startWorld({ limits: WIDE, vars: { LOG_LEVEL: "info" } });
    try {
      const [caller, watcher] = [talkative.person("7"), alerts.guard(talkative, "20")];
      await caller.ok("PUT", "/api/me/alert-pins", { cancel_pin: "271828182845", duress_pin: "314159265358" });
      const location = { lat: 41.40338, lng: 2.17403, string: "Roof garden", source: "gps" };
      const alert = await alerts.raise(caller, {
        location,
        apartment: { id: 3, address: "Hidden lane" },
        note: "hush",
      });
      const moved = { lat: 41.50449, lng: 2.28514 };
      await alerts.actOk(caller, alert, "location", moved);
      assert.equal((await alerts.act(caller, alert, "location", { lat: 741.6, lng: 2.17403 })).status, 422);
      assert.equal((await alerts.act(caller, alert, "cancel", { pin: "161803398874" })).status, 403);
      await alerts.actOk(caller, alert, "cancel", { pin: "314159265358" });
      await alerts.actOk(watcher, alert, "resolve", { reason: "a slip" });
      const inRecord = () => talkative.rows("SELECT status FROM alerts WHERE id = ?1", alert.id);
      await eventually(async () => (await inRecord())[0]?.status === "resolved", "the alert in the record");
      const log = talkative.printed.join("\n");
      assert.match(log, /api\/security\/alerts/, "the log has requests");
      const secrets = ["41.4", "2.17", "41.5", "2.28", "741.6", "Roof", "Hidden", "hush", "a slip"];
      for (const secret of [...secrets, "271828182845", "314159265358", "161803398874", caller.token]) {
        assert.equal(log.includes(secret), false, `the log contains ${secret.slice(0, 12)}`);
      }
    } finally {
      await talkative.stop();
    }
  });
});
