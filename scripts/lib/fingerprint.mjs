// Prints one hash over the names and contents of the files and folders given, so that a step can tell
// whether anything it depends on has changed. What is built, installed or only tested is left out.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const LEFT_OUT = new Set(["node_modules", "target", "dist", "tests"]);

function* filesUnder(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (!LEFT_OUT.has(name) && !name.startsWith(".")) yield* filesUnder(join(path, name));
  }
}

const hash = createHash("sha256");
for (const path of process.argv.slice(2)) {
  for (const file of filesUnder(path)) {
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
}
console.log(hash.digest("hex"));
