// What is shipped, and what it takes until it answers.
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "../../scripts/lib/root.mjs";
import { spread } from "../lib/statistics.mjs";
import { BARE, CAMPANA, startCampana, startObjects } from "../lib/systems.mjs";

/** What wrangler uploads: the script and the WebAssembly that it imports. */
const SHIPPED = ["build/index.js", "build/index_bg.wasm"];
const MEBIBYTE = 1024 * 1024;

export const startup = {
  names: ["startup"],

  async run({ folder, runs, quick, progress }) {
    const count = quick ? 1 : runs;
    const times = { [CAMPANA]: [], [BARE]: [] };
    for (let run = 0; run < count; run += 1) {
      progress(`startup, run ${run + 1} of ${count}`);
      const runFolder = mkdtempSync(join(folder, "startup-"));
      times[CAMPANA].push(await timed(() => startCampana(runFolder, []), "/healthz"));
      times[BARE].push(await timed(async () => (await startObjects(runFolder))[1], "/"));
    }
    return [resultOf(times, SHIPPED.map(sizeOf))];
  },
};

/** Time until the engine is up, of the first request, and of the one after it, milliseconds. */
async function timed(start, path) {
  const began = performance.now();
  const system = await start();
  try {
    const up = performance.now();
    await answered(system.url + path);
    const first = performance.now();
    await answered(system.url + path);
    return { engine: up - began, first: first - up, second: performance.now() - first, total: first - began };
  } finally {
    await system.stop();
  }
}

async function answered(url) {
  const response = await fetch(url);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
}

function sizeOf(file) {
  const contents = readFileSync(join(ROOT, file));
  return { file, bytes: contents.length, gzipped: gzipSync(contents).length };
}

function resultOf(times, files) {
  const row = (label, pick) => ({
    label,
    digits: 1,
    values: Object.fromEntries(Object.entries(times).map(([name, list]) => [name, spread(list.map(pick))])),
  });
  const gzipped = files.reduce((sum, file) => sum + file.gzipped, 0) / MEBIBYTE;
  return {
    name: "startup",
    title: "the bundle, and the time from starting an engine to its first answer",
    rows: [
      row("start to first answer, ms", (time) => time.total),
      row("engine up, record migrated, ms", (time) => time.engine),
      row("first request, ms", (time) => time.first),
      row("second request, ms", (time) => time.second),
    ],
    figures: [
      {
        label: "startup: bundle, gzipped",
        value: spread([gzipped]),
        unit: "MiB",
        digits: 3,
        target: 1.5,
        bound: "at most",
      },
    ],
    notes: files.map(({ file, bytes, gzipped: small }) => `${file}: ${bytes} bytes, gzipped ${small}`),
    failures: [],
    raw: { times, files },
  };
}
