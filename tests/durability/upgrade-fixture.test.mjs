// The data of an earlier release, recorded by tests/fixtures/record.mjs, is complete after an upgrade: D1 and each table set of
// objects.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as alerts from "../support/alerts.mjs";
import { wire } from "../support/pusher.mjs";
import { Receiver } from "../support/receiver.mjs";
import { eventually, openWorld } from "../support/world.mjs";

const FIXTURES = join(import.meta.dirname, "../fixtures");
/** Table sets of objects: a class that has it, a table of its first step, the key of its version, and its current step. */
const TABLE_SETS = [
  ["Conversation", "log", "tables", 7],
  // Created by the first message in slow mode.
  ["Conversation", "slow_mode_sends", "slow_mode_tables", 1],
  // Created by the first person who hides their presence.
  ["Conversation", "hidden_people", "hidden_people_tables", 1],
  // Created by the first message with a link that is looked at.
  ["Conversation", "link_jobs", "link_preview_tables", 1],
  // Created by the first scheduled message.
  ["Conversation", "scheduled", "scheduled_tables", 1],
  ["QuotaRegistry", "leases", "tables", 4],
  ["AlertDesk", "alerts", "tables", 2],
  ["Pager", "jobs", "tables", 3],
  ["Channel", "listening", "hosting_tables", 2],
  // One step so far, so a missing version is valid.
  ["Channel", "meta", "channel_tables", 1],
  ["Channel", "happenings", "herald_tables", 1],
  ["QuotaRegistry", "metric_sources", "metrics_tables", 1],
  ["Gateway", "targets", "gateway_tables", 2],
  ["Webhooks", "ready", "webhooks_tables", 3],
  ["ChatPush", "jobs", "tables", 1],
  ["ChatPush", "announcements", "announcement_tables", 1],
  ["Search", "texts", "tables", 1],
  ["ResumableUpload", "upload", "tables", 1],
];

