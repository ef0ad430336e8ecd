// scripts/import: sends dumps to an edge. What has arrived is stored beside the first file, so that a killed import goes on there.
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { AppRefused } from "../app-refused.mjs";
import { UnusableKey } from "../sealed-secrets.mjs";
import { BACKEND_OPTIONS, BACKEND_USAGE, Backend } from "./backend.mjs";
import { Importer } from "./importer.mjs";
import { linesOf } from "./lines.mjs";
import { Progress } from "./progress.mjs";
import { StoredPlace } from "./stored-place.mjs";

const USAGE = `usage: scripts/import FILE... [--tenant T]     imports JSON Lines; docs/import-export.md describes them

Lines that the edge has already stay as they are, so an import may be repeated. A killed one goes on where it was. Conversations
are hidden until all lines have arrived. Prints each refused line with the reason, and exits with 1 if there is one.
${BACKEND_USAGE}
  --progress F  file with the position up to which lines have arrived; FILE.progress if it is not given`;
/** Bytes of each file that the name of the import depends on. */
const NAMED_BY_BYTES = 65_536;

const { values, positionals: files } = read();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
if (files.length === 0) end(USAGE);
try {
  process.exitCode = (await run()) === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof AppRefused || error instanceof UnusableKey || error.code === "ENOENT")) throw error;
  end(error.message);
}

/** Returns the number of refused lines. */
async function run() {
  const sizes = files.map((file) => statSync(file).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const name = importName(values.tenant, files, sizes);
  const stored = new StoredPlace(values.progress ?? `${files[0]}.progress`, name);
  const backend = await Backend.open(values);
  const progress = new Progress("lines");
  const before = (place) => sizes.slice(0, place.file).reduce((sum, size) => sum + size, 0) + place.offset;
  const importer = new Importer(backend, {
    name,
    onRefused: (line, reason) => progress.say(`${files[line.file]}:${line.line}: ${reason}`),
    onArrived(place) {
      stored.keep(place);
      const { written, unchanged, refused } = importer.counts;
      progress.show(written + unchanged + refused, total === 0 ? 1 : before(place) / total);
    },
  });
  if (stored.place.offset > 0 || stored.place.file > 0) {
    progress.say(`goes on at line ${stored.place.line} of ${files[stored.place.file]}`);
  }
  await importer.run(linesOf(files, stored.place));
  const opened = await importer.open();
  stored.forget();
  const { written, unchanged, refused } = importer.counts;
  progress.say(
    `${written} lines written, ${unchanged} known already, ${refused} refused; ${opened} conversations opened`,
  );
  return refused;
}

/** The same files have the same name, so that a repeated import continues the conversations of the first one. */
function importName(tenant, paths, sizes) {
  const digest = createHash("sha256").update(tenant);
  for (const [place, path] of paths.entries()) {
    const bytes = Buffer.alloc(Math.min(NAMED_BY_BYTES, sizes[place]));
    const file = openSync(path, "r");
    readSync(file, bytes, 0, bytes.length, 0);
    closeSync(file);
    digest.update(`\n${sizes[place]}\n`).update(bytes);
  }
  return digest.digest("hex").slice(0, 32);
}

function read() {
  try {
    const options = { ...BACKEND_OPTIONS, progress: { type: "string" }, help: { type: "boolean", short: "h" } };
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return end(`${error.message}\n${USAGE}`);
  }
}

function end(message) {
  console.error(message);
  return process.exit(2);
}
