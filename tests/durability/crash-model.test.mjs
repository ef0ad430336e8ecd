// A short run of the crash model: users chat with every kind of client while the engine is killed, and no acknowledged event is
// lost, doubled, or out of order. `scripts/crash` runs it for any time.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Model } from "../crash/model.mjs";
import { tableOf } from "../crash/report.mjs";

const CRASH_POINTS = ["in an alert", "in a burst", "in a flush", "after an ack"];
const PEOPLE = 12;
const SEED = Number(process.env.CAMPANA_SEED ?? 20_261_126);
/** No further kill after this time, so that a slow machine finishes. */
const WITHIN_MS = 30_000;
const PATIENCE_MS = 300;

const nothing = () => {};
const inTheRoom = (model) => model.oracles[0].checkAll();
const newest = (journal, event) => {
  const seq = [...journal.events.keys()].findLast((at) => journal.events.get(at).startsWith(event));
  return { event, seq, id: journal.events.get(seq).split(" ")[1], partial: {} };
};

/** Changes of the model's or the server's state, with the violation that the oracles must report; each is undone. */
const TAMPERS = {
  "a message that the record has lost": {
    expected: /^lost: everybody: \d+ is not in the record$/,
    async tamper({ world }, journal) {
      const [{ id }] = journal.messagesAfter(0);
      const [row] = await world.rows("DELETE FROM messages WHERE id = ?1 RETURNING *", id);
      const columns = Object.keys(row);
      const places = columns.map((_, at) => `?${at + 1}`);
      const sql = `INSERT INTO messages (${columns}) VALUES (${places}) RETURNING id`;
      return () => world.rows(sql, ...Object.values(row));
    },
  },
  "a message that was acknowledged and is nowhere": {
    expected: /^lost: everybody: 1000000 is not in the history$/,
    tamper(_, journal) {
      const marker = { ...journal.markers.get("100") };
      journal.sent("100", "never sent", "text", { id: "nowhere", seq: 1_000_000 });
      return () => {
        journal.messages.delete("nowhere");
        journal.events.delete(1_000_000);
        journal.markers.set("100", marker);
      };
    },
  },
  "an event that a reader did not receive": {
    expected: /^lost: everybody: 100 is at \d+, 0 ahead of a gap of \d+$/,
    tamper({ participants }, journal) {
      const { position } = participants[0].readers.get(journal);
      const { epoch, seq } = position;
      position.startFrom(epoch, seq - 1);
      return () => position.startFrom(epoch, seq);
    },
  },
  "an event that arrived twice": {
    expected: /^doubled: everybody \d+ message.created: 100 \(native\) was told twice, at \d+$/,
    tamper({ participants }, journal) {
      participants[0].readers.get(journal).position.take(newest(journal, "message.created"));
      return nothing;
    },
  },
  "two readers who received different events": {
    expected: /^out of order: everybody \d+: 101 was told message.created another, others message.created /,
    tamper(_, journal) {
      journal.saw("101", newest(journal, "message.created").seq, "message.created", "another");
      return nothing;
    },
  },
  "an edit that is not in effect": {
    expected: /^wrong: everybody: \d+ has another text in the history$/,
    tamper(_, journal) {
      const { id, body } = journal.messagesAfter(0).find((message) => message.body !== null);
      journal.edited(id, "another text");
      return () => journal.edited(id, body);
    },
  },
  "a marker that went back": {
    expected: /^wrong: everybody: the marker of 103 is 0, not \d+ to \d+$/,
    async tamper({ world }, journal) {
      const sql = `UPDATE members SET last_read_seq = ?3 WHERE conversation_id = ?1 AND user_id = ?2 RETURNING user_id`;
      const { acknowledged } = journal.markers.get("103");
      await world.rows(sql, journal.id, "103", 0);
      return () => world.rows(sql, journal.id, "103", acknowledged);
    },
  },
  "a wrong unread count": {
    expected: /^wrong: everybody: \d+ has \d+ unread, and \d+ are$/,
    async tamper({ world }, journal) {
      const sql = "UPDATE conversations SET message_count = message_count + ?2 WHERE id = ?1 RETURNING id";
      await world.rows(sql, journal.id, 1);
      return () => world.rows(sql, journal.id, -1);
    },
  },
  "an acknowledged alert that does not exist": {
    expected: /^lost: the alert never-raised is answered with 404$/,
    look: (model) => model.alertOracle.checkAll(),
    tamper({ alertJournal }) {
      alertJournal.raised("105", "never-raised", { status: 201, body: { id: "never-raised" }, tries: 1 });
      return () => alertJournal.alerts.delete("never-raised");
    },
  },
  "a user who is online and not shown": {
    expected: /^wrong: everybody: 102 \(native\) sees 101.*, not 100,101/,
    look: (model) => model.checkPresence(),
    tamper({ participants }, journal) {
      const { online } = participants[2].readers.get(journal);
      online.delete("100");
      return () => online.add("100");
    },
  },
};

describe("the crash model", () => {
  let model, deadline;

  before(async () => {
    deadline = Date.now() + WITHIN_MS;
    model = await Model.start({ seed: SEED, people: PEOPLE });
  });
  after(() => model.stop());

  test("[I1] after each kill -9 the state is as acknowledged", async (t) => {
    t.diagnostic(`seed ${SEED}`);
    for (const [kill, moment] of CRASH_POINTS.entries())
      if (kill < 2 || Date.now() < deadline) await model.round(moment);
    await model.checkAll();
    const report = model.report();
    for (const line of tableOf(report).split("\n")) t.diagnostic(line);
    assert.deepEqual(report.violations.lines(), []);
    for (const kind of ["messages", "alerts"]) assert.ok(report.counts[kind] > 0, `no ${kind}`);
  });

  describe("its oracles", () => {
    before(() => {
      model.patience.ms = PATIENCE_MS;
    });

    for (const [fault, { expected, look = inTheRoom, tamper }] of Object.entries(TAMPERS)) {
      test(`report ${fault}`, async () => {
        model.violations.clear();
        const undo = await tamper(model, model.journals[0]);
        await look(model);
        const lines = model.violations.lines();
        await undo();
        assert.ok(
          lines.some((line) => expected.test(line)),
          lines.join("\n"),
        );
      });
    }

    test("report nothing when nothing is wrong", async () => {
      model.violations.clear();
      await model.checkAll();
      assert.deepEqual(model.violations.lines(), []);
    });
  });
});
