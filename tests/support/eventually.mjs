// Polls for a condition that no frame announces, for example rows in the record after a flush.
import { setTimeout as pause } from "node:timers/promises";

const POLL_MS = 25;

/**
 * Calls `check` every 25 ms until its result is truthy, and returns it.
 * @param {() => Promise<unknown> | unknown} check
 * @param {string} what for the error message
 */
export async function eventually(check, what, withinMs = 30_000) {
  const deadline = Date.now() + withinMs;
  let last;
  while (Date.now() < deadline) {
    last = await check();
    if (last) return last;
    await pause(POLL_MS);
  }
  throw new Error(`waited ${withinMs} ms for ${what}; last result: ${JSON.stringify(last)}`);
}
