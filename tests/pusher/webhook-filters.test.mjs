// Webhooks of an app whose operator filters them by the names of channels and adds headers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, wire } from "../support/pusher.mjs";
import { Receiver } from "../support/receiver.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("a webhook with a filter and headers", () => {
  let world, server, all, filtered;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    server = backend(world);
    [all, filtered] = [await Receiver.start(), await Receiver.start()];
    const events = ["member_added", "channel_occupied"];
    const filter = { channel_prefix: "presence-", channel_suffix: ".7" };
    const headers = {
      ...{ authorization: "Bearer for-acme", "x-tenant": "acme" },
      // Written into the row by hand: the edge sends none of these.
      ...{ "x-pusher-signature": "forged", host: "evil.example", "content-length": "1", connection: "close" },
    };
    const webhooks = [
      { url: all.url, events },
      { url: filtered.url, events, ...filter, headers },
    ];
    await world.rows("UPDATE apps SET webhooks = ?1 WHERE tenant_id = 'demo'", JSON.stringify(webhooks));
  });
  after(async () => {
    await world.stop();
    for (const receiver of [all, filtered]) receiver.stop();
  });

  test("gets only the events of matching channels, signed, with the added headers", async () => {
    const socket = await wire(world);
    const channels = ["presence-board.7", "presence-board.8", "private-board.7", "presence-list.7"];
    for (const channel of channels) {
      await socket.subscribe(channel, server.authorizeChannel(socket.id, channel, { user_id: "7" }));
    }
    await all.until(() => channels.every((channel) => all.of(channel).length > 0), "an event of every channel");
    await filtered.until(() => filtered.of("presence-list.7").length === 2, "the events of the last matching channel");
    const heard = new Set(filtered.events.map(({ channel }) => channel));
    assert.deepEqual([...heard].sort(), ["presence-board.7", "presence-list.7"]);
    for (const { isValid, headers } of filtered.requests) {
      assert.ok(isValid, "the signature is the edge's");
      assert.deepEqual([headers.authorization, headers["x-tenant"]], ["Bearer for-acme", "acme"]);
      assert.equal(headers.host, new URL(filtered.url).host);
    }
    assert.ok(all.requests.every(({ headers }) => headers.authorization === undefined));
    socket.terminate();
  });
});
