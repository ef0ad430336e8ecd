// Deployment options as the pinned wrangler reads them.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { unstable_readConfig as readConfig } from "wrangler";
import { ROOT } from "../../scripts/lib/root.mjs";

test("a deployment waits until objects hibernate, so that their sockets stay open", () => {
  const { durable_objects } = readConfig({ config: join(ROOT, "wrangler.toml") });
  assert.deepEqual({ ...durable_objects.code_update_strategy }, { mode: "deferred", max_delay: 300 });
  assert.equal(durable_objects.bindings.length, 10);
});
