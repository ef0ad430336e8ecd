// Waits for a condition that no frame announces, such as what the record holds after a flush.
import { setTimeout as pause } from "node:timers/promises";

const STEP_MS = 25;

/**
 * Asks again and again until the answer is truthy, and returns it.
 * @param {() => Promise<unknown> | unknown} ask
 * @param {string} what in the words of the failure
 */
export async function eventually(ask, what, withinMs = 30_000) {
  const deadline = Date.now() + withinMs;
  let last;
  while (Date.now() < deadline) {
    last = await ask();
    if (last) return last;
    await pause(STEP_MS);
  }
  throw new Error(`waited ${withinMs} ms for ${what}; last answer: ${JSON.stringify(last)}`);
}
