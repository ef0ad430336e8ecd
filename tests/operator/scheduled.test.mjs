// Scheduled functions, fired by the engine's trigger: they purge expired data in bounded runs and do not disturb chat.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { ROOT } from "../../scripts/lib/root.mjs";
import { readSchedules } from "../../scripts/lib/schedules.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const DAY_MS = 86_400_000;

describe("scheduled functions", () => {
  let world, ana, ben, lastRun;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    [ana, ben] = [world.person("7"), world.person("8")];
  });
  after(() => world.stop());

  /** Runs a schedule; returns the jobs' log lines by job. */
  const run = async (name) => {
    const { cron, jobs } = readSchedules().find((schedule) => schedule.name === name);
    lastRun = Math.max(Date.now(), (lastRun ?? 0) + 1);
    await world.engine.schedule(cron, lastRun);
    const mark = new Date(lastRun).toISOString();
    const lines = () => world.printed.filter((line) => line.includes(mark)).map((line) => JSON.parse(line));
    const jobLines = () => lines().filter(({ level }) => level === "info");
    await eventually(() => jobLines().length >= jobs.length, `lines about ${jobs.join(", ")}`);
    assert.deepEqual(
      jobLines().map(({ job }) => job),
      jobs,
    );
    return Object.fromEntries(jobLines().map((line) => [line.job, line]));
  };

  const set = (sql, ...params) => world.rows(sql, ...params);
  const messagesOf = async (person, conversation) => (await person.history(conversation)).data.map(({ body }) => body);
  const unread = async (person, conversation) =>
    (await person.ok("GET", `/api/chat/conversations/${conversation}`)).unread_count;
  const flushed = (conversation, seq) =>
    eventually(async () => {
      const [row] = await world.rows("SELECT last_seq FROM conversations WHERE id = ?1", conversation);
      return row.last_seq >= seq;
    }, `position ${seq} in the record`);

  const earlier = (at, ms) => new Date(Date.parse(at) - ms).toISOString();
  /** Moves an object's log entries up to a position into the past, while the object is evicted. */
  const ageLog = async (conversation, ms, upTo = 1e9) => {
    await world.engine.evict("Conversation", `demo/${conversation}`);
    for (const file of readdirSync(world.persist, { recursive: true })) {
      if (!file.endsWith(".sqlite") || !file.includes("Conversation")) continue;
      const database = new DatabaseSync(join(world.persist, file));
      try {
        const tables = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'log'").get();
        const own = tables.n && database.prepare("SELECT value FROM meta WHERE key = 'conversation_id'").get();
        if (own?.value !== conversation) continue;
        const age = database.prepare("UPDATE log SET event = json_set(event, '$.at', ?2) WHERE seq = ?1");
        for (const { seq, at } of database.prepare("SELECT seq, event ->> '$.at' AS at FROM log").all()) {
          if (seq <= upTo) age.run(seq, earlier(at, ms));
        }
        const ageChanged = database.prepare(
          "UPDATE log SET changed_row = json_set(changed_row, '$.created_at', ?2) WHERE seq = ?1",
        );
        const changed = "SELECT seq, changed_row FROM log WHERE changed_row IS NOT NULL";
        for (const { seq, changed_row } of database.prepare(changed).all()) {
          const message = JSON.parse(changed_row);
          if (message.seq <= upTo) ageChanged.run(seq, earlier(message.created_at, ms));
        }
        return;
      } finally {
        database.close();
      }
    }
    throw new Error(`no object's database for ${conversation}`);
  };
  const log = (conversation) =>
    world.objectRows(conversation, "SELECT seq FROM log ORDER BY seq").map(({ seq }) => seq);
  const texts = (conversation) =>
    world
      .objectRows(conversation, "SELECT event, changed_row FROM log ORDER BY seq")
      .map(({ event, changed_row }) => `${event}${changed_row}`)
      .join("\n");
  const makeDue = (conversation) =>
    set("UPDATE conversations SET log_due_at = CAST(?2 AS INTEGER) WHERE id = ?1", conversation, Date.now() - 1000);
  /** Raises an alert; resolves once the record has it. */
  const alertOf = async (person) => {
    const { id } = await person.ok("POST", "/api/security/alerts", { location: { lat: 1, lng: 2 } });
    await eventually(
      async () => (await world.rows("SELECT 1 FROM alert_sightings WHERE alert_id = ?1", id)).length,
      id,
    );
    return id;
  };
  const dueAt = async (conversation) =>
    (await world.rows("SELECT log_due_at FROM conversations WHERE id = ?1", conversation))[0].log_due_at;

  test("every schedule runs without work", async () => {
    for (const { name } of readSchedules()) {
      for (const line of Object.values(await run(name))) {
        assert.deepEqual([line.purged, line.failures, line.more], [0, 0, false], line.job);
      }
    }
  });

  test("an unknown cron expression is logged and does nothing", async () => {
    await world.engine.schedule("1 1 1 1 1");
    await eventually(
      () => world.printed.some((line) => line.includes("no schedule") && line.includes("1 1 1 1 1")),
      "warning",
    );
  });

  test("scripts/cron lists the schedules by name, and prints errors as one line", () => {
    const cron = (...words) => spawnSync(join(ROOT, "scripts/cron"), words, { encoding: "utf8" });
    const help = cron("--help");
    assert.equal(help.status, 0);
    for (const { name, cron: when } of readSchedules())
      assert.ok(help.stdout.includes(name) && help.stdout.includes(when));
    for (const words of [["nobody"], ["invites", "logs"], ["--nothing"]]) {
      const { status, stderr, stdout } = cron(...words);
      assert.deepEqual([status, stdout, stderr.trim().split("\n").length], [1, "", 1], stderr);
    }
  });

  test("1,000,000 expired invites are purged in bounded runs, while users chat", async () => {
    const ALL = 1_000_000;
    const MOST = 40_000;
    const room = await world.room([ana, ben], { name: "Busy" });
    await set(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < CAST(?2 AS INTEGER))
      INSERT INTO room_invites (id, tenant_id, room_id, token_hash, role, created_by, created_at, over_at)
      SELECT printf('i%09d', i), 'demo', ?1, printf('t%09d', i), 'member', 'admin', 1, 1000 + i FROM n`,
      room.id,
      ALL,
    );
    const live = `INSERT INTO room_invites (id, tenant_id, room_id, token_hash, role, created_by, created_at, over_at)
      VALUES (?1, 'demo', ?2, ?1, 'member', 'admin', 1, CAST(?3 AS INTEGER))`;
    const ends = { alive: Date.now() + DAY_MS, recent: Date.now() - 6 * DAY_MS, endless: null };
    for (const [id, end] of Object.entries(ends)) await set(live, id, room.id, end);
    const remaining = async () => (await world.rows("SELECT count(*) AS n FROM room_invites"))[0].n;

    const path = `/api/chat/rooms/${room.id}/messages`;
    let purged = 0;
    let sent = 0;
    let runs = 0;
    for (let more = true; more; runs++) {
      let over = false;
      const running = run("invites").finally(() => {
        over = true;
      });
      for (; !over || sent === 0; sent++) await ana.ok("POST", path, { body: `during ${sent}` });
      const { invites, sanctions } = await running;
      assert.ok(invites.purged <= MOST, `${invites.purged} in one run`);
      assert.ok(invites.steps + sanctions.steps <= 40);
      purged += invites.purged;
      assert.equal(await remaining(), ALL - purged + 3);
      more = invites.more;
      await ben.ok("GET", path);
    }
    assert.equal(purged, ALL);
    assert.ok(runs >= ALL / MOST, `${runs} runs`);
    const rest = await world.rows("SELECT id FROM room_invites ORDER BY id");
    assert.deepEqual(
      rest.map(({ id }) => id),
      ["alive", "endless", "recent"],
    );
    assert.equal((await run("invites")).invites.purged, 0);
  });

  test("deleted messages are purged, and unread counts do not change", async () => {
    const { conversation_id: id } = await world.room([ana, ben]);
    const chat = await ana.chat(id);
    const acks = [];
    for (const body of ["one", "two", "three", "four"]) acks.push(await chat.say(body));
    await ben.ok("POST", `/api/chat/conversations/${id}/read`, { seq: acks[1].seq });
    for (const at of [0, 1, 3]) await ana.ok("DELETE", `/api/chat/messages/${acks[at].id}`);
    await flushed(id, acks[3].seq + 3);
    assert.equal(await unread(ben, id), 1);
    assert.equal((await messagesOf(ben, id)).length, 4);
    assert.equal((await run("messages")).deleted_messages.purged, 0, "they still show as deleted");

    const then = Date.now() - 31 * DAY_MS;
    await set(
      "UPDATE messages SET deleted_at = CAST(?2 AS INTEGER) WHERE deleted_at > 0 AND conversation_id = ?1",
      id,
      then,
    );
    assert.equal((await run("messages")).deleted_messages.purged, 3);
    assert.equal(await unread(ben, id), 1);
    assert.deepEqual(await messagesOf(ben, id), ["three"]);
    await chat.say("five");
    await eventually(async () => (await unread(ben, id)) === 2, "the new one to be unread");
    await ben.ok("POST", `/api/chat/conversations/${id}/read`, {});
    assert.equal(await unread(ben, id), 0);
    await chat.close();
  });

  test("messages past an app's retention leave the record and then the object's log", async () => {
    const { conversation_id: id } = await world.room([ana, ben]);
    const reader = await ben.chat(id);
    const chat = await ana.chat(id);
    const acks = [];
    for (let i = 0; i < 6; i++) acks.push(await chat.say(`message ${i}`));
    const { epoch } = reader.welcome;
    await flushed(id, acks.at(-1).seq);
    // Changed today, regardless of when they were sent.
    await ana.ok("PUT", `/api/chat/messages/${acks[1].id}`, { body: "changed today" });
    await ana.ok("PUT", `/api/chat/messages/${acks[5].id}`, { body: "message 5, changed" });
    const last = acks.at(-1).seq + 2;
    await flushed(id, last);
    // The first 4 are 10 days old in the record and in the log.
    const border = acks[3].seq;
    await set(
      "UPDATE messages SET created_at = created_at - CAST(?3 AS INTEGER) WHERE conversation_id = ?1 AND seq <= ?2",
      id,
      border,
      10 * DAY_MS,
    );
    await set(
      `UPDATE conversations SET oldest_message_at =
        (SELECT created_at FROM messages WHERE conversation_id = ?1 ORDER BY seq LIMIT 1) WHERE id = ?1`,
      id,
    );
    await ageLog(id, 10 * DAY_MS, border);
    assert.equal((await run("messages")).old_messages.purged, 0, "without a retention setting everything is kept");

    const keep = (days) =>
      set(`UPDATE apps SET settings = json_set(settings, '$.retention', json(?1)) WHERE tenant_id = 'demo'`, days);
    await keep('{"message_days":7}');
    assert.equal(await unread(ben, id), 6);
    assert.equal((await run("messages")).old_messages.purged, 4);
    assert.equal(await unread(ben, id), 2);
    assert.deepEqual(await messagesOf(ben, id), ["message 5, changed", "message 4"]);
    assert.equal(log(id).at(0), 1, "the log still has them");
    assert.match(texts(id), /message 1.*changed today/s);

    const { logs } = await run("logs");
    assert.ok(logs.purged >= 4, `${logs.purged} events`);
    assert.equal(log(id)[0], border + 1);
    assert.doesNotMatch(texts(id), /message [0-3]|changed today/, "later changes to them are purged too");
    assert.match(texts(id), /message 4.*message 5, changed/s);
    assert.ok((await dueAt(id)) > Date.now() + 6 * DAY_MS, "it is due again when the next messages expire");
    await keep("{}");

    const late = await ben.chat(id, { epoch, seq: border - 1 });
    const reset = await late.next(({ type }) => type === "reset", "reset");
    assert.deepEqual([reset.epoch, reset.head], [epoch, last]);
    const inTime = await ben.chat(id, { epoch, seq: border });
    await inTime.until(() => inTime.events.length >= 4, "what is left");
    assert.deepEqual(
      inTime.events.map(({ seq, partial }) => [seq, partial.body]),
      [
        [border + 1, "message 4"],
        [border + 2, "message 5"],
        [border + 3, null],
        [border + 4, "message 5, changed"],
      ],
    );
    await Promise.all([chat, reader, late, inTime].map((it) => it.close()));
  });

  test("an emptied log continues at its position, also after hibernation", async () => {
    const { conversation_id: id } = await world.room([ana, ben]);
    const chat = await ana.chat(id);
    const { epoch } = chat.welcome;
    const first = await chat.say("old", "the-same-key");
    for (let i = 0; i < 1_200; i++) chat.send({ type: "send", client_msg_id: `k${i}`, body: `old ${i}` });
    const { seq: head } = await chat.say("last of them");
    await flushed(id, head);
    await ageLog(id, 31 * DAY_MS);
    await makeDue(id);
    assert.equal((await run("logs")).logs.purged, head);
    assert.deepEqual(log(id), []);
    assert.equal(await dueAt(id), null);
    assert.equal((await run("logs")).logs.purged, 0, "a second run purges nothing");

    const back = async (seq) => {
      const reader = await ben.chat(id, { epoch, seq });
      assert.equal(reader.welcome.head, head);
      return reader;
    };
    for (const asleep of [false, true]) {
      if (asleep) await world.engine.evict("Conversation", `demo/${id}`);
      const late = await back(head - 1);
      assert.equal((await late.next(({ type }) => type === "reset", "reset")).head, head);
      const upToDate = await back(head);
      upToDate.send("ping");
      await upToDate.next(({ pong }) => pong, "pong");
      assert.ok(!upToDate.frames.some(({ type, seq }) => type === "reset" || seq !== undefined), "nothing is missing");
      await Promise.all([late.close(), upToDate.close()]);
    }
    const repeated = await chat.say("old", "the-same-key");
    assert.deepEqual([repeated.id, repeated.seq], [first.id, first.seq], "a late repeat still finds the original");
    await ben.ok("POST", `/api/chat/conversations/${id}/read`, {});
    assert.equal(await unread(ben, id), 0);

    assert.equal((await chat.say("new")).seq, head + 1);
    await eventually(async () => (await unread(ben, id)) === 1, "one to be unread");
    assert.deepEqual(log(id), [head + 1]);
    const [row] = await world.rows("SELECT message_count FROM conversations WHERE id = ?1", id);
    const [{ n }] = await world.rows("SELECT count(*) AS n FROM messages WHERE conversation_id = ?1", id);
    assert.equal(row.message_count, n, "ordinals continue");
    assert.ok((await dueAt(id)) > Date.now() + 29 * DAY_MS);
    await chat.close();
  });

  test("entries that are not flushed stay in the log", async () => {
    const { conversation_id: id } = await world.room([ana, ben]);
    const chat = await ana.chat(id);
    const { seq: had } = await chat.say("in the record");
    await flushed(id, had);
    await set("ALTER TABLE messages RENAME TO messages_away");
    const { seq: lacked } = await chat.say("not there yet");
    await eventually(() => world.printed.some((line) => line.includes("conversation.record")), "a failed flush");
    await ageLog(id, 31 * DAY_MS);
    await makeDue(id);
    await run("logs");
    assert.deepEqual(log(id), [lacked]);
    const again = await dueAt(id);
    assert.ok(again > Date.now() && again < Date.now() + DAY_MS / 24, "the trim is retried soon");
    await set("ALTER TABLE messages_away RENAME TO messages");
    await flushed(id, lacked);
    await makeDue(id);
    await run("logs");
    assert.deepEqual(log(id), []);
    await chat.close();
  });

  test("a trim does not create an object, and empties the object of a deleted conversation", async () => {
    const dm = await ana.ok("POST", "/api/chat/conversations", { type: "dm", user_id: "8" });
    await makeDue(dm.id);
    const room = await world.room([ana]);
    const chat = await ana.chat(room.conversation_id);
    await flushed(room.conversation_id, (await chat.say("soon gone")).seq);
    const admin = world.person("admin", { roles: ["admin"] });
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}`);
    await chat.end();
    await ageLog(room.conversation_id, 31 * DAY_MS);
    await makeDue(room.conversation_id);
    assert.equal((await run("logs")).logs.failures, 0);
    assert.deepEqual([await dueAt(dm.id), await dueAt(room.conversation_id)], [null, null]);
    assert.throws(() => log(dm.id), /no object's database/);
    assert.deepEqual(log(room.conversation_id), []);
  });

  test("the schedule calls an overdue alert desk once, and the desk decides what is due", async () => {
    const id = await alertOf(ana);
    await set("UPDATE alerts SET due_at = CAST(?2 AS INTEGER) WHERE id = ?1", id, Date.now() - DAY_MS);
    const { purged, steps, failures, more } = (await run("presence")).alerts;
    assert.deepEqual([purged, steps, failures, more], [0, 1, 0, false], "only the record was out of date");
    assert.ok(!world.printed.some((line) => line.includes("desks_without_answer")));
    const { status, escalation_level: level } = await ana.ok("GET", `/api/security/alerts/${id}`);
    assert.deepEqual([status, level], ["triggered", 0]);
    await ana.ok("POST", `/api/security/alerts/${id}/cancel`);
  });

  test("trails are purged before their alerts, and alerts with all their rows", async () => {
    const guard = world.person("9", { permissions: ["view_panic_alerts"] });
    const [young, middle, old] = [await alertOf(ana), await alertOf(ben), await alertOf(guard)];
    for (const [person, id] of [
      [ana, young],
      [ben, middle],
      [guard, old],
    ]) {
      await person.ok("POST", `/api/security/alerts/${id}/cancel`);
    }
    await guard.ok("GET", "/api/security/alerts");
    for (const [id, days] of [
      [middle, 40],
      [old, 1_900],
    ]) {
      await set("UPDATE alerts SET closed_at = CAST(?2 AS INTEGER) WHERE id = ?1", id, Date.now() - days * DAY_MS);
    }
    const done = await run("audits");
    assert.deepEqual([done.old_trails.failures, done.old_alerts.failures], [0, 0]);
    const exist = async (table, column = "alert_id") => {
      const rows = await world.rows(`SELECT DISTINCT ${column} AS id FROM ${table} WHERE tenant_id = 'demo'`);
      return [young, middle, old].map((id) => rows.some((row) => row.id === id));
    };
    assert.deepEqual(await exist("alerts", "id"), [true, true, false]);
    assert.deepEqual(await exist("alert_entries"), [true, true, false]);
    assert.deepEqual(await exist("alert_sightings"), [true, false, false]);
    await assert.rejects(set("DELETE FROM alert_entries WHERE alert_id = ?1", middle), /a timeline is kept/);
    const { data } = await guard.ok("GET", `/api/security/alerts/${middle}/timeline`);
    assert.deepEqual(
      data.map(({ what }) => what),
      ["triggered", "cancelled"],
    );
  });
});
