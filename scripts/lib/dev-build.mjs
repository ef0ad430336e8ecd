// The development build of the edge: cargo without LTO and incrementally, wasm-bindgen, esbuild; no wasm-opt. About 10 s after a
// one-line change. It has a profile and an output folder of its own, so that it and a release build do not undo one another.
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build as bundle } from "esbuild";
import { readObjectClasses } from "./object-classes.mjs";
import { ROOT } from "./root.mjs";
import { runTool } from "./tools.mjs";

export const DEV_BUILD = join(ROOT, "target/edge-dev");
const STAGING = `${DEV_BUILD}.new`;
/** In the build: what it was made from. */
const MADE_FROM = join(DEV_BUILD, "made-from");
const WASM_BINDGEN = join(ROOT, ".tools/cargo/bin/wasm-bindgen");
const WORKER = join(ROOT, "scripts/lib/dev-worker.js");

const CARGO = [
  ...["build", "--package", "campana-edge", "--lib", "--profile", "dev-edge"],
  ...["--target", "wasm32-unknown-unknown", "--message-format", "json-render-diagnostics"],
];
// As worker-build sets it: the code that wasm-bindgen's macro generates then uses `js_sys::futures`.
const CARGO_ENV = { WASM_BINDGEN_USE_JS_SYS: "1" };
// Those of worker-build, so that an instance can be replaced after a trap.
const WASM_BINDGEN_OPTIONS = [
  ...["--target", "module", "--out-name", "index", "--no-typescript"],
  ...["--experimental-reset-state-function", "--force-enable-abort-handler"],
];

/**
 * Builds the edge into `DEV_BUILD`. Compile errors are on the terminal when it rejects with `ToolFailed`; the last good build is
 * then still there.
 */
export async function buildDevEdge() {
  // What takes minutes the first time reports its progress.
  const isFirst = !existsSync(MADE_FROM);
  const [output] = await Promise.all([
    runTool("cargo", isFirst ? CARGO : [...CARGO, "--quiet"], CARGO_ENV),
    runTool("scripts/setup", ["wasm-bindgen"]).then((text) => process.stdout.write(text)),
  ]);
  const wasm = wasmOf(output);
  const state = stateOf([wasm, WASM_BINDGEN, WORKER, join(ROOT, "wrangler.toml")]);
  if (!isFirst && readFileSync(MADE_FROM, "utf8") === state) return;
  rmSync(STAGING, { recursive: true, force: true });
  await runTool(WASM_BINDGEN, [wasm, "--out-dir", STAGING, ...WASM_BINDGEN_OPTIONS]);
  await writeWorker();
  writeFileSync(join(STAGING, basename(MADE_FROM)), state);
  rmSync(DEV_BUILD, { recursive: true, force: true });
  renameSync(STAGING, DEV_BUILD);
}

// Changes whenever one of the files does.
function stateOf(files) {
  return files.map((file) => `${statSync(file).mtimeMs} ${file}\n`).join("");
}

function wasmOf(output) {
  const messages = output.split("\n").filter((line) => line.startsWith("{"));
  const files = messages.flatMap((line) => JSON.parse(line).filenames ?? []);
  return files.findLast((file) => file.endsWith("campana_edge.wasm"));
}

async function writeWorker() {
  const objects = readObjectClasses().map((name) => `export const ${name} = durableObject(edge.${name});`);
  const entry = [
    `import { durableObject } from ${JSON.stringify(WORKER)};`,
    'import * as edge from "campana-edge";',
    `export { default } from ${JSON.stringify(WORKER)};`,
    ...objects,
  ];
  const { outputFiles } = await bundle({
    stdin: { contents: entry.join("\n"), resolveDir: ROOT },
    alias: { "campana-edge": join(STAGING, "index.js") },
    bundle: true,
    format: "esm",
    external: ["./index_bg.wasm", "cloudflare:*"],
    write: false,
    logLevel: "error",
  });
  // workerd imports a compiled module, which needs no source phase.
  writeFileSync(join(STAGING, "index.js"), outputFiles[0].text.replaceAll("import source ", "import "));
}
