// The local engine: workerd, started through Miniflare from wrangler.toml and the built workers, without a proxy in front.
// `scripts/dev`, the end-to-end tests and the benchmark start it here.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { setImmediate } from "node:timers/promises";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { readRenamedClasses } from "./object-classes.mjs";
import { isPortFree, PortTaken } from "./port.mjs";
import { ROOT } from "./root.mjs";
import { fire } from "./schedules.mjs";
import { localSecretsKey, newSecretsKey, SECRETS_KEY } from "./sealed-secrets.mjs";
import { readImagesOptions, readWorkerOptions } from "./worker-options.mjs";

export const WORKER_NAME = "campana";
/** Has no address; the edge has a service binding to it. */
export const IMAGES_NAME = "campana-images";
export { PortTaken };

const RELEASE_BUILD = join(ROOT, "build");
const IMAGES_BUILD = join(RELEASE_BUILD, "images");

/**
 * @typedef {object} EngineOptions
 * @property {number} [port] 0, the default, takes a free port.
 * @property {string} [host] "127.0.0.1" by default.
 * @property {string} [persist] Folder for D1 and the objects' SQLite; without it `stop()` loses the data.
 * @property {Record<string, string>} [vars] Override those of wrangler.toml; the defaults here are ENVIRONMENT "local",
 *   LOG_LEVEL "warning", and for CAMPANA_SECRETS_KEY a key that is generated once per folder.
 * @property {Record<string, number | null>} [ceilings] Override the limits of wrangler.toml's [[ratelimits]], by binding;
 *   `null` leaves a limiter unbound.
 * @property {boolean} [assets] Whether the web app's files are served; true by default.
 * @property {string} [front] File of a module that wraps the built one, which it imports as "./index.js".
 * @property {string} [build] Folder of the built workers, the images Worker in its folder `images`; by default the release build's.
 * @property {string} [images] Address of an images Worker that `startImages` started; by default it is in the engine's process.
 * @property {(entry: {level: string, message: string}) => void} [onLog] Receives the output of the worker and the runtime.
 */

/**
 * Starts the built worker.
 * @param {EngineOptions} [options]
 */
export async function startEngine(options = {}) {
  const { port = 0, host = "127.0.0.1", persist, vars = {}, ceilings = {}, assets = true } = options;
  const { front, images, build = RELEASE_BUILD, onLog = printWarnings } = options;
  if (port !== 0 && !(await isPortFree(port, host))) throw new PortTaken(port);

  const secretsKey = persist === undefined ? newSecretsKey() : localSecretsKey(persist);
  const runtimes = watchRuntimes();
  let onRestart;
  // Read again for every start: wrangler.toml and the built worker may have changed.
  const readOptions = () => {
    const workerOptions = readWorkerOptions();
    return convertV4MiniflareOptions({
      host,
      port,
      cf: false,
      log: new Log(LogLevel.ERROR),
      logRequests: false,
      resourcePersistencePath: persist,
      unsafeTriggerHandlers: true,
      unsafeHandleRuntimeRestart: () => onRestart?.(),
      handleStructuredLogs: onLog,
      telemetry: { enabled: false },
      workers: [
        {
          ...workerOptions,
          assets: assets ? workerOptions.assets : undefined,
          name: WORKER_NAME,
          rootPath: ROOT,
          durableObjects: withFirstKeys(workerOptions.durableObjects),
          bindings: {
            ...workerOptions.bindings,
            ENVIRONMENT: "local",
            LOG_LEVEL: "warning",
            [SECRETS_KEY]: secretsKey,
            ...vars,
          },
          ratelimits: withCeilings(workerOptions.ratelimits, ceilings),
          ...(images === undefined
            ? {}
            : { serviceBindings: { ...workerOptions.serviceBindings, IMAGES: elsewhere(images) } }),
          modules: [...inFront(front), ...builtModules(build)],
        },
        ...(images === undefined ? [imagesWorker(build)] : []),
      ],
    });
  };
  const miniflare = new Miniflare(readOptions());
  let url;
  try {
    url = await miniflare.ready;
  } catch (error) {
    await miniflare.dispose().catch(() => {});
    throw error;
  }
  const pid = () => runtimes.current()?.pid;
  let stopped;

  return {
    /** HTTP address, without a trailing slash. */
    url: url.origin,
    /** The same for WebSockets. */
    socketUrl: url.origin.replace(/^http/, "ws"),
    /** For functions that this object does not have. */
    miniflare,
    pid,

    /** The D1 database behind a binding; call it again after `kill()` and `reload()`. */
    database: (binding = "DB") => miniflare.getD1Database(binding, WORKER_NAME),

    /**
     * Evicts an object from memory, as the platform does with an idle one. Its sockets stay open and hibernate.
     * @param {string} className "Conversation"
     * @param {string} name as passed to `idFromName`
     */
    async evict(className, name, webSockets = "hibernate") {
      await miniflare.unsafeEvictDurableObject(WORKER_NAME, className, { name, webSockets });
      // The call can block this process for seconds, in which the runtime ends idle connections. One turn of the event loop
      // discards them, so that the next request opens a new one.
      await setImmediate();
    },

    /** Runs the worker's scheduled handler once, as if due at `time` (Unix milliseconds). */
    schedule: (cron = "* * * * *", time = Date.now()) => fire(url.origin, cron, time),

    /**
     * Restarts the runtime with the current build, on the same port and data. Sockets break.
     */
    async reload() {
      await miniflare.setOptions(readOptions());
    },

    /** Kills the runtime with SIGKILL. Resolves when a new one answers on the same port and data. */
    async kill() {
      const restarted = new Promise((resolve) => {
        onRestart = resolve;
      });
      process.kill(pid(), "SIGKILL");
      await restarted;
      await miniflare.ready;
    },

    /** Stops the engine; idempotent. */
    stop() {
      runtimes.unwatch();
      stopped ??= miniflare.dispose();
      return stopped;
    },
  };
}

