// Odd input of all kinds, from fixed seeds: nothing panics, every refusal is as the contract has it, and nobody else is
// disturbed. `scripts/fuzz` does the same for as long as one likes.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Pool } from "./fuzz/pool.mjs";
import { inputOf, KIND_NAMES, Run } from "./fuzz/run.mjs";

const SEED = 20_261_101;
// Of the present, so that what is to come is still to come.
const BASE_TIME = Date.now();
const INPUTS = 700;
const MINUTES = 0.3;
const GOOD = [
  "http 200",
  "http 201",
  "native ack",
  "pusher subscription_succeeded",
  "signed 200",
  "signed signin_success",
];

describe("odd input", () => {
  test("the same seed makes the same inputs again, another one others", () => {
    const pool = imaginedPool();
    for (const kind of KIND_NAMES) {
      const inputs = (seed) => Array.from({ length: 50 }, (_, at) => inputOf(kind, at, { seed, pool }));
      assert.deepEqual(inputs(1), inputs(1), kind);
      assert.notDeepEqual(inputs(1), inputs(2), kind);
    }
  });

  test("is answered or refused, and disturbs nobody", async () => {
    const told = [];
    const wish = { seed: SEED, baseTime: BASE_TIME, kinds: KIND_NAMES, inputs: INPUTS, minutes: MINUTES };
    const run = await new Run(wish, (line) => told.push(line)).go();
    for (const kind of KIND_NAMES) assert.ok(run.counts.get(kind) > 0, `inputs of the kind ${kind}`);
    for (const good of GOOD) assert.ok(run.outcomes.get(good) > 0, `${good}: none is of use otherwise`);
    assert.ok(run.heard > 0, "the bystanders heard something");
    assert.deepEqual([...run.failures.keys()], [], told.join("\n"));
  });
});

/** The pool of a world that does not exist. */
function imaginedPool() {
  const person = (user, { tenant = "demo" } = {}) => ({ user, tenant, name: user, token: `head.${user}.signature` });
  const pool = new Pool({ person }, BASE_TIME);
  const id = (number) => `0190a7c0-0000-7000-8000-${String(number).padStart(12, "0")}`;
  const room = (number) => ({ id: id(number), conversation_id: id(number + 100) });
  const made = { common: room(1), rooms: [2, 3, 4].map(room), doomed: [room(5)], conversations: [id(6), id(7)] };
  return Object.assign(pool, made, {
    messages: [id(8)],
    invites: [id(9)],
    tokens: ["token"],
    cursors: ["a"],
    epoch: "e",
  });
}
