// Compares the API documents with those of the last release; `--release` makes the present ones the released ones. The rules are in
// docs/versioning.md.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changesOfEvents, changesOfHttp, undeclared } from "./api-changes.mjs";
import { ROOT } from "./root.mjs";

const PRESENT = join(ROOT, "schema/api");
const RELEASED = join(PRESENT, "released");
const DECLARATIONS = join(RELEASED, "breaking.json");
const DOCUMENTS = { "openapi.json": changesOfHttp, "asyncapi.json": changesOfEvents };

function check() {
  const read = (path) => JSON.parse(readFileSync(path, "utf8"));
  const changes = Object.entries(DOCUMENTS).flatMap(([name, compare]) =>
    compare(read(join(RELEASED, name)), read(join(PRESENT, name))),
  );
  const faults = undeclared([...new Set(changes)], read(DECLARATIONS));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) {
    console.error(`see docs/versioning.md: a breaking change needs a declaration in ${DECLARATIONS}`);
    process.exitCode = 1;
  }
}

function release() {
  mkdirSync(RELEASED, { recursive: true });
  for (const name of Object.keys(DOCUMENTS)) copyFileSync(join(PRESENT, name), join(RELEASED, name));
  writeFileSync(DECLARATIONS, "[]\n");
}

if (process.argv[2] === "--release") release();
else check();