/**
 * Starts the images Worker alone, with an address.
 * @param {{build?: string, onLog?: EngineOptions["onLog"]}} [options] as those of `startEngine`
 */
export async function startImages({ build = RELEASE_BUILD, onLog = printWarnings } = {}) {
  const runtimes = watchRuntimes();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      log: new Log(LogLevel.ERROR),
      logRequests: false,
      handleStructuredLogs: onLog,
      telemetry: { enabled: false },
      workers: [imagesWorker(build)],
    }),
  );
  const url = await miniflare.ready;
  const stop = () => {
    runtimes.unwatch();
    return miniflare.dispose();
  };
  return { url: url.origin, pid: () => runtimes.current()?.pid, stop };
}

/** A service binding to another process. */
function elsewhere(address) {
  return { external: { address: new URL(address).host, http: {} } };
}

function imagesWorker(build) {
  const options = readImagesOptions();
  const bindings = { ...options.bindings, ENVIRONMENT: "local" };
  return {
    ...options,
    name: IMAGES_NAME,
    rootPath: ROOT,
    bindings,
    modules: builtModules(join(build, "images"), IMAGES_BUILD),
  };
}

function withCeilings(ratelimits, ceilings) {
  const bound = Object.entries(ratelimits).filter(([name]) => ceilings[name] !== null);
  const changed = bound.map(([name, { simple, ...rest }]) => {
    return [name, { ...rest, simple: { ...simple, limit: ceilings[name] ?? simple.limit } }];
  });
  return Object.fromEntries(changed);
}

// One script and the WebAssembly it imports. workerd names modules by paths below its root, so each is named as if it were in the
// release build.
function builtModules(build, named = RELEASE_BUILD) {
  return [
    { type: "ESModule", file: "index.js" },
    { type: "CompiledWasm", file: "index_bg.wasm" },
  ].map(({ type, file }) => {
    try {
      return { type, path: join(named, file), contents: readFileSync(join(build, file)) };
    } catch (cause) {
      throw new Error(`${relative(ROOT, join(build, file))} is missing: run scripts/build`, { cause });
    }
  });
}

function inFront(file) {
  if (file === undefined) return [];
  return [{ type: "ESModule", path: join(RELEASE_BUILD, basename(file)), contents: readFileSync(file) }];
}

// Miniflare does not expose its runtime's process id; Node's diagnostics channel reports every started process.
function watchRuntimes() {
  const started = [];
  const onStart = ({ process }) => started.push(process);
  subscribe("child_process", onStart);
  return {
    current: () => started.findLast((child) => child.spawnfile?.includes("workerd") && child.exitCode === null),
    unwatch: () => unsubscribe("child_process", onStart),
  };
}

/** Prints warnings and errors to standard error. */
export function printWarnings({ level, message }) {
  if (level === "error" || level === "warn") console.error(message);
}

// A renamed class keeps its objects: the key of their storage has the class's first name.
function withFirstKeys(durableObjects) {
  const first = readRenamedClasses();
  const withKey = (options) => {
    const name = first.get(options.className);
    return name ? { ...options, unsafeUniqueKey: `${WORKER_NAME}-${name}` } : options;
  };
  return Object.fromEntries(Object.entries(durableObjects).map(([binding, options]) => [binding, withKey(options)]));
}
