// The scheduled functions' names, read from wrangler.toml, which says when they run, and how to fire one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.mjs";

// A line of wrangler.toml such as: "*/5 * * * *", # presence: presence, tickets
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

/** Fires a schedule by the engine's own trigger, as if due at `time`. Resolves when it has run. */
export async function fire(url, cron, time) {
  const response = await fetch(`${url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}&time=${time}`);
  if (!response.ok) throw new Error(`the scheduled handler answered ${response.status}: ${await response.text()}`);
}
