// The record for commands that read and change a few rows: the local engine's SQLite file, also while the engine runs, or the
// deployed D1 database.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppRefused } from "./app-refused.mjs";
import { ROOT } from "./root.mjs";

/** SQLite busy time-out while the engine writes. */
const BUSY_TIMEOUT_MS = 5_000;
const DATABASE = "campana";
const WRANGLER = join(ROOT, "node_modules/.bin/wrangler");

/**
 * @typedef {object} Record Statements have numbered placeholders, each used once.
 * @property {(sql: string, ...params: (string | number | null)[]) => Promise<object[]>} rows
 * @property {(statements: [sql: string, ...params: (string | number | null)[]][]) => Promise<void>} batch runs all or none
 * @property {() => void} close
 */

/** @param {string} folder of the local engine @returns {Record} */
export function openLocalRecord(folder) {
  const database = findDatabase(folder);
  if (!database) throw new AppRefused("there is no local database yet: start scripts/dev once");
  return {
    rows: async (sql, ...params) => database.prepare(sql).all(...params),
    async batch(statements) {
      database.exec("BEGIN IMMEDIATE");
      try {
        for (const [sql, ...params] of statements) database.prepare(sql).run(...params);
        database.exec("COMMIT");
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => database.close(),
  };
}

function findDatabase(folder) {
  for (const file of sqliteFiles(join(folder, "d1"))) {
    const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    const [{ n }] = database
      .prepare("SELECT COUNT(*) AS n FROM pragma_table_info('apps') WHERE name = 'webhooks'")
      .all();
    if (n > 0) return database;
    database.close();
  }
  return undefined;
}

function sqliteFiles(folder) {
  try {
    const names = readdirSync(folder, { recursive: true });
    return names.filter((name) => name.endsWith(".sqlite")).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** @returns {Record} */
export function openRemoteRecord() {
  const folder = mkdtempSync(join(tmpdir(), "campana-record-"));
  const wrangler = (...args) => {
    try {
      return execFileSync(WRANGLER, ["d1", "execute", DATABASE, "--remote", "--json", ...args], {
        cwd: ROOT,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
    } catch (error) {
      // Its JSON output explains the failure; the error only repeats the statement.
      throw new AppRefused(`wrangler failed\n${error.stdout ?? ""}`);
    }
  };
  return {
    async rows(sql, ...params) {
      const [{ results }] = JSON.parse(wrangler("--command", inline(sql, params)));
      return results;
    },
    // In a file with mode 600: every user of the machine can read a process's arguments. D1 executes a file completely or not at
    // all.
    async batch(statements) {
      const file = join(folder, "statements.sql");
      writeFileSync(file, batchText(statements), { mode: 0o600 });
      wrangler("--yes", "--file", file);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The statements of a batch as the text of one file. */
export function batchText(statements) {
  return statements.map(([sql, ...params]) => `${inline(sql, params)};\n`).join("");
}

/** The statement with its parameters as SQL literals. */
export function inline(sql, params) {
  return sql.replace(/\?(\d+)/g, (_, number) => literal(params[Number(number) - 1]));
}

function literal(value) {
  if (value === null) return "NULL";
  if (Number.isSafeInteger(value)) return String(value);
  if (typeof value !== "string" || value.includes("\0")) throw new AppRefused("this value cannot be written");
  return `'${value.replaceAll("'", "''")}'`;
}
