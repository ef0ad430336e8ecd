// Reports changed source files. Polls times and sizes, because Node's recursive `fs.watch` on Linux loses a file that an editor
// replaces by renaming. A few hundred `stat` calls take about 5 ms.
import { statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { sourceFiles } from "./source-files.mjs";

const POLL_MS = 250;

/**
 * Yields the paths changed, added or removed since this call or the last yield, once one poll finds no further change.
 * @param {string[]} paths files and folders @param {AbortSignal} signal ends the iteration
 * @returns {AsyncGenerator<string[]>}
 */
export function changes(paths, signal) {
  return differencesTo(snapshot(paths), paths, signal);
}

async function* differencesTo(first, paths, signal) {
  let reported = first;
  for (let previous = reported; ; ) {
    try {
      await wait(POLL_MS, undefined, { signal });
    } catch {
      return;
    }
    const current = snapshot(paths);
    const isStable = differences(previous, current).length === 0;
    const changed = isStable ? differences(reported, current) : [];
    previous = current;
    if (changed.length === 0) continue;
    reported = current;
    yield changed;
  }
}

function snapshot(paths) {
  const states = new Map();
  for (const path of paths) {
    for (const file of sourceFiles(path)) {
      // A file can be removed between its listing and this call.
      const stat = statSync(file, { throwIfNoEntry: false });
      if (stat) states.set(file, `${stat.mtimeMs} ${stat.size} ${stat.ino}`);
    }
  }
  return states;
}

function differences(before, after) {
  const files = new Set([...before.keys(), ...after.keys()]);
  return [...files].filter((file) => before.get(file) !== after.get(file));
}
