// Erasure of a user on the real engine: connections close, members get the deletions in order and after a resume, nothing of the user is
// left in the record, the objects and the store, and a later identity with the same id is empty.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { ROOT } from "../../scripts/lib/root.mjs";
import { readSchedules } from "../../scripts/lib/schedules.mjs";
import { actOk, call, guard, raise } from "../support/alerts.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

/** What an identity of before may still write is erased too, until so long after the request. */
const SETTLING_MS = 10_000;
const WORD = "xylophone";
const run = promisify(execFile);
const { cron } = readSchedules().find(({ name }) => name === "presence");

describe("erasure of a user", () => {
  let world, admin, ben, carla;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("1", { roles: ["admin"] });
    [ben, carla] = [world.person("8", { name: "Ben" }), world.person("9", { name: "Carla" })];
    for (const person of [admin, ben, carla]) await person.ok("GET", "/api/me");
  });
  after(() => world.stop());

  const path = (person) => `/api/admin/users/${person.user}`;
  const go = async () => {
    await world.engine.schedule(cron, Date.now());
  };
  const ended = (person) =>
    eventually(
      async () => {
        await go();
        const { status } = await admin.ok("DELETE", path(person));
        return status === "ended";
      },
      "the end of the erasure",
      60_000,
    );
  /** Rows of all tables of the record with a text, as their tables' names. */
  const tablesWith = async (text) => {
    const tables = await world.rows(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
    );
    const found = [];
    for (const { name } of tables) {
      const rows = await world.rows(`SELECT * FROM "${name}"`);
      if (rows.some((row) => JSON.stringify(row).includes(text))) found.push(name);
    }
    return found;
  };

  test("members learn of it, nothing is left, and a later identity is empty", async () => {
    const ana = world.person("7", { name: "Ana Xenia" });
    const room = await world.room([ana, ben], { name: "Lobby" });
    const { conversation_id } = room;
    const messages = `/api/chat/conversations/${conversation_id}/messages`;
    const dm = await ana.ok("POST", "/api/chat/conversations", { type: "dm", user_id: "8" });
    const file = await ana.upload(WORD, `${WORD}.txt`);
    const first = await ana.ok("POST", messages, { body: `${WORD} one`, attachments: [file.id] });
    const answer = await ben.ok("POST", messages, { body: "an answer", quote_id: first.id });
    await ana.ok("POST", messages, { body: WORD, parent_id: answer.id });
    await ana.ok("POST", `/api/chat/conversations/${dm.id}/messages`, { body: WORD });
    await ana.ok("PUT", `/api/chat/conversations/${conversation_id}/draft`, { body: WORD, rev: 1 });
    await eventually(async () => {
      const { data } = await ben.ok("GET", `/api/chat/search?q=${WORD}`);
      return data.length === 3;
    }, "the messages in the index");
    const [tab, own] = [await ana.chat(conversation_id), await ana.ownChannel()];
    const listener = await ben.chat(conversation_id);
    const behind = await ben.chat(conversation_id);
    const position = { epoch: behind.welcome.epoch, seq: behind.welcome.head };
    await behind.close();

    assert.equal((await ben.call("DELETE", path(ana))).status, 403);
    assert.equal(
      (await world.person("1", { tenant: "other", roles: ["admin"] }).call("DELETE", path(ana))).status,
      404,
    );
    const begun = await admin.call("DELETE", path(ana), { reason: "asked for it" });
    assert.deepEqual([begun.status, begun.body.status], [202, "pending"]);
    const refusal = await eventually(async () => {
      const answer = await ana.call("GET", "/api/me");
      return answer.status === 401 && answer;
    }, "the refusal of the token");
    assert.match(refusal.body.type, /unauthenticated$/);
    await Promise.all([tab.end(), own.end()]);

    const deleted = await listener.pick(
      ({ event, id }) => event === "message.deleted" && id === first.id,
      "the deletion",
    );
    assert.deepEqual([deleted.partial.body, deleted.partial.sender_name, deleted.partial.attachments], [null, "7", []]);
    await listener.pick(({ event, id }) => event === "member.left" && id === "7", "the end of the membership");
    const resumed = await ben.chat(conversation_id, position);
    const replayed = await resumed.pick(({ event, id }) => event === "member.left" && id === "7", "the replay");
    const seqs = resumed.frames.map(({ seq }) => seq).filter((seq) => seq !== undefined);
    const expected = Array.from({ length: seqs.length }, (_, n) => position.seq + 1 + n);
    assert.deepEqual(seqs, expected, "no gap");
    assert.ok(replayed.seq >= deleted.seq);
    const early = await ben.chat(conversation_id, { epoch: position.epoch, seq: 0 });
    await early.pick(({ event, id }) => event === "member.left" && id === "7", "the replay from the beginning");
    assert.doesNotMatch(JSON.stringify(early.frames), /xylophone|Xenia/);

    await wait(Math.max(0, Date.parse(begun.body.requested_at) + SETTLING_MS + 500 - Date.now()));
    await ended(ana);
    const state = await admin.call("DELETE", path(ana));
    assert.deepEqual([state.status, state.body.messages, state.body.files], [200, 3, 1]);
    for (const text of [WORD, "Xenia"]) assert.deepEqual(await tablesWith(text), [], text);
    for (const id of [conversation_id, dm.id]) {
      for (const row of world.objectRows(id, "SELECT event, changed_row, client_msg_id FROM log")) {
        assert.doesNotMatch(JSON.stringify(row), /xylophone|Xenia/);
      }
    }
    assert.equal((await ben.call("GET", file.url)).status, 404);
    assert.deepEqual((await ben.ok("GET", `/api/chat/search?q=${WORD}`)).data, []);
    assert.deepEqual((await ben.ok("GET", "/api/chat/users?q=xenia")).data, []);
    assert.equal((await ben.ok("GET", "/api/chat/users/7")).name, "7");
    const shown = (await ben.history(conversation_id)).data.find(({ id }) => id === answer.id);
    assert.deepEqual([shown.reply_count, shown.quote.body, shown.quote.sender_name], [0, null, "7"]);
    const audits = await admin.ok("GET", "/api/admin/audits?action=user.erased");
    assert.deepEqual(
      audits.data.map(({ actor_id, target_id }) => [actor_id, target_id]),
      [["1", "7"]],
    );

    const again = world.person("7", { name: "Anabel" });
    assert.equal((await again.ok("GET", "/api/me")).name, "Anabel");
    assert.deepEqual(
      (await again.ok("GET", "/api/chat/conversations")).data.filter(({ type }) => type === "dm"),
      [],
    );
    assert.equal((await again.call("GET", `/api/chat/conversations/${dm.id}/messages`)).status, 404);
    await go();
    assert.equal((await again.ok("GET", "/api/me")).name, "Anabel", "an erasure that has ended erases nothing later");
    for (const chat of [listener, resumed, early]) await chat.close();
  });

  test("an open alert goes on until guards end it, and is blanked then", async () => {
    const dora = world.person("10", { name: "Dora Xenia" });
    const watch = guard(world, "guard");
    const alert = await raise(dora, call({ note: WORD }));
    // She is known by the alert only.
    const begun = await eventually(async () => {
      const answer = await admin.call("DELETE", path(dora));
      return answer.status !== 404 && answer;
    }, "the alert in the record");
    assert.deepEqual([begun.status, begun.body.waits_for_alert], [202, true]);
    await wait(SETTLING_MS + 500);
    await go();
    const seen = await watch.ok("GET", `/api/security/alerts/${alert.id}`);
    assert.deepEqual([seen.user.name, seen.note], ["Dora Xenia", WORD], "guards see whom to help");
    assert.equal((await dora.call("POST", `/api/security/alerts/${alert.id}/cancel`, {})).status, 401);
    await actOk(watch, alert, "acknowledge");
    await actOk(watch, alert, "resolve", { reason: "attended to", note: WORD });
    await world.rows("UPDATE erasures SET next_at = 0 WHERE user_id = '10'");
    await eventually(async () => {
      await world.rows("UPDATE erasures SET next_at = 0 WHERE user_id = '10' AND ended_at IS NULL");
      await go();
      return (await admin.ok("DELETE", path(dora))).status === "ended";
    }, "the end of the erasure");
    const blank = await watch.ok("GET", `/api/security/alerts/${alert.id}`);
    assert.deepEqual([blank.user, blank.note, blank.location.lat], [{ id: 10, name: "10" }, null, null]);
    const { data } = await watch.ok("GET", `/api/security/alerts/${alert.id}/timeline`);
    assert.doesNotMatch(JSON.stringify(data), /xylophone|Xenia/);
    for (const text of [WORD, "Xenia"]) assert.deepEqual(await tablesWith(text), [], text);
  });

  test("scripts/erase waits until the user is erased", async () => {
    const eva = world.person("11", { name: "Eva Xenia" });
    await world.room([eva], { name: "Hall" });
    const options = ["--user", "11", "--reason", "by the script", "--state", world.persist, "--edge", world.url];
    const script = run(join(ROOT, "scripts/erase"), ["1", ...options], { cwd: ROOT });
    let isOver = false;
    const over = script.finally(() => {
      isOver = true;
    });
    await eventually(async () => {
      await go();
      return isOver;
    }, "the end of the script");
    assert.match((await over).stdout, /the user is erased\n$/);
    const { data } = await admin.ok("GET", "/api/admin/audits?action=user.erased&target_id=11");
    assert.deepEqual(
      data.map(({ actor_id, reason }) => [actor_id, reason]),
      [["campana-operator", "by the script"]],
    );
    assert.deepEqual(await tablesWith("Xenia"), []);
    const failing = run(join(ROOT, "scripts/erase"), ["1", "--user", "nobody", ...options.slice(2)], { cwd: ROOT });
    await assert.rejects(failing, /does not exist/);
  });
});
