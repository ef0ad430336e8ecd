// Malformed input of all kinds, from fixed seeds: no panic, every refusal as documented, and no other client disturbed.
// `scripts/fuzz` runs it for any time.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HTTP } from "../fuzz/http-table.mjs";
import { Pool } from "../fuzz/pool.mjs";
import { inputOf, KIND_NAMES, Run } from "../fuzz/run.mjs";
import { CALLS } from "../fuzz/signed-inputs.mjs";
import { paths } from "../support/openapi.mjs";

const SEED = 20_261_101;
// The current time, so that generated future times are in the future.
const BASE_TIME = Date.now();
const INPUTS = 700;
const MINUTES = 0.25;
const GOOD = [
  "http 200",
  "http 201",
  "native ack",
  "pusher subscription_succeeded",
  "signed 200",
  "signed signin_success",
];

describe("malformed input", () => {
  test("equal seeds generate equal inputs, and different seeds different ones", () => {
    const pool = imaginedPool();
    for (const kind of KIND_NAMES) {
      const inputs = (seed) => Array.from({ length: 50 }, (_, at) => inputOf(kind, at, { seed, pool }));
      assert.deepEqual(inputs(1), inputs(1), kind);
      assert.notDeepEqual(inputs(1), inputs(2), kind);
    }
  });

  test("is generated for every endpoint of the router", () => {
    const places = [
      ...HTTP.map(({ method, path }) => [method, path]),
      ...CALLS.map(({ method, path }) => [method, `/apps/1/${path}`]),
    ];
    const known = places.map(([method, path]) => `${method} ${alike(path)}`);
    const missing = routes().filter((route) => !known.some((one) => fits(route, one)));
    assert.deepEqual(missing, [], "add these to the tables of tests/fuzz");
  });

  test("is answered or refused, and disturbs no other client", async () => {
    const log = [];
    const options = { seed: SEED, baseTime: BASE_TIME, kinds: KIND_NAMES, inputs: INPUTS, minutes: MINUTES };
    const run = await new Run(options, (line) => log.push(line)).go();
    for (const kind of KIND_NAMES) assert.ok(run.counts.get(kind) > 0, `inputs of the kind ${kind}`);
    for (const good of GOOD) assert.ok(run.outcomes.get(good) > 0, `${good}: none is of use otherwise`);
    assert.ok(run.received > 0, "the bystanders received messages");
    assert.deepEqual([...run.failures.keys()], [], log.join("\n"));
  });
});

/** Methods and paths of the router, from the OpenAPI document, which has all of them. */
function routes() {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${alike(path)}`),
  );
}

/** A path without the names of its parameters. */
function alike(path) {
  return path.replaceAll(/\{[^}]+\}/g, "*");
}

/** Whether a path of the tables belongs to a route; the table may fill in the route's parameters. */
function fits(route, path) {
  const [parts, others] = [route, path].map((text) => text.split("/"));
  return parts.length === others.length && parts.every((part, at) => part === "*" || part === others[at]);
}

/** A pool of values without a running edge. */
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
