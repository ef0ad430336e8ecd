// scripts/import and scripts/export: a dump of another messenger is imported while people chat, and killed and resumed on the way.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ROOT } from "../../scripts/lib/root.mjs";
import { canonical, dump } from "../support/dump.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

/** More messages for a run of its own: CAMPANA_IMPORT_MESSAGES=100000. */
const MESSAGES = Number(process.env.CAMPANA_IMPORT_MESSAGES ?? 5_000);

function start(world, script, words) {
  const options = ["--state", world.persist, "--edge", world.url];
  const child = spawn(join(ROOT, "scripts", script), [...words, ...options], { cwd: ROOT });
  const read = async (stream) => (await stream.setEncoding("utf8").toArray()).join("");
  const ended = Promise.all([
    read(child.stdout),
    read(child.stderr),
    new Promise((resolve) => child.once("close", resolve)),
  ]).then(([stdout, stderr, code]) => ({ stdout, stderr, code }));
  return { child, ended };
}

async function run(world, script, ...words) {
  const outcome = await start(world, script, words).ended;
  assert.equal(outcome.code, 0, outcome.stderr);
  return outcome;
}

const lines = (text) => text.split("\n").slice(0, -1);
const write = (path, dumped) => writeFileSync(path, dumped.map((line) => `${line}\n`).join(""));

