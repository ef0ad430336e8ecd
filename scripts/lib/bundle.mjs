// Looks at the built edge: every object of wrangler.toml is exported, and the bundle fits the limit (KiB, gzipped)
// given as argument.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "./root.mjs";

const limit = Number(process.argv[2]);
const script = readFileSync(join(ROOT, "build/index.js"));
const wasm = readFileSync(join(ROOT, "build/index_bg.wasm"));

const exported = new Set(
  [...script.toString().matchAll(/export\s*\{([^}]*)\}/g)]
    .flatMap((match) => match[1].split(","))
    .map((entry) =>
      entry
        .trim()
        .split(/\s+as\s+/)
        .at(-1),
    ),
);
const wanted = [...readFileSync(join(ROOT, "wrangler.toml"), "utf8").matchAll(/^class_name = "(\w+)"$/gm)].map(
  (match) => match[1],
);
const missing = wanted.filter((name) => !exported.has(name));
if (missing.length > 0) {
  console.error(`build/index.js does not export ${missing.join(", ")}, which wrangler.toml names`);
  process.exit(1);
}

const kib = [script, wasm].reduce((sum, part) => sum + gzipSync(part, { level: 9 }).length, 0) / 1024;
console.log(`edge bundle: ${kib.toFixed(0)} KiB gzipped (limit ${limit} KiB)`);
if (kib > limit) {
  console.error("the edge bundle is over its limit");
  process.exit(1);
}
