// The development build of the edge: incremental cargo without LTO, wasm-bindgen, esbuild; no wasm-opt. About 10 s after a one-line
// change. Its own profile and output folder keep it and the release build from invalidating each other.
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build as bundle } from "esbuild";
import { readObjectClasses } from "./object-classes.mjs";
import { ROOT } from "./root.mjs";
import { runTool } from "./tools.mjs";

export const DEV_BUILD = join(ROOT, "target/edge-dev");
const STAGING = `${DEV_BUILD}.new`;
/** Fingerprint of the inputs, stored in the build. */
const INPUTS = join(DEV_BUILD, "inputs");
const WASM_BINDGEN = join(ROOT, ".tools/cargo/bin/wasm-bindgen");
const WORKER = join(ROOT, "scripts/lib/dev-worker.js");

const CARGO = [
  ...["build", "--package", "campana-edge", "--lib", "--profile", "dev-edge"],
  ...["--target", "wasm32-unknown-unknown", "--message-format", "json-render-diagnostics"],
];
// As worker-build sets it: the code that wasm-bindgen's macro generates then uses `js_sys::futures`.
const CARGO_ENV = { WASM_BINDGEN_USE_JS_SYS: "1" };
// As worker-build passes them, so that an instance can be replaced after a trap.
const WASM_BINDGEN_OPTIONS = [
  ...["--target", "module", "--out-name", "index", "--no-typescript"],
  ...["--experimental-reset-state-function", "--force-enable-abort-handler"],
];

/**
 * Builds the edge into `DEV_BUILD`. Rejects with `ToolFailed`; compile errors are then on the terminal, and the last good build
 * stays.
 */
export async function buildDevEdge() {
  // The first build takes minutes, so cargo prints its progress.
  const isFirst = !existsSync(INPUTS);
  const [output] = await Promise.all([
    runTool("cargo", isFirst ? CARGO : [...CARGO, "--quiet"], CARGO_ENV),
    runTool("scripts/setup", ["wasm-bindgen"]).then((text) => process.stdout.write(text)),
  ]);
  const wasm = wasmOf(output);
  const inputs = stateOf([wasm, WASM_BINDGEN, WORKER, join(ROOT, "wrangler.toml")]);
  if (!isFirst && readFileSync(INPUTS, "utf8") === inputs) return;
  rmSync(STAGING, { recursive: true, force: true });
  await runTool(WASM_BINDGEN, [wasm, "--out-dir", STAGING, ...WASM_BINDGEN_OPTIONS]);
  await writeWorker();
  writeFileSync(join(STAGING, basename(INPUTS)), inputs);
  rmSync(DEV_BUILD, { recursive: true, force: true });
  renameSync(STAGING, DEV_BUILD);
}

// Fingerprint of the files: modification times and paths.
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
