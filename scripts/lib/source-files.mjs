// The files under a path that a build reads. What is built, installed or only tested is left out.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const LEFT_OUT = new Set(["node_modules", "target", "build", "dist", "tests"]);

/**
 * @param {string} path a file or folder, which need not exist, or may be removed meanwhile
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
    if (!LEFT_OUT.has(name) && !name.startsWith(".")) yield* sourceFiles(join(path, name));
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
