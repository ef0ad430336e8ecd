// scripts/dev: starts the edge with its schema and demo data, and prints its address and tokens. Rebuilds and reloads changed
// sources, unless it runs the release build.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { insertDemoApp, seedDemo } from "./demo.mjs";
import { DEMO_PEOPLE } from "./demo-data.mjs";
import { buildDevEdge, DEV_BUILD } from "./dev-build.mjs";
import { readOptions } from "./dev-options.mjs";
import { startDevServer } from "./dev-server.mjs";
import { printWarnings, startEngine } from "./engine.mjs";
import { migrate } from "./migrate.mjs";
import { ROOT } from "./root.mjs";
import { openEdgeLog, STATE, writeRunning } from "./running.mjs";
import { DEMO_APP, signToken } from "./token.mjs";
import { stopTools } from "./tools.mjs";
import { vapidOfThisClone } from "./vapid.mjs";

const { port, fresh, demo, release } = readOptions();
if (fresh) rmSync(STATE, { recursive: true, force: true });

const append = openEdgeLog();
const onLog = (entry) => {
  append(entry.message);
  printWarnings(entry);
};
const edge = { persist: STATE, vars: vapidOfThisClone(), onLog };
const stopping = new AbortController();
let server;
stopOnSignals();
const starting = release ? startRelease() : startDevelopment();
try {
  server = await starting;
  stopOnSignals();
  updateRunningFile();
  if (demo) await seedDemo(server.engine.url, STATE);
  greet(server.url.replace("127.0.0.1", "localhost"));
} catch (error) {
  // A stop during the start makes pending steps fail; those errors are not reported.
  if (!stopping.signal.aborted) {
    console.error(error instanceof Error ? error.message : error);
    await server?.stop();
    process.exit(1);
  }
}

async function startRelease() {
  const engine = await startEngine({ ...edge, port });
  await prepare(engine);
  return { url: engine.url, engine, stop: () => engine.stop() };
}

function startDevelopment() {
  return startDevServer({
    port,
    engine: { ...edge, build: DEV_BUILD },
    // As scripts/lib/build.sh names them.
    sources: process.env.EDGE_SOURCES.split(" ").map((path) => join(ROOT, path)),
    build: buildDevEdge,
    prepare,
    signal: stopping.signal,
  });
}

async function prepare(engine) {
  stopOnSignals();
  const database = await engine.database();
  for (const name of await migrate(database)) console.log(`schema: ${name}`);
  await insertDemoApp(database);
  // A reload replaces the runtime's process.
  if (server) updateRunningFile();
}

function updateRunningFile() {
  writeRunning({ url: server.url, edge: server.engine.url, runtime: server.engine.pid() });
}

// Replaces the listeners that Miniflare and Vite add when they start. Those end this process before the runtime, which then stays
// as a zombie on systems without an init process.
function stopOnSignals() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.removeAllListeners(signal);
    process.on(signal, stop);
  }
}

async function stop() {
  if (stopping.signal.aborted) return;
  stopping.abort();
  stopTools();
  const started = await starting.catch(() => undefined);
  await started?.stop();
  process.exit(0);
}

function greet(url) {
  console.log(`\nCampana runs at ${url} (Ctrl-C stops it)\n`);
  const { hostname, port } = new URL(url);
  console.log(`Pusher clients and backends: host ${hostname}, port ${port}, no TLS; app ${describeApp(DEMO_APP)}\n`);
  if (!demo) {
    console.log("No demo data. For a token: scripts/token --user 7 --name Ana");
    return;
  }
  console.log("Demo users, each with a token that is valid for 1 day:");
  for (const person of DEMO_PEOPLE) {
    console.log(
      `\n${person.name.toLowerCase()} (user ${person.user})  ${url}/?as=${person.user}\n${signToken(person)}`,
    );
  }
}

function describeApp({ id, key, secret }) {
  return `id ${id}, key ${key}, secret ${secret}`;
}
