// Size of the bundle, and time from start to the first answer.
import { mkdtempSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "../../scripts/lib/root.mjs";
import { bundleSizes, compileTime, startupTimes } from "../../scripts/lib/startup.mjs";
import { spread } from "../lib/statistics.mjs";
import { BARE, CAMPANA, startCampana, startObjects } from "../lib/systems.mjs";

const MEBIBYTE = 1024 * 1024;

export const startup = {
  names: ["startup"],

  async run({ folder, runs, quick, progress }) {
    const count = quick ? 1 : runs;
    const times = { [CAMPANA]: [], [BARE]: [] };
    const bundle = { sizes: bundleSizes(), compile: [], startup: [] };
    for (let run = 0; run < count; run += 1) {
      progress(`startup, run ${run + 1} of ${count}`);
      const runFolder = mkdtempSync(join(folder, "startup-"));
      times[CAMPANA].push(await timed(() => startCampana(runFolder, []), "/healthz"));
      times[BARE].push(await timed(async () => (await startObjects(runFolder))[1], "/"));
      bundle.compile.push(compileTime());
      const { edge, empty } = await startupTimes();
      bundle.startup.push(edge - empty);
    }
    return [resultOf(times, bundle)];
  },
};

/** Milliseconds until the engine is up, of the first request, and of the second one. */
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

function resultOf(times, bundle) {
  const row = (label, pick) => ({
    label,
    digits: 1,
    values: Object.fromEntries(Object.entries(times).map(([name, list]) => [name, spread(list.map(pick))])),
  });
  const mebibytes = (name) => spread([bundle.sizes.reduce((sum, size) => sum + size[name], 0) / MEBIBYTE]);
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
        value: mebibytes("gzipped"),
        unit: "MiB",
        digits: 3,
        target: 6,
        bound: "at most",
      },
      { label: "startup: bundle, raw", value: mebibytes("bytes"), unit: "MiB", digits: 3 },
      { label: "startup: compiling the WebAssembly", value: spread(bundle.compile), unit: "ms", digits: 1 },
      {
        label: "startup: more than an empty worker takes to its first answer",
        value: spread(bundle.startup),
        unit: "ms",
        digits: 1,
        target: 200,
        bound: "at most",
      },
    ],
    notes: bundle.sizes.map(
      ({ path, bytes, gzipped }) => `${relative(ROOT, path)}: ${bytes} bytes, gzipped ${gzipped}`,
    ),
    failures: [],
    raw: { times, bundle },
  };
}
