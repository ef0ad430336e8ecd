// Runs the benchmark; scripts/bench builds its inputs and starts it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureOther } from "./lib/other.mjs";
import { printResult, printSummary, reached } from "./lib/report.mjs";
import { alerts } from "./scenarios/alerts.mjs";
import { authorization } from "./scenarios/authorization.mjs";
import { flows } from "./scenarios/flow.mjs";
import { images } from "./scenarios/images.mjs";
import { imports } from "./scenarios/imports.mjs";
import { lists } from "./scenarios/lists.mjs";
import { memory } from "./scenarios/memory.mjs";
import { pictures } from "./scenarios/pictures.mjs";
import { pusher } from "./scenarios/pusher.mjs";
import { pusherGrowth } from "./scenarios/pusher-growth.mjs";
import { pusherIdle } from "./scenarios/pusher-idle.mjs";
import { pushes } from "./scenarios/pushes.mjs";
import { reactions } from "./scenarios/reactions.mjs";
import { reading } from "./scenarios/reading.mjs";
import { scheduled } from "./scenarios/scheduled.mjs";
import { slowReaders } from "./scenarios/slow-readers.mjs";
import { startup } from "./scenarios/startup.mjs";

const SUITES = [
  flows,
  memory,
  reading,
  lists,
  imports,
  reactions,
  scheduled,
  authorization,
  pusher,
  pusherIdle,
  pusherGrowth,
  alerts,
  pushes,
  slowReaders,
  images,
  pictures,
  startup,
];
const NAMES = SUITES.flatMap(({ names }) => names);
const USAGE = `scripts/bench [--runs N] [--quick] [--only SCENARIO]... [--json FILE]
  --runs N         runs of each measurement, 5 by default; tables show their median (min-max)
  --quick          three short runs: a look, not a result
  --only SCENARIO  one of ${NAMES.join(", ")}; may be repeated
  --json FILE      everything measured, as JSON
scripts/bench --pusher URL --key KEY --secret SECRET [--app-id ID] [--pid PID] [--runs N] [--quick] [--json FILE]
  drives any server of the Pusher protocol that runs already; --app-id is 1 by default, memory and processor time are
  shown of the process PID on this machine`;

const options = readOptions();
const folder = mkdtempSync(join(tmpdir(), "campana-bench-"));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    clear();
    process.exit(130);
  });
}
const began = performance.now();
const results = [];
try {
  for (const run of options.pusher ? [measureThat] : wantedSuites()) {
    for (const result of await run({ ...options, folder, progress })) {
      progress("");
      printResult(result);
      results.push(result);
    }
  }
} finally {
  clear();
}
printSummary(results);
console.log(
  `\n${options.runs} runs, ${Math.round((performance.now() - began) / 1000)} s, ${cpus().length} x ${cpus()[0]?.model}`,
);
if (options.json) writeFileSync(options.json, `${JSON.stringify(asJson(results), null, 1)}\n`);
if (results.some(({ failures }) => failures.length > 0)) process.exitCode = 1;

function wantedSuites() {
  return SUITES.filter(({ names }) => names.some(options.wanted)).map((suite) => (given) => suite.run(given));
}

function measureThat(given) {
  return measureOther(options, given);
}

function clear() {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        binary: { type: "string" },
        runs: { type: "string" },
        quick: { type: "boolean", default: false },
        only: { type: "string", multiple: true, default: [] },
        json: { type: "string" },
        pusher: { type: "string" },
        key: { type: "string" },
        secret: { type: "string" },
        "app-id": { type: "string", default: "1" },
        pid: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const runs = Number(values.runs ?? (values.quick ? 3 : 5));
    const unknown = values.only.find((name) => !NAMES.includes(name));
    if (unknown !== undefined) throw new Error(`no scenario ${unknown}`);
    if (!Number.isInteger(runs) || runs < 1) throw new Error("--runs takes a whole number from 1");
    if (values.pusher !== undefined) {
      if (!values.key || !values.secret) throw new Error("--pusher needs --key and --secret");
      // The load generator has no TLS, whose cost would be part of the figures.
      if (!/^(http|ws):\/\/[^/]+\/?$/.test(values.pusher)) throw new Error("--pusher takes http://host:port");
    }
    const wanted = (name) => values.only.length === 0 || values.only.includes(name);
    return { ...values, runs, wanted };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

/** A progress line, which the next one replaces on a terminal. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function asJson(all) {
  return {
    at: new Date().toISOString(),
    runs: options.runs,
    quick: options.quick,
    processors: cpus().map(({ model }) => model),
    scenarios: all.map(({ figures, ...result }) => ({
      ...result,
      figures: figures.map((figure) => ({ ...figure, pass: reached(figure) })),
    })),
  };
}
