// The engines' processes: their ids, and when they are idle.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Calls `start` and returns its result with the id of the engine's process that it started. */
export async function startWithProcess(start) {
  // Node reports a process before it is spawned; its name and id are known later.
  const started = [];
  const note = ({ process: child }) => started.push(child);
  subscribe("child_process", note);
  try {
    const result = await start();
    const engine = started.findLast(({ spawnfile }) => spawnfile?.includes("workerd"));
    if (engine?.pid === undefined) throw new Error("no engine process was started");
    return { result, pid: engine.pid };
  } finally {
    unsubscribe("child_process", note);
  }
}

const TICKS_PER_SECOND = 100;
const LOOK_MS = 200;
const RESTING_SHARE = 0.06;

/** Waits until all processes are idle, at most 5 s. */
export async function rest(pids) {
  for (let round = 0; round < 25; round += 1) {
    const before = pids.map(processorSeconds);
    await sleep(LOOK_MS);
    const used = pids.map((pid, index) => processorSeconds(pid) - before[index]);
    if (used.every((seconds) => seconds / (LOOK_MS / 1000) < RESTING_SHARE)) return;
  }
}

/** Seconds of processor time that a process has used. */
export function processorSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    // Without /proc only the pause applies.
    return 0;
  }
}
