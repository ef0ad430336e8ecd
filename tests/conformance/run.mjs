// Runs schemathesis against a local edge with a fresh database: generated requests, valid and invalid ones, for every operation of
// the OpenAPI document, and sequences of calls. Its report goes to the output, and how many cases each operation had.
//
//   node run.mjs SCHEMATHESIS [--minutes N] [--examples N] [--seed N] [--operation ID]... [--least N]
//
// With --least, operations that had fewer cases than that run again, with other seeds; it fails when some still have fewer.
import { spawn } from "node:child_process";
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { ROOT } from "../../scripts/lib/root.mjs";
import { paths } from "../support/openapi.mjs";
import { backend } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const NUMBERS = { minutes: undefined, examples: 200, seed: 1, least: undefined };
const MAX_ROUNDS = 6;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string" },
    examples: { type: "string" },
    seed: { type: "string" },
    operation: { type: "string", multiple: true },
    least: { type: "string" },
  },
});
for (const name of Object.keys(NUMBERS)) {
  if (values[name] === undefined) continue;
  NUMBERS[name] = Number(values[name]);
  if (!Number.isSafeInteger(NUMBERS[name]) || NUMBERS[name] < 1)
    throw new Error(`--${name} takes a whole number above 0`);
}
const [program] = positionals;
if (program === undefined) throw new Error("the first argument is the path of schemathesis");

/** Operations by "METHOD path". Those that answer with a connection, a WebSocket or a stream of events, are left out. */
const operations = new Map(
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { responses }]) => !responses[101] && !responses[200]?.content?.["text/event-stream"])
      .map(([method, { operationId }]) => [`${method.toUpperCase()} ${path}`, operationId]),
  ),
);
const chosen = [...operations].filter(([, id]) => values.operation === undefined || values.operation.includes(id));
if (chosen.length === 0) throw new Error(`no operation is called ${values.operation?.join(", ")}`);

// Thousands of requests without a token come from one address.
const world = await startWorld({ limits: WIDE, ceilings: { ADDRESS_LIMITER: null } });
const folder = mkdtempSync(join(tmpdir(), "campana-conformance-"));
try {
  const cases = new Map(chosen.map(([operation]) => [operation, 0]));
  let failed = 0;
  const minutes = NUMBERS.minutes === undefined ? [] : ["--max-time", String(60 * NUMBERS.minutes)];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const ids = chosen.filter(([operation]) => round === 0 || cases.get(operation) < NUMBERS.least).map(([, id]) => id);
    if (ids.length === 0) break;
    const phases = round === 0 ? minutes : ["--phases", "examples,coverage,fuzzing"];
    failed = (await run(ids, NUMBERS.seed + round, phases)) || failed;
    await count(cases);
    if (NUMBERS.least === undefined) break;
  }
  console.log(summaryOf(cases));
  process.exitCode = failed || (Math.min(...cases.values()) < (NUMBERS.least ?? 0) ? 1 : 0);
} finally {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
}

function optionsOf(ids, seed) {
  return [
    ...["--url", world.url, "--mode", "all", "--continue-on-failure"],
    ...["--max-examples", String(NUMBERS.examples), "--seed", String(seed)],
    ...["--request-timeout", "30", "--suppress-health-check", "all"],
    ...["--report", "ndjson", "--report-ndjson-path", join(folder, "events.ndjson")],
    ...ids.flatMap((id) => ["--include-operation-id", id]),
  ];
}

/** Runs schemathesis for these operations; resolves to its exit code. */
async function run(ids, seed, more) {
  const config = join(import.meta.dirname, "schemathesis.toml");
  const args = [
    "--config-file",
    config,
    "run",
    join(ROOT, "schema/api/openapi.json"),
    ...optionsOf(ids, seed),
    ...more,
  ];
  const env = {
    ...process.env,
    SCHEMATHESIS_HOOKS: join(import.meta.dirname, "hooks.py"),
    CONFORMANCE: JSON.stringify(await setUp()),
  };
  const child = spawn(program, args, { env, stdio: "inherit", cwd: folder });
  return new Promise((resolve, reject) => child.once("error", reject).once("close", (code) => resolve(code ?? 1)));
}

