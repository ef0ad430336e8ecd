// Cuts of resumable uploads at random bytes: each ends with the same bytes. CUTS=1000 makes a thousand.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { randomOf, sha256, startCutter, uploadByTus } from "../support/tus.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const MIB = 1024 * 1024;
const CUTS = Number(process.env.CUTS ?? 100);

describe("resumable uploads over connections that break", () => {
  let world, ana;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    const admin = world.person("admin", { roles: ["admin"] });
    ana = world.person("7");
    await admin.ok("PATCH", "/api/admin/settings", { files: { per_day_bytes: 4_294_967_295 } });
  });
  after(() => world?.stop());

  test("cuts at random bytes change no byte", { timeout: 900_000 }, async (context) => {
    const random = randomOf(1);
    let [cuts, uploads] = [0, 0];
    while (cuts < CUTS) {
      const bytes = randomBytes(1 + Math.floor(random() * 8 * MIB));
      bytes.fill(0, 0, Math.min(16, bytes.length));
      const cutter = await startCutter(world.url, () => (random() < 0.05 ? Infinity : Math.floor(random() * MIB)));
      const { fileId } = await uploadByTus(cutter.url, ana, bytes, { retryDelays: new Array(200).fill(10) });
      cutter.stop();
      [cuts, uploads] = [cuts + cutter.cuts, uploads + 1];
      const { file } = await ana.ok("GET", `/api/chat/uploads/${fileId}`);
      assert.deepEqual([file.size, file.sha256], [bytes.length, sha256(bytes)]);
    }
    context.diagnostic(`${cuts} cuts of ${uploads} uploads`);
  });
});
