// One local edge at a time works on .campana/state. While it runs, .campana/running.json says who it is; after a crash
// that could not clean up, the file leads to the runtime that was left behind.
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ROOT } from "./root.mjs";

export const FOLDER = join(ROOT, ".campana");
export const STATE = join(FOLDER, "state");
const NOTE = join(FOLDER, "running.json");
/** What the running edge writes down, a structured line each. */
export const EDGE_LOG = join(FOLDER, "edge.log");

/**
 * Says again who runs after the runtime was replaced.
 * @typedef {object} RunningEdge
 * @property {string} url where people and clients reach it
 * @property {string} edge the edge's own address, which also takes the triggers of schedules
 * @property {number} runtime process id of workerd
 * @param {RunningEdge} edge
 */
export function noteRunning({ url, edge, runtime }) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(NOTE, JSON.stringify({ pid: process.pid, runtime, url, edge }));
  process.off("exit", removeNote);
  process.once("exit", removeNote);
}

function removeNote() {
  rmSync(NOTE, { force: true });
}

/** Begins a new log. Returns what appends to it, leaving out what is not a structured line. */
export function openEdgeLog() {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(EDGE_LOG, "");
  return (message) => {
    if (message.startsWith("{")) appendFileSync(EDGE_LOG, `${message}\n`);
  };
}

/** @returns {(RunningEdge & {pid: number}) | undefined} */
export function whoIsRunning() {
  const note = readNote();
  return note && commandOf(note.pid).includes("dev.mjs") ? note : undefined;
}

export async function clearAfterCrash() {
  const note = readNote();
  if (!note || whoIsRunning()) return;
  if (commandOf(note.runtime).includes("workerd")) {
    process.kill(note.runtime, "SIGKILL");
    while (commandOf(note.runtime) !== "") await wait(20);
  }
  rmSync(NOTE, { force: true });
}

function readNote() {
  try {
    return JSON.parse(readFileSync(NOTE, "utf8"));
  } catch {
    return undefined;
  }
}

// A process id may have gone to somebody else since: what counts is the command behind it.
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
