// The options of both workers in their wrangler.toml, for Miniflare.
import { join } from "node:path";
import { unstable_getMiniflareWorkerOptions as readWrangler } from "wrangler";
import { ROOT } from "./root.mjs";

/** Of the edge; read again at every call, because the file may have changed. */
export function readWorkerOptions() {
  return read("wrangler.toml");
}

/** Of the images Worker. */
export function readImagesOptions() {
  return read("workers/images/wrangler.toml");
}

function read(file) {
  const level = process.env.WRANGLER_LOG;
  // Wrangler warns that the secrets which a deployment requires are not in the environment; the caller has its own.
  process.env.WRANGLER_LOG = "error";
  try {
    return readWrangler(join(ROOT, file)).workerOptions;
  } finally {
    if (level === undefined) delete process.env.WRANGLER_LOG;
    else process.env.WRANGLER_LOG = level;
  }
}
