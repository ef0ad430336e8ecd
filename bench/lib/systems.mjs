// The systems measured side by side. A system is `{ name, pid, room(number), channel(number), stop() }`: `room` and `channel`
// return the load generator's arguments for an unused room or channel. `channel` exists only on systems with publishing over
// HTTP; Campana also has `desk()`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as readWrangler } from "wrangler";
import { startEngine } from "../../scripts/lib/engine.mjs";
import { migrate } from "../../scripts/lib/migrate.mjs";
import { ROOT } from "../../scripts/lib/root.mjs";
import { startWithProcess } from "./processes.mjs";
import * as seed from "./seed.mjs";

// Miniflare implements the platform's limiters as an object that is called over HTTP in every request. On the platform a limiter
// is a counter beside the worker, so the local cost would not be Campana's.
const NO_LIMITERS = { PERSON_LIMITER: null, APP_LIMITER: null, ADDRESS_LIMITER: null, OPENING_LIMITER: null };
// Miniflare implements the platform's asset routing as a worker in front, which every request and every frame passes: a seventh of
// a publish's time and 50 KB per socket. The baselines have no such worker.
const NO_ASSETS = false;
const COUNTING = fileURLToPath(new URL("counting-edge.js", import.meta.url));
const BASELINES = fileURLToPath(new URL("../baselines/", import.meta.url));

/** Names of the systems in tables and reports. */
export const CAMPANA = "campana";
export const STORING = "storing object";
export const BARE = "bare object";
export const NODE = "ws on Node";

/**
 * The built Campana, with a migrated record and seed data.
 * @param {string} folder for the files of D1 and the objects
 * @param {string[]} statements SQL
 * @param {{counts?: boolean, vars?: Record<string, string>, images?: string}} [options] whether to count its work: see
 *   counting-edge.js; variables of the worker; address of an images Worker in another process
 */
export async function startCampana(folder, statements, { counts = false, vars, images } = {}) {
  const persist = join(folder, "campana");
  const { result: engine, pid } = await startWithProcess(() =>
    startEngine({
      ...{ persist, vars, images, ceilings: NO_LIMITERS, assets: NO_ASSETS },
      ...(counts ? { front: COUNTING } : {}),
    }),
  );
  const database = await engine.database();
  await migrate(database);
  for (const statement of [...seed.app(), ...statements, ...seed.statistics()]) {
    await database.prepare(statement).run();
  }
  const authority = new URL(engine.url).host;
  const identity = ["--tenant", seed.TENANT, "--secret", seed.SECRET];
  return {
    name: CAMPANA,
    pid,
    url: engine.url,
    room: (number) => [
      ...["--authority", authority, "--engine-pid", String(pid)],
      ...["--conversation", seed.conversationId(number), ...identity],
    ],
    channel: (number, app = { id: "1", key: "demo-key" }) => [
      ...["--authority", authority, "--engine-pid", String(pid)],
      ...["--key", app.key, "--secret", seed.SECRET, "--app-id", app.id, "--channel", channelName(number)],
    ],
    desk: () => ["--authority", authority, "--engine-pid", String(pid), ...identity],
    /** Rows of the record. */
    rows: async (sql) => (await database.prepare(sql).all()).results,
    stop: () => engine.stop(),
  };
}

/** A public channel. */
export function channelName(number) {
  return `bench-${number}`;
}

/** Both bare objects in one engine, with Campana's relevant settings. */
export async function startObjects(folder) {
  const { workerOptions } = readWrangler(join(ROOT, "wrangler.toml"));
  const { result: miniflare, pid } = await startWithProcess(async () => {
    const started = new Miniflare(
      convertV4MiniflareOptions({
        host: "127.0.0.1",
        port: 0,
        cf: false,
        log: new Log(LogLevel.ERROR),
        logRequests: false,
        resourcePersistencePath: join(folder, "objects"),
        unsafeTriggerHandlers: true,
        telemetry: { enabled: false },
        workers: [
          {
            name: "baselines",
            rootPath: BASELINES,
            compatibilityDate: workerOptions.compatibilityDate,
            compatibilityFlags: workerOptions.compatibilityFlags,
            modules: [{ type: "ESModule", path: "objects.js", contents: readFileSync(join(BASELINES, "objects.js")) }],
            durableObjects: {
              BARE: { className: "Bare", useSQLite: true },
              STORING: { className: "Storing", useSQLite: true },
            },
          },
        ],
      }),
    );
    await started.ready;
    return started;
  });
  const url = await miniflare.ready;
  const room = (kind) => (number) => [
    ...["--authority", url.host, "--engine-pid", String(pid)],
    ...["--bare", `/${kind}/${number}`],
  ];
  const channel = (kind) => (number) => [...room(kind)(number), "--channel", channelName(number)];
  let stopped;
  const stop = () => {
    stopped ??= miniflare.dispose();
    return stopped;
  };
  return [
    { name: STORING, pid, url: url.origin, room: room("storing"), channel: channel("storing"), stop },
    { name: BARE, pid, url: url.origin, room: room("bare"), channel: channel("bare"), stop },
  ];
}

/** The server on Node. */
export async function startNode() {
  const child = spawn(process.execPath, [join(BASELINES, "ws-server.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  const authority = `127.0.0.1:${String(line).trim()}`;
  return {
    name: NODE,
    pid: child.pid,
    url: `http://${authority}`,
    room: (number) => ["--authority", authority, "--engine-pid", String(child.pid), "--bare", `/${number}`],
    stop: async () => {
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}
