// scripts/verify: recomputes the counts of a database from its messages.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { differences } from "./counts.mjs";
import { STATE } from "./running.mjs";

const USAGE = `usage: scripts/verify [file]     a SQLite file with the record; without one: that of the local edge

Recomputes members, unread messages, mentions, replies and reactions, and prints each stored count that differs. Exits with
1 if there are any. Of a deployment: wrangler d1 export DATABASE --output record.sql && sqlite3 record.sqlite < record.sql
A conversation whose object has not written all its events yet can differ; run it again a few seconds later.`;

const { values, positionals } = read();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const file = positionals[0] ?? localRecord();
if (!file) end("there is no local database: start scripts/dev first, or name a file");
const found = check(file);
for (const { check, id, stored, recomputed } of found)
  console.log(`${check} of ${id}: stored ${stored}, recomputed ${recomputed}`);
console.log(
  found.length === 0 ? "all counts are exact" : found.length === 1 ? "1 difference" : `${found.length} differences`,
);
process.exit(found.length === 0 ? 0 : 1);

function check(path) {
  try {
    return differences(new DatabaseSync(path, { readOnly: true, timeout: 5_000 }));
  } catch (error) {
    return end(`${path}: ${error.message}`);
  }
}

/** The record's file below the folder of the local edge. */
function localRecord() {
  const folder = join(STATE, "d1");
  try {
    const names = readdirSync(folder, { recursive: true });
    return names.map((name) => join(folder, name)).find((name) => /[0-9a-f]{64}\.sqlite$/.test(name));
  } catch {
    return undefined;
  }
}

function read() {
  try {
    return parseArgs({ allowPositionals: true, options: { help: { type: "boolean", short: "h" } } });
  } catch (error) {
    return end(`${error.message}\n${USAGE}`);
  }
}

function end(message) {
  console.error(`scripts/verify: ${message}`);
  return process.exit(2);
}
