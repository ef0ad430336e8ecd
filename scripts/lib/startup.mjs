// Measures the built edge: its size, the compile time of its WebAssembly, and its start-up time. The start-up time is the time from
// the start of a runtime to its first answer, minus that of an empty worker with the same bindings. It covers compilation,
// instantiation and the first request.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { readObjectClasses } from "./object-classes.mjs";
import { ROOT } from "./root.mjs";
import { readWorkerOptions } from "./worker-options.mjs";

const SCRIPT = join(ROOT, "build/index.js");
const WASM = join(ROOT, "build/index_bg.wasm");
// Both workers answer it without a D1 query, the edge with 404.
const PATH = "/not-there";

/** The files that wrangler uploads: the script and the WebAssembly that it imports. Sizes in bytes. */
export function bundleSizes() {
  return [SCRIPT, WASM].map((path) => {
    const contents = readFileSync(path);
    return { path, bytes: contents.length, gzipped: gzipSync(contents, { level: 9 }).length };
  });
}

/** Milliseconds to compile the WebAssembly, in a new process because V8 caches compiled modules. */
export function compileTime() {
  const measure = `const wasm = require("node:fs").readFileSync(${JSON.stringify(WASM)});
    const began = performance.now();
    new WebAssembly.Module(wasm);
    console.log(performance.now() - began);`;
  return Number(execFileSync(process.execPath, ["--eval", measure], { encoding: "utf8" }));
}

/** One measurement of both workers, in milliseconds from the start of a runtime to its first answer. */
export async function startupTimes() {
  return { empty: await timeToFirstAnswer(emptyModules()), edge: await timeToFirstAnswer(edgeModules()) };
}

async function timeToFirstAnswer(modules) {
  const workerOptions = readWorkerOptions();
  const options = convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    log: new Log(LogLevel.ERROR),
    logRequests: false,
    telemetry: { enabled: false },
    workers: [
      {
        ...workerOptions,
        assets: undefined,
        // The images Worker starts by itself.
        serviceBindings: {},
        name: "startup",
        rootPath: ROOT,
        bindings: { ...workerOptions.bindings, ENVIRONMENT: "local", LOG_LEVEL: "warning" },
        // Miniflare implements limiters as objects, whose start would be part of the time.
        ratelimits: {},
        modules,
      },
    ],
  });
  const began = performance.now();
  const miniflare = new Miniflare(options);
  try {
    const url = await miniflare.ready;
    await (await fetch(new URL(PATH, url))).arrayBuffer();
    return performance.now() - began;
  } finally {
    await miniflare.dispose();
  }
}

function emptyModules() {
  const classes = readObjectClasses().map((name) => `export class ${name} {}`);
  const handler = "export default { fetch: () => new Response() };";
  return [{ type: "ESModule", path: SCRIPT, contents: [handler, ...classes].join("\n") }];
}

function edgeModules() {
  return [
    { type: "ESModule", path: SCRIPT, contents: readFileSync(SCRIPT) },
    { type: "CompiledWasm", path: WASM, contents: readFileSync(WASM) },
  ];
}