describe("an import", () => {
  let world;
  let folder;
  let file;
  const dumped = dump({ messages: MESSAGES });
  const golden = canonical(dumped);

  before(async () => {
    world = await startWorld({ limits: WIDE });
    folder = mkdtempSync(join(tmpdir(), "campana-dump-"));
    file = join(folder, "dump.jsonl");
    write(
      file,
      dumped.map((line) => JSON.stringify(line)),
    );
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await world.stop();
  });

  test("goes on after it was killed, while people chat, and has the golden export as its result", async () => {
    const [ana, bo] = [world.person("ana"), world.person("bo")];
    await bo.ok("GET", "/api/me");
    const dm = await ana.ok("POST", "/api/chat/conversations", { type: "dm", user_id: "bo" });
    let isImporting = true;
    const chatting = (async () => {
      let sent = 0;
      while (isImporting) {
        await ana.ok("POST", `/api/chat/conversations/${dm.id}/messages`, {
          body: `live ${sent}`,
          client_msg_id: `l${sent}`,
        });
        sent += 1;
      }
      return sent;
    })();
    try {
      const first = start(world, "import", [file]);
      await eventually(() => existsSync(`${file}.progress`), "the import has begun");
      first.child.kill("SIGKILL");
      await first.ended;
      const hidden = await world.rows("SELECT count(*) AS n FROM conversations WHERE deleted_at IS NULL");
      assert.equal(hidden[0].n, 1, "conversations are hidden until the import ends");
      const { stderr } = await run(world, "import", file);
      assert.match(stderr, / 0 refused; \d+ conversations opened\n$/);
    } finally {
      isImporting = false;
    }
    const sent = await chatting;
    assert.ok(sent > 0);
    const { data } = await bo.history(dm.id, "limit=1");
    assert.equal(data[0].body, `live ${sent - 1}`);
    const { stdout } = await run(world, "export");
    const isLive = (line) => line.includes(dm.id) || /^{"kind":"user","id":"(ana|bo)"/.test(line);
    assert.deepEqual(
      lines(stdout).filter((line) => !isLive(line)),
      golden,
    );
  });

  test("that is repeated changes nothing", async () => {
    const { stderr } = await run(world, "import", file);
    assert.match(
      stderr,
      new RegExp(`0 lines written, ${dumped.length} known already, 0 refused; 0 conversations opened`),
    );
  });

  test("leaves conversations that go on with the right position, counts and last message", async () => {
    const [room] = dumped.filter((line) => line.kind === "chat_room");
    const id = JSON.parse(golden.find((line) => line.includes(`"imported_id":"${room.id}"`))).id;
    const [one, other] = [room.participant_a, room.participant_b].map((user) =>
      world.person(user, { name: `Person ${user.slice(1)}` }),
    );
    const messages = golden.map((line) => JSON.parse(line)).filter((line) => line.conversation_id === id && line.seq);
    const last = messages.filter((line) => line.kind === "message").at(-1);
    const path = `/api/chat/conversations/${id}`;
    const before = await other.ok("GET", path);
    assert.equal(before.unread_count, 0);
    const reader = await other.chat(id);
    assert.equal(reader.welcome.head, last.seq);
    const sent = await one.ok("POST", `${path}/messages`, { body: "and on", client_msg_id: "n1" });
    assert.equal(sent.seq, last.seq + 1);
    const event = await reader.next((frame) => frame.event === "message.created", "the message");
    assert.equal(event.seq, sent.seq);
    reader.terminate();
    const shown = await eventually(async () => {
      const inbox = await other.ok("GET", path);
      return inbox.last_message?.id === sent.id && inbox;
    }, "the inbox has it");
    assert.equal(shown.unread_count, 1);
    const { data } = await one.history(id, "limit=3");
    assert.equal(data[0].id, sent.id);
    const edited = messages.find(
      (line) => line.kind === "message" && line.deleted_at === undefined && line.sender_id === one.user,
    );
    await one.ok("PUT", `/api/chat/messages/${edited.id}`, { body: "changed later" });
    await one.ok("PUT", `/api/chat/messages/${edited.id}/reactions/%F0%9F%91%80`);
    const around = await one.history(id, `around=${edited.id}&limit=5`);
    const found = around.data.find((message) => message.id === edited.id);
    assert.equal(found.body, "changed later");
  });

  test("of a line that is wrong names its number and the reason, and imports the rest", async () => {
    const path = join(folder, "wrong.jsonl");
    write(path, [
      '{"kind":"user","id":"w1","name":"W"}',
      "",
      "nonsense",
      '{"kind":"file","id":"f"}',
      '{"kind":"user","id":"w2","name":"W"}',
    ]);
    const outcome = await start(world, "import", [path]).ended;
    assert.equal(outcome.code, 1);
    assert.deepEqual(outcome.stderr.trim().split("\n").slice(0, 2), [
      `${path}:3: the line is not JSON`,
      `${path}:4: files are not imported yet`,
    ]);
    assert.match(outcome.stderr, /2 lines written, 0 known already, 2 refused/);
  });

  test("of an export into an empty app has the same export again", async () => {
    // The last change of the test before: what is flushed during an export is in some of its lines only.
    await eventually(
      async () => (await run(world, "export")).stdout.includes('"emoji":"👀"'),
      "the reaction is flushed",
    );
    const { stdout } = await run(world, "export");
    const path = join(folder, "again.jsonl");
    writeFileSync(path, stdout);
    const second = await startWorld({ limits: WIDE });
    try {
      await run(second, "import", path);
      const again = join(folder, "again.out");
      await run(second, "export", "--output", again);
      const result = readFileSync(again, "utf8");
      const [had, has] = [new Set(lines(stdout)), new Set(lines(result))];
      // Shows the lines that differ, not the whole files.
      assert.deepEqual(
        [...has].filter((line) => !had.has(line)),
        [],
      );
      assert.deepEqual(
        [...had].filter((line) => !has.has(line)),
        [],
      );
      assert.ok(result === stdout, "the order is the same too");
    } finally {
      await second.stop();
    }
  });

  test("of one conversation or of one person's own exports only that", async () => {
    const [room] = dumped.filter((line) => line.kind === "chat_room");
    const id = JSON.parse(golden.find((line) => line.includes(`"imported_id":"${room.id}"`))).id;
    const one = lines((await run(world, "export", "--conversation", id)).stdout).map((line) => JSON.parse(line));
    assert.ok(one.every((line) => line.kind === "user" || line.id === id || line.conversation_id === id));
    assert.equal(one.filter((line) => line.kind === "user").length, 2);
    const own = lines((await run(world, "export", "--user", "p1")).stdout).map((line) => JSON.parse(line));
    assert.ok(own.filter((line) => line.kind === "message").every((line) => line.sender_id === "p1"));
    assert.ok(own.some((line) => line.kind === "message"));
  });
});
