// The time of an upload of 100 MiB, beside that of a bare Worker that streams to R2. It is printed: what is a good share depends on the
// build and on what else the machine does.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import { after, before, describe, test } from "node:test";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { startWorld, WIDE } from "../support/world.mjs";

const BYTES = 100 * 1024 * 1024;
const ROUNDS = 3;
const BARE = `export default { async fetch(request, env) {
  await env.FILES.put(crypto.randomUUID(), request.body);
  return new Response(null, { status: 204 });
} };`;

describe("the rate of resumable uploads", () => {
  let world, ana, bare;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    const admin = world.person("admin", { roles: ["admin"] });
    ana = world.person("7");
    const files = { max_bytes: BYTES, per_day_bytes: 4_294_967_295 };
    await admin.ok("PATCH", "/api/admin/settings", { files });
    const options = { modules: true, script: BARE, r2Buckets: ["FILES"], compatibilityDate: "2026-11-01" };
    bare = new Miniflare(convertV4MiniflareOptions({ ...options, log: new Log(LogLevel.ERROR) }));
  });
  after(async () => {
    await bare?.dispose();
    await world?.stop();
  });

  test("100 MiB come by one request", async (context) => {
    const bytes = randomBytes(BYTES);
    bytes.fill(0, 0, 16);
    const url = await bare.ready;
    const times = { bare: [], tus: [] };
    const timed = async (name, act) => {
      const began = performance.now();
      await act();
      times[name].push(performance.now() - began);
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      await timed("bare", async () => assert.equal((await fetch(url, { method: "PUT", body: bytes })).status, 204));
      await timed("tus", () => sendAtOnce(bytes));
    }
    const [least, own] = [Math.min(...times.bare), Math.min(...times.tus)];
    context.diagnostic(`bare ${least.toFixed(0)} ms, tus ${own.toFixed(0)} ms, share ${(least / own).toFixed(2)}`);
  });

  /** By one request: what the client does besides is not measured. */
  async function sendAtOnce(bytes) {
    const headers = { "tus-resumable": "1.0.0" };
    const created = await ana.call("POST", "/api/chat/uploads", undefined, {
      ...headers,
      "upload-length": `${bytes.length}`,
    });
    const written = await ana.call("PATCH", created.headers.get("location"), bytes, {
      ...headers,
      "content-type": "application/offset+octet-stream",
      "upload-offset": "0",
    });
    assert.deepEqual([written.status, written.headers.has("campana-file")], [204, true], written.text);
  }
});