/** Adds the cases of the last run, in all phases. A case with another method or path, which tests how those are refused, is left out. */
async function count(cases) {
  for await (const line of createInterface({ input: createReadStream(join(folder, "events.ndjson")) })) {
    for (const { value } of Object.values(JSON.parse(line).ScenarioFinished?.recorder.cases ?? {})) {
      const operation = `${value.method} ${value.path}`;
      if (cases.has(operation)) cases.set(operation, cases.get(operation) + 1);
    }
  }
}

function summaryOf(cases) {
  const counted = [...cases].sort(([, one], [, other]) => one - other);
  const total = counted.reduce((sum, [, number]) => sum + number, 0);
  const [[least, fewest]] = counted;
  const [, median] = counted[Math.floor(counted.length / 2)];
  return `${total} cases of ${counted.length} operations: ${fewest} of ${least} at least, ${median} in the median`;
}

/** What a request can name that exists. */
async function setUp() {
  const ana = world.person("7", { name: "Ana", roles: ["admin"], permissions: ["view_panic_alerts"] });
  const ben = world.person("8", { name: "Ben" });
  const room = await world.room([ana, ben], { name: "Lobby" });
  const dm = await ana.ok("POST", "/api/chat/conversations", { type: "dm", user_id: "8" });
  const message = await ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: "hello" });
  const file = await ana.upload("hello", "hello.txt");
  const begun = await ana.call("POST", "/api/chat/uploads", undefined, {
    "tus-resumable": "1.0.0",
    "upload-length": "9",
  });
  const upload = begun.headers.get("location").split("/").at(-1);
  const invite = await ana.ok("POST", `/api/chat/rooms/${room.id}/invites`, {});
  const report = await ben.ok(
    "POST",
    `/api/chat/messages/${message.id}/report?conversation_id=${room.conversation_id}`,
    { reason: "spam" },
  );
  const alert = await ana.ok("POST", "/api/security/alerts", { id: "conformance-1" });
  const send_at = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const scheduled = await ana.ok("POST", `/api/chat/conversations/${room.conversation_id}/scheduled`, {
    body: "Good morning",
    send_at,
  });
  const user_id = ["7", "8"];
  const notified = { user_ids: ["7"], key: "conformance", title: "hello" };
  await backend(world).post({ path: "/notifications", body: notified });
  const [notification] = (await ana.ok("GET", "/api/notifications")).data;
  return {
    apps: {
      main: { id: "1", tenant: "demo", key: "demo-key", secret: "demo-secret", user: "7" },
      spare: { id: "2", tenant: "other", key: "other-key", secret: "other-secret", user: "7" },
    },
    ids: {
      "/api/chat/rooms": { id: [room.id], user_id, invite_id: [invite.id] },
      "/api/chat/conversations": { id: [room.conversation_id, dm.id], user_id },
      "/api/chat/messages": { id: [message.id], emoji: ["\u{1F44D}", "\u2764\uFE0F"] },
      "/api/chat/files": { id: [file.id] },
      "/api/chat/uploads": { id: [upload] },
      "/api/chat/users": { id: user_id },
      "/api/chat/invites": { token: [invite.token] },
      "/api/security/alerts": { id: [alert.id] },
      "/api/security/guards": { user_id },
      "/api/admin/reports": { id: [report.id] },
      "/api/admin/users": { user_id },
      "/api/notifications": { id: [notification.id] },
      "/api/me/blocks": { user_id },
      "/api/me/saved": { message_id: [message.id] },
      "/api/me/scheduled": { id: [scheduled.id] },
      "/apps": {
        id: ["1"],
        name: ["presence-lobby", "public-news", `presence-room.${room.id}`],
        user: user_id,
        file: [file.id],
      },
      "/app": { key: ["demo-key"] },
    },
  };
}
