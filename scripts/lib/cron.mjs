// scripts/cron: fires schedules of the edge that scripts/dev runs, and prints the log lines of their jobs.
import { readFileSync, statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { EDGE_LOG, runningEdge } from "./running.mjs";
import { fire, readSchedules } from "./schedules.mjs";

// The log lines arrive after the response, through the runtime's structured logs.
const TIMEOUT_MS = 5_000;
const POLL_MS = 20;

const schedules = readSchedules();
const USAGE = `usage: scripts/cron [name]     without a name: all of them, one after the other
${schedules.map(({ name, cron, jobs }) => `  ${name.padEnd(10)}${cron.padEnd(20)}${jobs.join(", ")}`).join("\n")}`;

const { help, name } = readArguments();
if (help) {
  console.log(USAGE);
  process.exit(0);
}
const chosen = schedules.filter((schedule) => name === undefined || schedule.name === name);
if (chosen.length === 0)
  end(`no schedule is named ${name}; the schedules are ${schedules.map((it) => it.name).join(", ")}`);
const running = runningEdge();
if (!running) end("no local edge runs: start scripts/dev first");

let lastTime = 0;
for (const schedule of chosen) await run(schedule);

async function run({ cron, jobs }) {
  // A due time that no other run has, so that it identifies this run's lines.
  lastTime = Math.max(Date.now(), lastTime + 1);
  const scheduledAt = new Date(lastTime).toISOString();
  const from = statSync(EDGE_LOG, { throwIfNoEntry: false })?.size;
  if (from === undefined) end("the running local edge writes no log: restart scripts/dev");
  await fire(running.edge, cron, lastTime).catch((error) => end(`the edge did not run the schedule: ${error.message}`));
  for (let remaining = TIMEOUT_MS; remaining > 0; remaining -= POLL_MS) {
    const lines = readLines(scheduledAt, from);
    if (jobs.every((job) => lines.some((line) => line.level === "info" && line.job === job))) {
      for (const line of lines) console.log(JSON.stringify(line));
      return;
    }
    await wait(POLL_MS);
  }
  end(`the edge ran the schedule and logged nothing about ${jobs.join(", ")} within ${TIMEOUT_MS} ms`);
}

function readLines(scheduledAt, from) {
  const text = readFileSync(EDGE_LOG).subarray(from).toString();
  // The last part is an incomplete line, or empty.
  const parsed = text.split("\n").slice(0, -1).map(parse);
  return parsed.filter((line) => line?.scheduled_at === scheduledAt);
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
    if (positionals.length > 1) throw new Error("at most one name");
    return { help: values.help, name: positionals[0] };
  } catch (error) {
    return end(`${error.message}; see scripts/cron --help`);
  }
}

function end(reason) {
  console.error(reason);
  process.exit(1);
}
