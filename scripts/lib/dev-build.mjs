// The development build of the edge and the images Worker: incremental cargo without LTO, wasm-bindgen, esbuild; no wasm-opt. About 10 s after a one-line
// change. Its own profile and output folder keep it and the release build from invalidating each other.
import { cpSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { readObjectClasses } from "./object-classes.mjs";
import { ROOT } from "./root.mjs";
import { runTool } from "./tools.mjs";

export const DEV_BUILD = join(ROOT, "target/edge-dev");
const WASM_BINDGEN = join(ROOT, ".tools/cargo/bin/wasm-bindgen");
const WORKER = join(ROOT, "scripts/lib/dev-worker.js");

/** Fingerprint of the inputs, stored in the build. */
const INPUTS = "inputs";

const EDGE = { crate: "campana-edge", output: DEV_BUILD, config: "wrangler.toml", objects: readObjectClasses };
/** Built into a folder of its own, and copied into the edge's, which is replaced as a whole. */
const IMAGES = {
  crate: "campana-images-worker",
  output: join(ROOT, "target/images-dev"),
  config: "workers/images/wrangler.toml",
  objects: () => [],
};
// As worker-build sets it: the code that wasm-bindgen's macro generates then uses `js_sys::futures`.
const CARGO_ENV = { WASM_BINDGEN_USE_JS_SYS: "1" };
// As worker-build passes them, so that an instance can be replaced after a trap.
const WASM_BINDGEN_OPTIONS = [
  ...["--target", "module", "--out-name", "index", "--no-typescript"],
  ...["--experimental-reset-state-function", "--force-enable-abort-handler"],
];

/**
 * Builds the edge into `DEV_BUILD`, and the images Worker into its folder `images`. Rejects with `ToolFailed`; compile errors are
 * then on the terminal, and the last good build stays.
 */
export async function buildDevEdge() {
  process.stdout.write(await runTool("scripts/setup", ["wasm-bindgen"]));
  await buildWorker(IMAGES);
  await buildWorker(EDGE);
  const folder = join(DEV_BUILD, "images");
  const isCurrent = existsSync(join(folder, INPUTS)) && inputsIn(folder) === inputsIn(IMAGES.output);
  if (!isCurrent) cpSync(IMAGES.output, folder, { recursive: true });
}

async function buildWorker({ crate, output, config, objects }) {
  const cargo = [
    ...["build", "--package", crate, "--lib", "--profile", "dev-edge"],
    ...["--target", "wasm32-unknown-unknown", "--message-format", "json-render-diagnostics"],
  ];
  // The first build takes minutes, so cargo prints its progress.
  const isFirst = !existsSync(join(output, INPUTS));
  const messages = await runTool("cargo", isFirst ? cargo : [...cargo, "--quiet"], CARGO_ENV);
  const wasm = wasmOf(messages, crate);
  const inputs = stateOf([wasm, WASM_BINDGEN, WORKER, join(ROOT, config)]);
  if (!isFirst && inputsIn(output) === inputs) return;
  const staging = `${output}.new`;
  rmSync(staging, { recursive: true, force: true });
  await runTool(WASM_BINDGEN, [wasm, "--out-dir", staging, ...WASM_BINDGEN_OPTIONS]);
  await writeWorker(staging, objects());
  writeFileSync(join(staging, INPUTS), inputs);
  rmSync(output, { recursive: true, force: true });
  renameSync(staging, output);
}

function inputsIn(folder) {
  return readFileSync(join(folder, INPUTS), "utf8");
}

// Fingerprint of the files: modification times and paths.
function stateOf(files) {
  return files.map((file) => `${statSync(file).mtimeMs} ${file}\n`).join("");
}

function wasmOf(output, crate) {
  const messages = output.split("\n").filter((line) => line.startsWith("{"));
  const files = messages.flatMap((line) => JSON.parse(line).filenames ?? []);
  return files.findLast((file) => file.endsWith(`${crate.replaceAll("-", "_")}.wasm`));
}

async function writeWorker(staging, classes) {
  const objects = classes.map((name) => `export const ${name} = durableObject(edge.${name});`);
  const entry = [
    `import { durableObject } from ${JSON.stringify(WORKER)};`,
    'import * as edge from "campana-edge";',
    `export { default } from ${JSON.stringify(WORKER)};`,
    ...objects,
  ];
  const { outputFiles } = await bundle({
    stdin: { contents: entry.join("\n"), resolveDir: ROOT },
    alias: { "campana-edge": join(staging, "index.js") },
    bundle: true,
    format: "esm",
    external: ["./index_bg.wasm", "cloudflare:*"],
    write: false,
    logLevel: "error",
  });
  // workerd imports a compiled module, which needs no source phase.
  writeFileSync(join(staging, "index.js"), outputFiles[0].text.replaceAll("import source ", "import "));
}
