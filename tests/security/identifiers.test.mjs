// Identifiers that clients choose: another user's value suppresses, overwrites, reads and blocks nothing of theirs.
import assert from "node:assert/strict";
import { createECDH, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import * as alerts from "../support/alerts.mjs";
import { connect } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("identifiers that clients choose", () => {
  let world, admin, ana, eve, abroad, room, path;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, typing_interval_ms: 0 } });
    [ana, eve, admin] = [world.person("7"), world.person("66"), world.person("admin", { roles: ["admin"] })];
    abroad = world.person("7", { tenant: "other" });
    room = await world.room([ana, eve]);
    await abroad.ok("GET", "/api/me");
    path = `/api/chat/rooms/${room.id}/messages`;
  });
  after(() => world.stop());

  test("a client_msg_id that another user has used neither hides a message nor returns theirs", async () => {
    const [mine, theirs] = [await ana.chat(room.conversation_id), await eve.chat(room.conversation_id)];
    const first = await theirs.say("from eve", "the-same-id");
    const second = await mine.say("from ana", "the-same-id");
    assert.notEqual(first.id, second.id);
    const again = await ana.call("POST", path, { body: "from ana", client_msg_id: "the-same-id" });
    assert.deepEqual([again.status, again.body.id, again.body.body], [200, second.id, "from ana"]);
    const bodies = (await ana.history(room.conversation_id)).data.map(({ body }) => body);
    assert.deepEqual(bodies.filter((body) => body.startsWith("from")).sort(), ["from ana", "from eve"]);
    const own = await eve.call("POST", path, { body: "from eve", client_msg_id: "the-same-id" });
    assert.equal(own.body.id, first.id);
    await Promise.all([mine.close(), theirs.close()]);
  });

  test("an Idempotency-Key that another user or tenant has used returns nothing of theirs and blocks nothing", async () => {
    const headers = { "idempotency-key": "the-same-key" };
    await world.person("8").ok("GET", "/api/me");
    const body = { type: "group", user_ids: ["8"], metadata: { name: "secret" } };
    const first = await ana.call("POST", "/api/chat/conversations", body, headers);
    const second = await eve.call("POST", "/api/chat/conversations", body, headers);
    assert.deepEqual([first.status, second.status], [201, 201]);
    assert.notEqual(first.body.id, second.body.id);
    assert.equal(second.headers.get("idempotency-replayed"), null);
    assert.equal((await eve.call("GET", `/api/chat/conversations/${first.body.id}`)).status, 404);
    const other = await eve.call("POST", "/api/chat/conversations", { ...body, metadata: {} }, headers);
    assert.equal(other.status, 422, "the user's own key with another body");
    const elsewhere = await abroad.call("POST", "/api/chat/conversations", { ...body, user_ids: ["7"] }, headers);
    assert.notEqual(elsewhere.body?.id, first.body.id);
    const repeated = await ana.call("POST", "/api/chat/conversations", body, headers);
    assert.deepEqual([repeated.body.id, repeated.headers.get("idempotency-replayed")], [first.body.id, "true"]);
    const [one, another] = [
      await ana.call("POST", path, { body: "k" }, headers),
      await eve.call("POST", path, { body: "k" }, headers),
    ];
    assert.deepEqual([one.status, another.status], [201, 201]);
  });

  test("an alert's id that another user has used up does not block a call for help, also if it can be guessed", async () => {
    const guard = alerts.guard(world, "20");
    const squatted = await alerts.raise(eve, { id: "4711" });
    assert.equal((await alerts.act(eve, squatted, "cancel", {})).status, 200);
    const raised = await ana.call("POST", alerts.ALERTS, alerts.call({ id: "4711" }));
    assert.equal(raised.status, 201, "help is never refused");
    assert.notEqual(String(raised.body.id), "4711");
    assert.equal(String(raised.body.user.id), "7");
    const again = await ana.call("POST", alerts.ALERTS, alerts.call({ id: "4711" }));
    assert.deepEqual([again.status, again.body.id], [200, raised.body.id], "a repeat finds the same alert");
    for (const action of ["cancel", "location"]) {
      const body = action === "location" ? { lat: 1, lng: 1 } : {};
      assert.equal((await eve.call("POST", `${alerts.ALERTS}/${raised.body.id}/${action}`, body)).status, 404, action);
    }
    assert.equal((await eve.call("GET", `${alerts.ALERTS}/${raised.body.id}`)).status, 404);
    await alerts.end(guard, raised.body);

    // The replacement can be guessed as well by who knows how it is made: it is used up, too, and help still comes.
    const thief = await alerts.raise(eve, { id: String(raised.body.id) });
    assert.notEqual(thief.id, raised.body.id, "an open or closed alert of another user is not pressed again");
    await alerts.end(guard, thief);
    assert.equal((await guard.ok("GET", `${alerts.ALERTS}/${raised.body.id}`)).user.id, 7);

    const elsewhere = await abroad.call("POST", alerts.ALERTS, alerts.call({ id: "4711" }));
    assert.deepEqual([elsewhere.status, String(elsewhere.body.id)], [201, "4711"], "another tenant's ids are its own");
  });

  test("a tab id or socket id of another user does not end their typing, and hides nobody's", async () => {
    const watcher = await admin
      .ok("POST", `/api/chat/rooms/${room.id}/join`)
      .then(() => admin.chat(room.conversation_id));
    const general = (person, body, headers) => person.ok("POST", "/api/chat/typing", body, headers);
    const victim = await ana.chat(room.conversation_id, { client_id: "ana-tab" });
    const thief = await eve.chat(room.conversation_id, { client_id: "ana-tab" });
    victim.send({ type: "typing", on: true });
    assert.equal((await watcher.event("typing.started")).partial.user_id, "7");
    thief.send({ type: "typing", on: true });
    assert.equal((await victim.event("typing.started")).partial.user_id, "66");
    await thief.close();
    assert.equal((await watcher.event("typing.stopped")).partial.user_id, "66");
    const { seq } = await victim.say("still here");
    await watcher.next((frame) => frame.seq === seq, "the message");
    assert.equal((await watcher.event("typing.stopped")).partial.user_id, "7");

    const client = await connect(world, { person: ana });
    await client.subscribe("presence-chat");
    const headers = { "X-Socket-ID": client.pusher.connection.socket_id };
    const reader = await connect(world, { person: admin });
    await reader.subscribe("presence-chat");
    await general(ana, { typing: true }, headers);
    assert.equal((await reader.received("presence-chat", "typing.started")).partial.user_id, "7");
    await general(eve, { typing: true }, headers);
    assert.equal((await client.received("presence-chat", "typing.started")).partial.user_id, "66");
    await general(eve, { typing: false }, headers);
    assert.equal((await reader.received("presence-chat", "typing.stopped")).partial.user_id, "66");
    await general(ana, { typing: false }, headers);
    assert.equal((await reader.received("presence-chat", "typing.stopped")).partial.user_id, "7");
    await Promise.all([watcher, victim, client, reader].map((one) => one.close()));
  });

  test("a conversation opened with another user's tab id does not suppress their inbox", async () => {
    const own = await ana.ownChannel({ client_id: "ana-inbox" });
    const thief = await eve.chat(room.conversation_id, { client_id: "ana-inbox" });
    await thief.say("unread");
    await own.next(({ event, partial }) => event === "inbox.updated" && partial.unread_count > 0, "the inbox");
    await Promise.all([own.close(), thief.close()]);
  });

  test("a push endpoint is taken over only with its secret, and ended only by its user", async () => {
    const devices = "/api/security/push/subscriptions";
    const [mine, thief] = [alerts.guard(world, "31"), alerts.guard(world, "32")];
    const keys = () => ({
      p256dh: createECDH("prime256v1").generateKeys().toString("base64url"),
      auth: randomBytes(16).toString("base64url"),
    });
    const endpoint = "https://updates.push.services.mozilla.com/wpush/v2/a-device";
    const subscription = { endpoint, keys: keys() };
    assert.equal((await mine.call("POST", devices, subscription)).status, 201);
    assert.equal((await thief.call("POST", devices, { endpoint, keys: keys() })).status, 409);
    await thief.call("DELETE", devices, { endpoint });
    assert.equal((await mine.ok("GET", devices)).data.length, 1);
    assert.equal(
      (await mine.call("POST", devices, { endpoint, keys: keys() })).status,
      201,
      "one's own may have new keys",
    );
    const renewed = { endpoint, keys: keys() };
    await mine.ok("POST", devices, renewed);
    assert.equal((await thief.call("POST", devices, renewed)).status, 201, "the same browser, another user");
    assert.equal((await mine.ok("GET", devices)).data.length, 0);
  });
});
