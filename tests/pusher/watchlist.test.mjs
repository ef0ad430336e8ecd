// A watchlist contains only users whom the app knows: invented names create no objects.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, connect, wire } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("a watchlist", () => {
  let world, server;
  const invented = Array.from({ length: 99 }, (_, n) => `invented-${n}`);

  before(async () => {
    world = await startWorld({ limits: WIDE });
    server = backend(world);
  });
  after(() => world.stop());

  const signedIn = async (socket, id, watchlist) => {
    socket.send({ event: "pusher:signin", data: server.authenticateUser(socket.id, { id, watchlist }) });
    await socket.event("pusher:signin_success");
    await socket.settled();
  };

  test("[I10] of unknown users creates no objects", async () => {
    const socket = await wire(world);
    await signedIn(socket, "7", [...invented, "another"]);
    assert.equal(world.objectCount("Channel"), 1, "the user's own channel");
    socket.terminate();
  });

  test("reports known users only", async () => {
    for (const user of ["7", "8"]) await world.person(user).ok("GET", "/api/me");
    const before = world.objectCount("Channel");
    const watcher = await wire(world);
    await signedIn(watcher, "7", [...invented, "8"]);
    const other = await wire(world);
    await signedIn(other, "8");
    const { data } = await watcher.event("pusher_internal:watchlist_events");
    assert.deepEqual(JSON.parse(data), { events: [{ name: "online", user_ids: ["8"] }] });
    assert.equal(world.objectCount("Channel"), before + 1);
  });

  test("is signed with known users only", async () => {
    const ana = world.person("7");
    const client = await connect(world, { person: ana });
    const body = { socket_id: client.pusher.connection.socket_id, watchlist: [...invented, "8"] };
    const { user_data } = await ana.ok("POST", "/broadcasting/user-auth", body);
    assert.deepEqual(JSON.parse(user_data).watchlist, ["8"]);
    client.close();
  });
});
