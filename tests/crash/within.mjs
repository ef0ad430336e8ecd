// A limit on how long something may take.
import { setTimeout as pause } from "node:timers/promises";

export class TookTooLong extends Error {}

/** Resolves as `promise` does; rejects with what it is after so long, whether it goes on or not. */
export async function within(ms, what, promise) {
  const timer = new AbortController();
  const late = pause(ms, undefined, { signal: timer.signal }).then(
    () => {
      throw new TookTooLong(`${what} took longer than ${ms} ms`);
    },
    () => promise,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}
