// An object whose database fails says so as what it is: whoever reads the log is not sent to a conversation.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as alerts from "../support/alerts.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

let world;

before(async () => {
  world = await startWorld({ limits: WIDE });
});
after(() => world.stop());

test("a desk that cannot read its tables does not speak of conversations", async () => {
  await alerts.raise(world.person("7"));
  await world.restart(() => world.changeObjects("AlertDesk", "alerts", ["DROP TABLE alerts"]));
  assert.equal((await world.person("8").call("POST", alerts.ALERTS, alerts.call())).status, 500);
  const told = world.printed.filter((line) => line.includes("storage failed"));
  assert.ok(told.length > 0, world.printed.join("\n"));
  for (const line of told) assert.match(line, /the object's storage failed/);
});
