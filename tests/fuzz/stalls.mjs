// How long this process and the engine's were kept from running: what a message was late for that reason is no fault of
// the engine's.
import { readFileSync } from "node:fs";

const STEP_MS = 50;
const KEPT = 2_000;
const NS_PER_MS = 1e6;

export class Stalls {
  // [when, how long this process was late so far, how long the engine waited for a processor so far], ms.
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

  // The second number is how long the thread was ready to run and did not (Linux; elsewhere nothing is known).
  #waited() {
    try {
      return Number(readFileSync(`/proc/${this.#pid()}/schedstat`, "utf8").split(" ")[1]) / NS_PER_MS;
    } catch {
      return 0;
    }
  }

  /** How long the two were kept from running between two times, ms. */
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
