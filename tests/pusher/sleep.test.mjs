// A gateway with idle clients hibernates, and so do its channels: pings do not wake them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, wire } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const PING = '{"event":"pusher:ping","data":{}}';
const PING_MS = 2_000;
// An object hibernates after 10 s without work.
const PINGS = 8;

describe("idle Pusher clients", () => {
  let world, server;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    server = backend(world);
  });
  after(() => world.stop());

  test("[I3] clients that only ping let their gateway and channel hibernate, and get the next event", async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => wire(world)));
    const signed = (id) => server.authorizeChannel(id, "presence-idle", { user_id: id });
    await Promise.all(sockets.map((socket) => socket.subscribe("presence-idle", signed(socket.id))));
    await server.trigger("presence-idle", "before", {});
    const timer = setInterval(() => sockets.forEach((socket) => void socket.send(PING)), PING_MS);
    try {
      const isPong = ({ event }) => event === "pusher:pong";
      const answered = (frames) => frames.filter(isPong).length >= PINGS;
      await Promise.all(sockets.map((socket) => socket.until(answered, `${PINGS} answers`)));
    } finally {
      clearInterval(timer);
    }
    const [{ name }] = await world.rows("SELECT name FROM gateways WHERE tenant_id = 'demo'");
    const asleep = /not currently running/;
    await assert.rejects(world.engine.evict("Gateway", `demo/${name}`), asleep);
    await assert.rejects(world.engine.evict("Channel", "demo/channel/presence-idle"), asleep);
    await server.trigger("presence-idle", "after", {});
    for (const socket of sockets) {
      await socket.received("presence-idle", "after");
      assert.equal(socket.frames.filter(({ event }) => event === "before").length, 1);
    }
  });
});
