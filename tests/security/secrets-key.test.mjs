// A deployment without the key of its apps' secrets.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { unstable_readConfig as readConfig } from "wrangler";
import { ROOT } from "../../scripts/lib/root.mjs";
import { SECRETS_KEY } from "../../scripts/lib/sealed-secrets.mjs";
import { startWorld } from "../support/world.mjs";

test("production answers 503 to everything without a usable key, and the log says why", async () => {
  for (const key of ["", "not-a-key"]) {
    const world = await startWorld({ vars: { ENVIRONMENT: "production", [SECRETS_KEY]: key } });
    try {
      for (const path of ["/api/me", "/healthz", "/apps/2/channels"]) {
        const response = await fetch(world.url + path);
        assert.equal(response.status, 503, path);
        const text = await response.text();
        assert.ok(!text.includes("not-a-key"), text);
      }
      const line = world.printed.find((printed) => printed.includes("edge.secrets"));
      assert.match(line, /CAMPANA_SECRETS_KEY is not usable/);
      assert.ok(!line.includes("not-a-key"));
    } finally {
      await world.stop();
    }
  }
});

test("wrangler refuses a deployment without the key", () => {
  const { secrets } = readConfig({ config: join(ROOT, "wrangler.toml") });
  assert.ok(secrets.required.includes(SECRETS_KEY));
});
