// The files under a path that a build reads: without build outputs, installed packages and tests.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const EXCLUDED = new Set(["node_modules", "target", "build", "dist", "tests"]);

/**
 * @param {string} path a file or folder; may be missing, or removed during the iteration
 * @returns {Generator<string>} in the order of their names
 */
export function* sourceFiles(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isDirectory()) {
    yield path;
    return;
  }
  for (const name of namesIn(path)) {
    if (!EXCLUDED.has(name) && !name.startsWith(".")) yield* sourceFiles(join(path, name));
  }
}

function namesIn(folder) {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}
