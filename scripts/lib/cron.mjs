// scripts/cron: fires schedules of the edge that scripts/dev runs, and prints what their jobs wrote down.
import { readFileSync, statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { EDGE_LOG, whoIsRunning } from "./running.mjs";
import { fire, readSchedules } from "./schedules.mjs";

// The lines come by another way than the answer, a moment later.
const PATIENCE_MS = 5_000;
const STEP_MS = 20;

const schedules = readSchedules();
const USAGE = `usage: scripts/cron [name]     without a name: each of them, one after the other
${schedules.map(({ name, cron, jobs }) => `  ${name.padEnd(10)}${cron.padEnd(20)}${jobs.join(", ")}`).join("\n")}`;

const { help, name } = readArguments();
if (help) {
  console.log(USAGE);
  process.exit(0);
}
const chosen = schedules.filter((schedule) => name === undefined || schedule.name === name);
if (chosen.length === 0) end(`no schedule is named ${name}: there are ${schedules.map((it) => it.name).join(", ")}`);
const running = whoIsRunning();
if (!running) end("no local edge runs: start scripts/dev first");

let last = 0;
for (const schedule of chosen) await run(schedule);

async function run({ cron, jobs }) {
  // What tells this run's lines from those of others: no two runs are due at the same time.
  last = Math.max(Date.now(), last + 1);
  const mark = new Date(last).toISOString();
  const from = statSync(EDGE_LOG, { throwIfNoEntry: false })?.size;
  if (from === undefined) end("the local edge that runs writes nothing down: start scripts/dev anew");
  await fire(running.edge, cron, last).catch((error) => end(`the edge did not run it: ${error.message}`));
  for (let left = PATIENCE_MS; left > 0; left -= STEP_MS) {
    const lines = linesOf(mark, from);
    if (jobs.every((job) => lines.some((line) => line.level === "info" && line.job === job))) {
      for (const line of lines) console.log(JSON.stringify(line));
      return;
    }
    await wait(STEP_MS);
  }
  end(`the edge ran it and wrote down nothing about ${jobs.join(", ")} within ${PATIENCE_MS} ms`);
}

function linesOf(mark, from) {
  const text = readFileSync(EDGE_LOG).subarray(from).toString();
  // The last part is a line that is still being written, or nothing.
  const parsed = text.split("\n").slice(0, -1).map(parse);
  return parsed.filter((line) => line?.scheduled_at === mark);
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { help: { type: "boolean" } } });
    if (positionals.length > 1) throw new Error("one name at most");
    return { help: values.help, name: positionals[0] };
  } catch (error) {
    return end(`${error.message}; scripts/cron --help says more`);
  }
}

function end(reason) {
  console.error(reason);
  process.exit(1);
}
