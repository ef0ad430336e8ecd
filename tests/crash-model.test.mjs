// The crash model, a short run of it: twenty people talk by every kind of client while the engine is killed, and nothing
// that was acknowledged is lost, doubled, or out of order. `scripts/crash` runs it for as long as wanted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runModel } from "./crash/model.mjs";
import { tableOf } from "./crash/report.mjs";

const KILLS = 4;
const SEED = Number(process.env.CAMPANA_SEED ?? 20_261_126);

test(`after each of ${KILLS} kills everything is as it was acknowledged`, async (t) => {
  t.diagnostic(`seed ${SEED}`);
  const report = await runModel({ kills: KILLS, seed: SEED });
  for (const line of tableOf(report).split("\n")) t.diagnostic(line);
  assert.deepEqual(report.faults.lines(), []);
  for (const what of ["messages", "edits", "deletions", "markers", "alerts", "transitions"]) {
    assert.ok(report[what] > 0, `no ${what} were acknowledged`);
  }
});
