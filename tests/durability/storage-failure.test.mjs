// A failure of an object's database is logged without naming a conversation if the object is none.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as alerts from "../support/alerts.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

let world;

before(async () => {
  world = await startWorld({ limits: WIDE });
});
after(() => world.stop());

test("the log line of a desk that cannot read its tables does not name a conversation", async () => {
  await alerts.raise(world.person("7"));
  await world.restart(() => world.changeObjects("AlertDesk", "alerts", ["DROP TABLE alerts"]));
  assert.equal((await world.person("8").call("POST", alerts.ALERTS, alerts.call())).status, 500);
  const lines = world.printed.filter((line) => line.includes("storage failed"));
  assert.ok(lines.length > 0, world.printed.join("\n"));
  for (const line of lines) assert.match(line, /the object's storage failed/);
});
