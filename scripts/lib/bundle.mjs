// Checks the edge after a release build: every object of wrangler.toml is exported, and size and start-up time are within their limits.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readObjectClasses } from "./object-classes.mjs";
import { ROOT } from "./root.mjs";
import { bundleSizes, startupTimes } from "./startup.mjs";

const LIMIT_MIB = 6;
const LIMIT_MS = 200;
/** Time to the first answer of an empty worker on the reference machine: 2 idle cores. */
const EMPTY_MS = 160;
/** Load makes a start longer, never shorter, so the best try counts. Tries end once one is within the limit. */
const MIN_TRIES = 3;
const MAX_TRIES = 12;

const script = readFileSync(join(ROOT, "build/index.js"), "utf8");
const exported = new Set(
  [...script.matchAll(/export\s*\{([^}]*)\}/g)]
    .flatMap((match) => match[1].split(","))
    .map((entry) =>
      entry
        .trim()
        .split(/\s+as\s+/)
        .at(-1),
    ),
);
const missing = readObjectClasses().filter((name) => !exported.has(name));
if (missing.length > 0) fail(`build/index.js does not export ${missing.join(", ")}, which wrangler.toml names`);

const sizes = bundleSizes();
const mib = (name) => sizes.reduce((sum, size) => sum + size[name], 0) / 1024 / 1024;
console.log(
  `edge bundle: ${mib("gzipped").toFixed(2)} MiB gzipped (limit ${LIMIT_MIB} MiB), ${mib("bytes").toFixed(2)} MiB raw`,
);
if (mib("gzipped") > LIMIT_MIB) fail("the edge bundle is over its limit");

const { startup, limit } = await bestStartup();
console.log(`edge start-up: ${startup.toFixed(0)} ms (limit ${limit.toFixed(0)} ms)`);
if (startup > limit) fail(`the edge takes longer to start than its limit, in each of ${MAX_TRIES} tries`);

// Takes the best of each kind, so that one slow start of the empty worker does not hide the edge's own time. On a slower or busy
// machine the limit rises in proportion.
async function bestStartup() {
  const best = { empty: Number.POSITIVE_INFINITY, edge: Number.POSITIVE_INFINITY };
  for (let tries = 1; ; tries += 1) {
    const times = await startupTimes();
    for (const kind of Object.keys(best)) best[kind] = Math.min(best[kind], times[kind]);
    const startup = best.edge - best.empty;
    const limit = LIMIT_MS * Math.max(1, best.empty / EMPTY_MS);
    if (tries === MAX_TRIES || (tries >= MIN_TRIES && startup <= limit)) return { startup, limit };
  }
}

function fail(reason) {
  console.error(reason);
  process.exit(1);
}
