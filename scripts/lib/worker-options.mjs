// The worker's options in wrangler.toml, for Miniflare.
import { join } from "node:path";
import { unstable_getMiniflareWorkerOptions as readWrangler } from "wrangler";
import { ROOT } from "./root.mjs";

/** Read again at every call, because the file may have changed. */
export function readWorkerOptions() {
  const level = process.env.WRANGLER_LOG;
  // Wrangler warns that the secrets which a deployment requires are not in the environment; the caller has its own.
  process.env.WRANGLER_LOG = "error";
  try {
    return readWrangler(join(ROOT, "wrangler.toml")).workerOptions;
  } finally {
    if (level === undefined) delete process.env.WRANGLER_LOG;
    else process.env.WRANGLER_LOG = level;
  }
}