for (const release of ["release-2026-11"]) {
  describe(`the data of ${release}`, () => {
    let world, receiver, expected, admin, ana, bo, guard;

    before(async () => {
      const folder = join(FIXTURES, release);
      expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
      receiver = await Receiver.start();
      world = await openWorld(folder, (world) => {
        // The recorded receiver does not exist any more, and devices and cached events have expired.
        const moved = `'${expected.webhooks}', '${receiver.url}'`;
        world.changeObjects("D1", "apps", [`UPDATE apps SET webhooks = REPLACE(webhooks, ${moved})`]);
        world.changeObjects("Webhooks", "endpoints", [`UPDATE endpoints SET url = REPLACE(url, ${moved})`]);
        world.changeObjects("Channel", "cached", [`UPDATE cached SET until = ${Date.now() + 600_000}`]);
        world.changeObjects("Pager", "devices", [`UPDATE devices SET expires_at = ${Date.now() + 600_000}`]);
        world.changeObjects("D1", "cached_channels", [
          `UPDATE cached_channels SET kept_until = ${Date.now() + 600_000}`,
        ]);
      });
      admin = world.person("1", { roles: ["admin"] });
      [ana, bo] = [world.person("7"), world.person("8")];
      guard = alerts.guard(world, "20");
    });
    after(async () => {
      await world?.stop();
      receiver.stop();
    });

    test("messages, their edits and deletions, and their client ids", async () => {
      const { data } = await ana.history(expected.conversation);
      assert.deepEqual(
        data.map(({ body, edited_at, deleted_at }) => [body, edited_at !== null, deleted_at !== null]),
        [
          [null, false, true],
          ["edited", true, false],
          ["kept", false, false],
        ],
      );
      assert.deepEqual([data[2].id, data[2].metadata], [expected.message, { key: "value" }]);
      const path = `/api/chat/rooms/${expected.room}/messages`;
      const again = await ana.ok("POST", path, { body: "kept", client_msg_id: "kept-1", metadata: { key: "value" } });
      assert.equal(again.id, expected.message);
    });

    test("positions: a client that resumes gets exactly the missed events", async () => {
      const chat = await ana.chat(expected.conversation, { epoch: expected.epoch, seq: 0 });
      await chat.until((frames) => frames.some(({ seq }) => seq === expected.head), "the newest event");
      assert.equal(chat.welcome.epoch, expected.epoch);
      const seqs = chat.events.map(({ seq }) => seq);
      assert.deepEqual(
        seqs,
        Array.from({ length: chat.welcome.head }, (_, at) => at + 1),
      );
      await chat.close();
    });

    test("members, mutes and bans", async () => {
      const { data } = await ana.ok("GET", `/api/chat/rooms/${expected.room}/members`);
      const reads = new Map(data.map(({ user_id, last_read_seq }) => [user_id, last_read_seq]));
      assert.ok(reads.get("8") > 0);
      const refused = await bo.call("POST", `/api/chat/rooms/${expected.room}/messages`, { body: "muted" });
      assert.equal(refused.status, 403);
      const banned = await world.person("9").call("POST", `/api/chat/rooms/${expected.room}/join`);
      assert.equal(banned.status, 403);
      const joined = await world.person("10").call("POST", `/api/chat/invites/${expected.invite}/accept`);
      assert.equal(joined.status, 201, joined.text);
      const actions = (await admin.ok("GET", "/api/admin/audits")).data.map(({ action }) => action);
      for (const action of ["member.muted", "member.banned"]) assert.ok(actions.includes(action), actions.join());
    });

    test("other conversations", async () => {
      const { data } = await bo.ok("GET", "/api/chat/conversations");
      assert.equal(data.find(({ id }) => id === expected.dm).last_message.body, "between us");
      assert.equal((await bo.history(expected.dm)).data[0].body, "between us");
      const general = await ana.ok("GET", "/api/chat/messages");
      assert.equal(general.data.at(-1).body, "to everybody");
      const total = async () => (await admin.ok("GET", "/api/admin/stats")).messages_total;
      await eventually(async () => (await total()) === 5, "the quota registry's count");
    });

    test("alerts, their timelines, and their owners' PINs", async () => {
      const dashboard = await alerts.dashboard(guard);
      assert.deepEqual(
        dashboard.open.map(({ id, location }) => [id, location.string]),
        [[expected.open, "Garden"]],
      );
      const names = await alerts.entryNames(guard, { id: expected.closed });
      assert.deepEqual([names[0], names.at(-1)], ["triggered", "resolved"]);
      const trail = await guard.ok("GET", `${alerts.ALERTS}/${expected.open}/trail`);
      assert.ok(trail.data.some(({ string }) => string === "Lobby"));
      const cancel = (pin) => alerts.act(ana, { id: expected.open }, "cancel", { reason: "by mistake", pin });
      assert.notEqual((await cancel("0000")).status, 200);
      assert.equal((await cancel("1234")).status, 200);
      await dashboard.close();
    });

    test("devices and webhooks of alerts", async () => {
      const devices = await guard.ok("GET", "/api/security/push/subscriptions");
      assert.equal(devices.data.length, 1, JSON.stringify(devices.data));
      const hooks = await admin.ok("GET", "/api/admin/alert-webhooks");
      assert.deepEqual(
        hooks.data.map(({ id }) => id),
        [expected.hook],
      );
    });

    test("undelivered webhook events, in the webhooks object or still in an outbox", async () => {
      await receiver.until((events) => events.some(({ channel }) => channel === "presence-late"), "the late channel");
      for (const channel of ["presence-lobby", "presence-late"]) {
        assert.deepEqual(receiver.of(channel).slice(0, 2), [
          { name: "channel_occupied" },
          { name: "member_added", user_id: "7" },
        ]);
      }
    });

    test("the last event of a channel", async () => {
      const client = await wire(world);
      await client.subscribe("cache-scores");
      assert.deepEqual(await client.received("cache-scores", "goal"), { score: 3 });
      await client.close();
    });

    test("every table set is at its newest step", async () => {
      await ana.ok("POST", `/api/chat/rooms/${expected.room}/messages`, { body: "to be sure" });
      for (const [className, table, key, steps] of TABLE_SETS) {
        const versions = () =>
          world
            .rowsOfObjects(className, table, `SELECT value FROM meta WHERE key = '${key}'`)
            .map(({ value }) => value);
        const isNewest = (all) => (all.length > 0 || steps === 1) && all.every((value) => value === String(steps));
        await eventually(() => isNewest(versions()), `${className} ${key} of ${steps}`);
      }
    });
  });
}
