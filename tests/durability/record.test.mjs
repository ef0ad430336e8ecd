// The storage contract suite on D1; `cargo test` runs the same suite on SQLite.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { migrate } from "../../scripts/lib/migrate.mjs";
import { ROOT } from "../../scripts/lib/root.mjs";

const BUILT = join(ROOT, "target/d1-contract");

describe("the record on D1", () => {
  let miniflare;
  const printed = [];

  before(async () => {
    const module = (type, name) => ({ type, path: join(BUILT, name), contents: readFileSync(join(BUILT, name)) });
    miniflare = new Miniflare(
      convertV4MiniflareOptions({
        cf: false,
        log: new Log(LogLevel.NONE),
        telemetry: { enabled: false },
        handleStructuredLogs: ({ message }) => printed.push(message),
        workers: [
          {
            name: "contract",
            compatibilityDate: "2026-11-01",
            rootPath: BUILT,
            modules: [module("ESModule", "index.js"), module("CompiledWasm", "index_bg.wasm")],
            d1Databases: ["DB"],
          },
        ],
      }),
    );
    await migrate(await miniflare.getD1Database("DB"));
  });
  after(() => miniflare.dispose());

  test("passes every case of the contract", async (t) => {
    const address = await miniflare.ready;
    const cases = await (await fetch(address)).json();
    assert.ok(cases.length > 60, `${cases.length} cases`);
    for (const name of cases) {
      await t.test(name, async () => {
        printed.length = 0;
        const answer = await fetch(new URL(`/${name}`, address));
        assert.deepEqual([answer.status, await answer.text()], [200, name], printed.join("\n"));
      });
    }
  });
});
