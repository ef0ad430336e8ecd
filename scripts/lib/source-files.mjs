// The files under a path that a build reads. What is built, installed or only tested is left out.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const LEFT_OUT = new Set(["node_modules", "target", "build", "dist", "tests"]);

/** @param {string} path a file or folder, which need not exist @returns {Generator<string>} in the order of their names */
export function* sourceFiles(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (!LEFT_OUT.has(name) && !name.startsWith(".")) yield* sourceFiles(join(path, name));
  }
}
