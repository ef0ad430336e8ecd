// Time during which this process and the engine's could not run, which is subtracted from delays.
import { readFileSync } from "node:fs";

const STEP_MS = 50;
const KEPT = 2_000;
const NS_PER_MS = 1e6;

export class Stalls {
  // [time, total lateness of this process, total run-queue wait of the engine], ms.
  #samples = [];
  #late = 0;
  #pid;

  /** @param {() => number} pid the engine's process */
  constructor(pid) {
    this.#pid = pid;
    let expected = performance.now() + STEP_MS;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#late += Math.max(0, now - expected);
      expected = now + STEP_MS;
      this.#samples.push([now, this.#late, this.#waited()]);
      if (this.#samples.length > KEPT) this.#samples.shift();
    }, STEP_MS);
  }

  #timer;

  // The second number is the thread's run-queue wait (Linux only).
  #waited() {
    try {
      return Number(readFileSync(`/proc/${this.#pid()}/schedstat`, "utf8").split(" ")[1]) / NS_PER_MS;
    } catch {
      return 0;
    }
  }

  /** Stalled time of both between two times, ms. */
  between(from, to) {
    const before = this.#samples.findLast(([at]) => at <= from) ?? this.#samples[0];
    const after = this.#samples.find(([at]) => at >= to) ?? this.#samples.at(-1);
    if (!before || !after) return 0;
    return Math.max(0, after[1] - before[1]) + Math.max(0, after[2] - before[2]);
  }

  stop() {
    clearInterval(this.#timer);
  }
}
