// scripts/dev once everything is built: schema, engine, demo data, and what one needs to begin.
import { rmSync } from "node:fs";
import { insertDemoApp, seedDemo } from "./demo.mjs";
import { DEMO_PEOPLE } from "./demo-data.mjs";
import { readOptions } from "./dev-options.mjs";
import { printWarnings, startEngine } from "./engine.mjs";
import { migrate } from "./migrate.mjs";
import { noteRunning, openEdgeLog, STATE } from "./running.mjs";
import { DEMO_APP, signToken } from "./token.mjs";
import { vapidOfThisClone } from "./vapid.mjs";

const { port, fresh, demo } = readOptions();
if (fresh) rmSync(STATE, { recursive: true, force: true });

let stops = false;
const append = openEdgeLog();
const onLog = (entry) => {
  append(entry.message);
  printWarnings(entry);
};
const engine = await startEngine({ port, persist: STATE, vars: vapidOfThisClone(), onLog }).catch(fail);
stopOnSignals();
noteRunning({ url: engine.url, runtime: engine.pid() });
try {
  const database = await engine.database();
  for (const name of await migrate(database)) console.log(`schema: ${name}`);
  await insertDemoApp(database);
  if (demo) await seedDemo(engine.url, STATE);
} catch (error) {
  await engine.stop();
  // Stopped in the midst of it, what was under way fails, and that is no news.
  if (stops) process.exit(0);
  fail(error);
}
greet(engine.url.replace("127.0.0.1", "localhost"));

// In place of Miniflare's own listeners, which end this process before the runtime has: it would stay as a zombie where
// nobody collects those.
function stopOnSignals() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.removeAllListeners(signal);
    process.on(signal, async () => {
      stops = true;
      await engine.stop();
      process.exit(0);
    });
  }
}

function greet(url) {
  console.log(`\nCampana runs at ${url} (Ctrl-C stops it)\n`);
  const { hostname, port } = new URL(url);
  console.log(`Pusher clients and backends: host ${hostname}, port ${port}, no TLS; app ${describeApp(DEMO_APP)}\n`);
  if (!demo) {
    console.log("No demo data. A token: scripts/token --user 7 --name Ana");
    return;
  }
  console.log("Demo people, each with a token for a day:");
  for (const person of DEMO_PEOPLE) {
    console.log(
      `\n${person.name.toLowerCase()} (user ${person.user})  ${url}/?as=${person.user}\n${signToken(person)}`,
    );
  }
}

function describeApp({ id, key, secret }) {
  return `id ${id}, key ${key}, secret ${secret}`;
}

function fail(error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
