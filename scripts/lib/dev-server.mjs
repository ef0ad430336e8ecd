// The development server: builds the edge, starts it behind the web app's server, and rebuilds and reloads it when its sources
// change. A failed build or start is reported, and the last good build keeps serving.
import { relative } from "node:path";
import { changes } from "./changes.mjs";
import { startWeb } from "./dev-web.mjs";
import { printWarnings, startEngine } from "./engine.mjs";
import { ROOT } from "./root.mjs";

/**
 * @param {object} options
 * @param {number} options.port of the web app and, behind it, the edge; 0 takes any free port
 * @param {Omit<import("./engine.mjs").EngineOptions, "port" | "assets">} options.engine
 * @param {string[]} options.sources files and folders that the edge is built from
 * @param {() => Promise<void>} options.build builds into `engine.build`
 * @param {(engine: object) => Promise<void>} options.prepare runs after every start and reload, before requests are admitted
 * @param {(line: string) => void} [options.say]
 * @param {AbortSignal} options.signal stops watching
 */
export async function startDevServer({
  port,
  engine: engineOptions,
  sources,
  build,
  prepare,
  say = console.log,
  signal,
}) {
  const changed = changes(sources, signal);
  while (!(await attempt("building the edge (development)", build))) {
    say("The edge does not build yet. Waiting for a change.");
    if ((await changed.next()).done) throw new Error("stopped before the edge could be built");
  }
  const engine = await startEngine({ onLog: printWarnings, ...engineOptions, port: 0, assets: false });
  let web;
  try {
    await prepare(engine);
    web = await startWeb({ port, edge: engine.url });
  } catch (error) {
    await engine.stop();
    throw error;
  }
  const watching = watch();

  return {
    /** For browsers and clients. */
    url: web.url,
    engine,
    /** Call after aborting `signal`. */
    async stop() {
      await Promise.all([watching, web.stop(), engine.stop()]);
    },
  };

  async function watch() {
    for await (const files of changed) {
      const began = performance.now();
      say(`changed: ${listOf(files)}`);
      if (!(await attempt("building the edge", build)) || signal.aborted) continue;
      const isLive = await attempt("reloading the edge", () => web.whileReplaced(reload));
      if (isLive) say(`the change is live, ${seconds(began)} s after it was detected`);
    }
  }

  async function reload() {
    await engine.reload();
    await prepare(engine);
  }

  async function attempt(step, act) {
    const began = performance.now();
    say(`${step} ...`);
    try {
      await act();
    } catch (error) {
      if (!signal.aborted) say(`${step}: FAILED: ${error.message}`);
      return false;
    }
    say(`${step}: ${seconds(began)} s`);
    return true;
  }
}

function seconds(began) {
  return ((performance.now() - began) / 1000).toFixed(1);
}

function listOf(files) {
  const names = files.map((file) => relative(ROOT, file));
  return names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
}
