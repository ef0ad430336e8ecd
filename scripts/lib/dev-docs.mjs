// The documentation in scripts/dev: built when one of its pages is opened and its sources have changed, and served with the addresses
// and the policy of a deployment.
import { readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { ROOT } from "./root.mjs";
import { sourceFiles } from "./source-files.mjs";
import { runTool } from "./tools.mjs";

const SITE = join(ROOT, ".campana/docs");
const SOURCES = ["docs", "schema/api", "web/scripts/docs", "web/src/docs", "web/src/app", "web/README.md"];
const MORE = ["ARCHITECTURE.md", "SECURITY.md", "bench/README.md", "package-lock.json"];
const PATH = /^\/(?:docs(?:\/[\w./-]*)?|assets\/docs-[\w.-]+)$/;
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
};
/** As `workers/http/src/response/browser_policy.rs` has it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; connect-src 'self'";

let built;
let state;

/** Connect middleware. What is no file of the documentation goes on to the edge, which refuses it. */
export async function serveDocs(request, response, next) {
  const [path] = request.url.split("?", 1);
  if (!["GET", "HEAD"].includes(request.method) || !PATH.test(path) || path.includes("..")) return next();
  try {
    await build();
  } catch (error) {
    response.writeHead(500, { "content-type": "text/plain; charset=utf-8" });
    return response.end(`The documentation cannot be built.\n\n${error.message}\n`);
  }
  const file = fileOf(path);
  const content = read(file);
  if (content === undefined) return next();
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
  });
  return response.end(request.method === "HEAD" ? undefined : content);
}

function build() {
  const current = [...SOURCES, ...MORE].flatMap((path) => [...sourceFiles(join(ROOT, path))].map(stamp)).join();
  if (current !== state) {
    state = current;
    built = runTool(process.execPath, [join(ROOT, "web/scripts/docs/build.mjs"), SITE]);
    built.catch(() => {
      state = undefined;
    });
  }
  return built;
}

function stamp(file) {
  return `${file} ${statSync(file, { throwIfNoEntry: false })?.mtimeMs}`;
}

/** As `workers/http/src/api/web_app.rs` finds it. */
function fileOf(path) {
  const page = path.replace(/\/$/, "");
  return page.startsWith("/docs") && !page.includes(".") ? `${page}.html` : path;
}

function read(path) {
  try {
    return readFileSync(join(SITE, path));
  } catch {
    return undefined;
  }
}
