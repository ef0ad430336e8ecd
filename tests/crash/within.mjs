// A time-out for a promise.
import { setTimeout as pause } from "node:timers/promises";

export class TookTooLong extends Error {}

/** Settles as `promise` does; rejects with the name of the operation after the time-out, without cancelling it. */
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
