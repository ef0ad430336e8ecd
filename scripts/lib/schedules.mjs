// The schedules of wrangler.toml, and the trigger that fires one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.mjs";

// A line of wrangler.toml, for example: "*/5 * * * *", # presence: presence, tickets
const LINE = /^\s*"([^"]+)",\s*# (\w+): (.+)$/;

/** @returns {{name: string, cron: string, jobs: string[]}[]} */
export function readSchedules() {
  const [, list = ""] = readFileSync(join(ROOT, "wrangler.toml"), "utf8").split(/^crons = \[$/m);
  return list
    .split(/^\]$/m)[0]
    .split("\n")
    .map((line) => LINE.exec(line))
    .filter(Boolean)
    .map(([, cron, name, jobs]) => ({ name, cron, jobs: jobs.split(", ") }));
}

/** Fires a schedule through the engine's trigger, with `time` (Unix ms) as its due time. Resolves when it has run. */
export async function fire(url, cron, time) {
  const response = await fetch(`${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}&time=${time}`);
  if (!response.ok) throw new Error(`the scheduled handler answered ${response.status}: ${await response.text()}`);
}
