// scripts/verify finds counts that differ from the messages. Every other test file checks that there are none, when it ends.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { ROOT } from "../../scripts/lib/root.mjs";
import { startWorld } from "../support/world.mjs";

describe("scripts/verify", () => {
  let folder, record, root;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-verify-"));
    record = join(folder, "record.sqlite");
    const world = await startWorld();
    const [ana, ben] = ["7", "8"].map((user) => world.person(user, { name: `Person ${user}` }));
    const room = await world.room([ana, ben]);
    const path = `/api/chat/conversations/${room.conversation_id}`;
    root = await ana.ok("POST", `${path}/messages`, { body: "hello @[8]" });
    await ben.ok(
      "PUT",
      `/api/chat/messages/${root.id}/reactions/%F0%9F%91%8D?conversation_id=${room.conversation_id}`,
      {},
    );
    await ben.ok("POST", `${path}/messages`, { body: "me", parent_id: root.id });
    await ana.ok("POST", `${path}/messages`, { body: "more" });
    // The pins are listed when the record has every change.
    await ana.ok("GET", `${path}/pins`);
    await world.restart(() => {
      const file = readdirSync(world.persist, { recursive: true }).find((name) =>
        /D1.*[0-9a-f]{64}\.sqlite$/.test(name),
      );
      copyFileSync(join(world.persist, file), record);
      // Changes that are not in the file yet.
      for (const part of ["-wal", "-shm"]) {
        try {
          copyFileSync(join(world.persist, `${file}${part}`), `${record}${part}`);
        } catch (error) {
          if (error.code !== "ENOENT") throw error;
        }
      }
    });
    await world.stop();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const verify = (...args) => spawnSync(join(ROOT, "scripts/verify"), args, { encoding: "utf8" });
  const change = (sql, back) => {
    const apply = (statement) => {
      const database = new DatabaseSync(record);
      database.exec(statement);
      database.close();
    };
    apply(sql);
    const { status, stdout } = verify(record);
    apply(back);
    return { status, lines: stdout.trim().split("\n") };
  };

  test("a record with exact counts is fine", () => {
    const { status, stdout } = verify(record);
    assert.deepEqual([status, stdout], [0, "all counts are exact\n"]);
  });

  for (const [check, column, table, where] of [
    ["member_count", "member_count", "conversations", "type = 'room' AND member_count > 1"],
    ["unread_count", "message_count", "conversations", "message_count > 1"],
    ["reply_count", "reply_count", "messages", "reply_count > 0"],
    ["uncounted", "uncounted", "messages", "body = 'more'"],
  ]) {
    test(`a wrong ${check} is found`, () => {
      const by = (change) => `UPDATE ${table} SET ${column} = ${column} ${change} WHERE ${where}`;
      const { status, lines } = change(by("+ 1"), by("- 1"));
      assert.equal(status, 1);
      assert.ok(
        lines.some((line) => line.startsWith(`${check} of `)),
        lines.join("\n"),
      );
    });
  }

  test("a wrong number of reactions and a lost mention are found", () => {
    const wrong = `UPDATE messages SET reactions = json_set(reactions, '$[0].count', 2) WHERE id = '${root.id}'`;
    const { lines } = change(wrong, wrong.replace("2)", "1)"));
    assert.deepEqual(lines, [`reactions of ${root.id}: stored \u{1F44D} 2, recomputed \u{1F44D} 1`, "1 difference"]);
    const lost = "UPDATE mentions SET user_id = '99' WHERE user_id = '8'";
    const counted = change(lost, "UPDATE mentions SET user_id = '8' WHERE user_id = '99'").lines;
    assert.match(counted[0], /^mention_count of .* 8: stored 0, recomputed 1$/);
  });

  test("a file that is no record is named", () => {
    const { status, stderr } = verify(join(folder, "nothing.sqlite"));
    assert.equal(status, 2);
    assert.match(stderr, /nothing\.sqlite: /);
    assert.match(verify("--help").stdout, /^usage: scripts\/verify/);
  });
});
