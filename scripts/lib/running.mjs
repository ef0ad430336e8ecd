// At most one local edge uses .campana/state. While it runs, .campana/running.json has its addresses and process ids; after a
// crash the file identifies the runtime that is still running.
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ROOT } from "./root.mjs";

export const FOLDER = join(ROOT, ".campana");
export const STATE = join(FOLDER, "state");
const RUNNING_FILE = join(FOLDER, "running.json");
/** Structured log of the running edge, one JSON object per line. */
export const EDGE_LOG = join(FOLDER, "edge.log");

/**
 * Writes the running file; call it again after the runtime was replaced.
 * @typedef {object} RunningEdge
 * @property {string} url for browsers and clients
 * @property {string} edge the engine's own address, which also accepts the triggers of schedules
 * @property {number} runtime process id of workerd
 * @param {RunningEdge} edge
 */
export function writeRunning({ url, edge, runtime }) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(RUNNING_FILE, JSON.stringify({ pid: process.pid, runtime, url, edge }));
  process.off("exit", removeRunningFile);
  process.once("exit", removeRunningFile);
}

function removeRunningFile() {
  rmSync(RUNNING_FILE, { force: true });
}

/** Starts an empty log. Returns a function that appends a message if it is a structured line. */
export function openEdgeLog() {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(EDGE_LOG, "");
  return (message) => {
    if (message.startsWith("{")) appendFileSync(EDGE_LOG, `${message}\n`);
  };
}

/** @returns {(RunningEdge & {pid: number}) | undefined} */
export function runningEdge() {
  const running = readRunningFile();
  return running && commandOf(running.pid).includes("dev.mjs") ? running : undefined;
}

export async function clearAfterCrash() {
  const running = readRunningFile();
  if (!running || runningEdge()) return;
  if (commandOf(running.runtime).includes("workerd")) {
    process.kill(running.runtime, "SIGKILL");
    while (commandOf(running.runtime) !== "") await wait(20);
  }
  rmSync(RUNNING_FILE, { force: true });
}

function readRunningFile() {
  try {
    return JSON.parse(readFileSync(RUNNING_FILE, "utf8"));
  } catch {
    return undefined;
  }
}

// The system reuses process ids, so callers compare the command.
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    try {
      return execFileSync("ps", ["-p", String(pid), "-o", "command="], { encoding: "utf8", stdio: "pipe" });
    } catch {
      return "";
    }
  }
}
