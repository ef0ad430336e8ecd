// Prints one hash over the names and contents of the given files and folders, so that a build step detects changed inputs. A path
// that does not exist counts as empty.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { sourceFiles } from "./source-files.mjs";

const hash = createHash("sha256");
for (const path of process.argv.slice(2)) {
  for (const file of sourceFiles(path)) {
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
}
console.log(hash.digest("hex"));
