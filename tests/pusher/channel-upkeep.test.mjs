// Channels that are names alone come and go in any number: one that nobody listens to any more leaves nothing behind.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/eventually.mjs";
import { backend, connect } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("channels of their name alone", () => {
  let world;

  before(async () => {
    world = await startWorld({ limits: WIDE });
  });
  after(() => world.stop());

  /** How many objects keep something of these channels. */
  function kept(...channels) {
    const files = readdirSync(world.persist, { recursive: true });
    const objects = files.filter((file) => file.endsWith(".sqlite") && file.includes("Channel"));
    return objects.filter((file) => {
      const database = new DatabaseSync(join(world.persist, file), { readOnly: true, timeout: 5_000 });
      try {
        const tables = database.prepare("SELECT COUNT(*) n FROM sqlite_master WHERE name = 'meta'").get();
        if (tables.n === 0) return false;
        const target = database.prepare("SELECT value FROM meta WHERE key = 'target'").get()?.value ?? "";
        return channels.some((channel) => target.includes(`"${channel}"`));
      } finally {
        database.close();
      }
    }).length;
  }

  test("leave nothing behind once nobody listens", async () => {
    const client = await connect(world);
    for (const name of ["today", "tomorrow"]) await client.subscribe(name);
    assert.equal(kept("today", "tomorrow"), 0, "nobody has published there");
    await backend(world).trigger(["today", "tomorrow"], "first", {});
    assert.equal(kept("today", "tomorrow"), 2);
    client.pusher.unsubscribe("today");
    await eventually(() => kept("today") === 0, "nothing to be kept of a channel without listeners", 40_000);
    assert.equal(kept("tomorrow"), 1);
    await client.subscribe("today");
    await backend(world).trigger("today", "again", { n: 1 });
    assert.deepEqual(await client.received("today", "again"), { n: 1 });
  });

  test("keep nothing of what is published where nobody listens", async () => {
    await backend(world).trigger(["nobody-here", "nobody-there"], "lost", {});
    const state = await (await backend(world).get({ path: "/channels/nobody-here" })).json();
    assert.equal(state.occupied, false);
    assert.equal(kept("nobody-here", "nobody-there"), 0);
  });

  test("keep the last event of a cache channel, whether anybody listens or not", async () => {
    await backend(world).trigger("cache-weather", "sunny", { degrees: 25 });
    assert.equal(kept("cache-weather"), 1);
    const client = await connect(world);
    await client.subscribe("cache-weather");
    assert.deepEqual(await client.received("cache-weather", "sunny"), { degrees: 25 });
  });
});
