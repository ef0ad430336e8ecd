// The web app of scripts/dev: Vite's development server, at the printed address. It proxies the paths of `run_worker_first` in
// wrangler.toml to the edge, including WebSockets and event streams.
import { join } from "node:path";
import { createLogger, createServer } from "vite";
import { unstable_readConfig as readConfig } from "wrangler";
import { ROOT } from "./root.mjs";

const HOST = "127.0.0.1";
/** Longest wait for pending requests before the edge is replaced. */
const DRAIN_MS = 1_000;

/**
 * @param {object} options
 * @param {number} options.port 0 takes any free port
 * @param {string} options.edge the edge's own URL
 */
export async function startWeb({ port, edge }) {
  const paths = edgePaths();
  const gate = new Gate();
  const server = await createServer({
    root: join(ROOT, "web"),
    clearScreen: false,
    customLogger: quietLogger(),
    server: {
      host: HOST,
      port,
      strictPort: true,
      // The edge answers preflight requests itself.
      cors: false,
      proxy: { [paths]: { target: edge, ws: true } },
    },
    plugins: [
      {
        name: "campana-edge",
        configureServer({ middlewares }) {
          middlewares.use(async (request, response, next) => {
            if (new RegExp(paths).test(request.url)) await gate.enter(request, response);
            next();
          });
        },
      },
    ],
  });
  await server.listen();
  return {
    url: `http://${HOST}:${server.httpServer.address().port}`,
    /** Runs `replace` after the pending requests are answered or 1 s, and holds new ones until it has ended. */
    whileReplaced: (replace) => gate.closeFor(replace),
    stop: () => server.close(),
  };
}

class Gate {
  #open = Promise.resolve();
  #pending = new Set();

  async enter(request, response) {
    await this.#open;
    // An event stream never ends by itself, so it is not waited for.
    if (request.headers.accept?.includes("text/event-stream")) return;
    const ended = new Promise((resolve) => response.once("close", resolve));
    this.#pending.add(ended);
    ended.then(() => this.#pending.delete(ended));
  }

  closeFor(replace) {
    const pending = [...this.#pending];
    const replaced = drained(pending).then(replace);
    this.#open = replaced.then(
      () => {},
      () => {},
    );
    return replaced;
  }
}

async function drained(requests) {
  let timer;
  const deadline = new Promise((resolve) => {
    timer = setTimeout(resolve, DRAIN_MS);
  });
  await Promise.race([Promise.all(requests), deadline]);
  clearTimeout(timer);
}

// The globs of `run_worker_first` as one regular expression over a request's path and query.
function edgePaths() {
  const globs = readConfig({ config: join(ROOT, "wrangler.toml") }, { hideWarnings: true }).assets.run_worker_first;
  const patterns = globs.map((glob) => glob.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*"));
  return `^(?:${patterns.join("|")})(?:\\?.*)?$`;
}

// A reload of the edge breaks every socket, and clients reconnect, so these errors are not logged.
function quietLogger() {
  const logger = createLogger("info", { allowClearScreen: false });
  const { error } = logger;
  logger.error = (message, options) => {
    if (!/\bws proxy (socket )?error\b/.test(message)) error(message, options);
  };
  return logger;
}
