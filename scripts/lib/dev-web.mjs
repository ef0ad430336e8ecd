// The web app of scripts/dev: Vite's development server, at the printed address. As in a deployment, the page is served at its own
// routes only; everything else that is not the app's goes to the edge, including WebSockets and event streams.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createLogger, createServer } from "vite";
import { serveDocs } from "./dev-docs.mjs";
import { ROOT } from "./root.mjs";

const HOST = "127.0.0.1";
/** Longest wait for pending requests before the edge is replaced. */
const DRAIN_MS = 1_000;
/** Routes of the page, as `workers/http/src/api/web_app.rs` has them. */
const PAGE = /^\/(?:(?:security|invite\/[^/]+)\/?)?$/;
/** Paths of Vite's own modules and of the app's sources. */
const MODULE = /^\/(?:@|src\/|node_modules\/|__)/;
const PUBLIC = join(ROOT, "web/public");
const NONCE = "development";
/**
 * Looser than the policy of a deployment (`workers/http/src/response/browser_policy.rs`): hot reload inserts styles and a script
 * into the page. The nonce is no secret; it shows inline scripts of the app itself, which a deployment refuses.
 */
const POLICY = [
  `default-src 'none'; script-src 'self' 'nonce-${NONCE}'; style-src 'self' 'unsafe-inline'; img-src 'self' https: data:`,
  "media-src 'self'",
  "connect-src 'self' ws:; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * @param {object} options
 * @param {number} options.port 0 takes any free port
 * @param {string} options.edge the edge's own URL
 */
export async function startWeb({ port, edge }) {
  const gate = new Gate();
  const server = await createServer({
    root: join(ROOT, "web"),
    clearScreen: false,
    html: { cspNonce: NONCE },
    customLogger: quietLogger(),
    server: {
      host: HOST,
      port,
      strictPort: true,
      // The edge answers preflight requests itself.
      cors: false,
      headers: { "content-security-policy": POLICY, "referrer-policy": "no-referrer" },
      proxy: { "^/": { target: edge, ws: true, bypass: addressAtVite } },
    },
    plugins: [
      {
        name: "campana-edge",
        configureServer({ middlewares }) {
          middlewares.use(serveDocs);
          middlewares.use(async (request, response, next) => {
            if (addressAtVite(request) === undefined) await gate.enter(request, response);
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

/** Where Vite has what is requested; undefined for a request that the edge answers. */
function addressAtVite({ method, url }) {
  if (method !== "GET" && method !== "HEAD") return undefined;
  const [path] = url.split("?", 1);
  if (PAGE.test(path)) return "/index.html";
  return MODULE.test(path) || readdirSync(PUBLIC).includes(path.slice(1)) ? url : undefined;
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
