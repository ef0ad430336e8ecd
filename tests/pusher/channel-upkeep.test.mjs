// Channels of a name alone are unlimited in number: one without subscribers leaves no data behind.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/eventually.mjs";
import { backend, connect } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("channels of a name alone", () => {
  let world;

  before(async () => {
    world = await startWorld({ limits: WIDE });
  });
  after(() => world.stop());

  /** Number of these channels for which an object stores data. */
  function stored(...channels) {
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

  test("leave no data behind once the last subscriber has left", async () => {
    const client = await connect(world);
    for (const name of ["today", "tomorrow"]) await client.subscribe(name);
    assert.equal(stored("today", "tomorrow"), 0, "nothing was published there");
    await backend(world).trigger(["today", "tomorrow"], "first", {});
    assert.equal(stored("today", "tomorrow"), 2);
    client.pusher.unsubscribe("today");
    await eventually(() => stored("today") === 0, "the data of a channel without subscribers to be deleted", 40_000);
    assert.equal(stored("tomorrow"), 1);
    await client.subscribe("today");
    await backend(world).trigger("today", "again", { n: 1 });
    assert.deepEqual(await client.received("today", "again"), { n: 1 });
  });

  test("store nothing of events published without subscribers", async () => {
    await backend(world).trigger(["nobody-here", "nobody-there"], "lost", {});
    const state = await (await backend(world).get({ path: "/channels/nobody-here" })).json();
    assert.equal(state.occupied, false);
    assert.equal(stored("nobody-here", "nobody-there"), 0);
  });

  test("store the last event of a cache channel, with or without subscribers", async () => {
    await backend(world).trigger("cache-weather", "sunny", { degrees: 25 });
    assert.equal(stored("cache-weather"), 1);
    const client = await connect(world);
    await client.subscribe("cache-weather");
    assert.deepEqual(await client.received("cache-weather", "sunny"), { degrees: 25 });
  });
});
