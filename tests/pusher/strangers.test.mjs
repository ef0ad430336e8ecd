// Users known only to the app's backend: it signs for them, and they subscribe without being members.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, connect } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("a user unknown to the record", () => {
  let world, server, ana;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    server = backend(world);
    ana = world.person("7", { name: "Ana" });
    await ana.ok("GET", "/api/me");
  });
  after(() => world.stop());

  /** A client whose subscriptions the app's backend signs. */
  const signedAs = (user_id) =>
    connect(world, {
      sign: ({ socketId, channelName }) =>
        server.authorizeChannel(socketId, channelName, { user_id, user_info: { name: `Guest ${user_id}` } }),
    });
  const memberships = (user) => world.rows("SELECT * FROM members WHERE user_id = ?1", user);

  test("subscribes to presence-chat and is present there, without a membership", async () => {
    const known = await connect(world, { person: ana });
    await known.subscribe("presence-chat");
    const guest = await signedAs("guest-1");
    await guest.subscribe("presence-chat");
    const { id, info } = await known.received("presence-chat", "pusher:member_added");
    assert.deepEqual([id, info.name], ["guest-1", "Guest guest-1"]);
    assert.deepEqual(guest.members("presence-chat"), ["7", "guest-1"]);
    await ana.ok("POST", "/api/chat/messages", { message: "welcome" });
    assert.equal((await guest.received("presence-chat", "message.created")).partial.body, "welcome");
    assert.deepEqual(await memberships("guest-1"), []);
    assert.equal((await memberships("7")).length, 1);
  });

  test("becomes a member at a reconnect after the record knows them", async () => {
    const guest = await signedAs("guest-2");
    await guest.subscribe("presence-chat");
    await world.person("guest-2").ok("GET", "/api/me");
    guest.pusher.unsubscribe("presence-chat");
    const again = await signedAs("guest-2");
    await again.subscribe("presence-chat");
    assert.equal((await memberships("guest-2")).length, 1);
  });

  test("is not logged as a failure of the record", () => {
    assert.deepEqual(
      world.printed.filter((line) => line.includes("conversation.record") || line.includes("did not answer")),
      [],
    );
  });
});
