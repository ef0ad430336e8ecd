// Blocks: no new conversation, no message in the direct one, on every path, for both, and nobody learns more than that.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("blocks", () => {
  let world, ana, ben, carla;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, typing_interval_ms: 0 } });
    [ana, ben, carla] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" }), world.person("9")];
    for (const person of [ana, ben, carla]) await person.ok("GET", "/api/me");
  });
  after(() => world.stop());

  const kind = ({ status, body }) => [status, body?.type?.split("/").at(-1)];
  const blocked = [403, "blocked"];
  const begin = (person, body) => person.call("POST", "/api/chat/conversations", body);

  test("[I6] neither writes in the direct conversation, by HTTP, frames and whispers, also after a restart", async () => {
    const dm = (await begin(ana, { type: "dm", user_id: "8" })).body;
    const path = `/api/chat/conversations/${dm.id}/messages`;
    const own = await ben.ok("POST", path, { body: "before" });
    const [tab, other, client, listener] = [
      await ben.chat(dm.id),
      await ana.chat(dm.id),
      await connect(world, { person: ben }),
      await connect(world, { person: ana }),
    ];
    const channel = "private-chat.7.8";
    const [whisperer] = [await client.subscribe(channel), await listener.subscribe(channel)];
    whisperer.trigger("client-wave", { n: 1 });
    await listener.received(channel, "client-wave");
    assert.equal((await ana.call("PUT", "/api/me/blocks/8")).status, 201);
    assert.equal((await ana.call("PUT", "/api/me/blocks/8")).status, 200);
    const isRefused = async (person, name) => {
      assert.deepEqual(kind(await person.call("POST", path, { body: "x" })), blocked, name);
      const recipient_id = person === ana ? "8" : "7";
      const private_ = { recipient_id, message: "x" };
      assert.deepEqual(kind(await person.call("POST", "/api/chat/messages/private", private_)), blocked, name);
    };
    const before = other.frames.length;
    for (const frame of [
      { type: "typing", on: true },
      { type: "send", client_msg_id: "m1", body: "x" },
      { type: "edit", id: own.id, body: "x" },
    ]) {
      tab.send(frame);
      if (frame.type !== "typing") await tab.error("blocked");
    }
    await Promise.all([isRefused(ana, "the blocker"), isRefused(ben, "the blocked")]);
    const edit = await ben.call("PUT", `/api/chat/messages/${own.id}?conversation_id=${dm.id}`, { body: "x" });
    assert.deepEqual(kind(edit), blocked);
    whisperer.trigger("client-typing", {});
    whisperer.trigger("client-wave", { n: 2 });
    assert.equal(await client.fault(), 4301);
    assert.deepEqual(
      other.frames.slice(before).filter(({ event }) => event),
      [],
      "the other gets nothing, not even typing",
    );
    assert.equal(listener.frames.filter(({ event }) => event === "client-wave").length, 1);
    assert.equal(listener.frames.filter(({ event }) => event === "client-typing").length, 0);
    assert.equal((await ben.history(dm.id)).data.length, 1, "both read");
    await Promise.all([tab, other].map((chat) => chat.close()));
    for (const it of [client, listener]) it.close();
    await world.engine.evict("Conversation", `demo/${dm.id}`);
    await isRefused(ben, "after an eviction");
    await world.engine.stop();
    await world.start();
    await isRefused(ben, "after a restart");
    assert.equal((await ana.call("DELETE", "/api/me/blocks/8")).status, 204);
    await ben.ok("POST", path, { body: "again" });
  });

  test("a block bars new conversations in both directions, and additions to groups", async () => {
    await ana.ok("PUT", "/api/me/blocks/9");
    for (const [person, user] of [
      [ana, "9"],
      [carla, "7"],
    ]) {
      assert.deepEqual(kind(await begin(person, { type: "dm", user_id: user })), blocked);
      assert.deepEqual(kind(await begin(person, { type: "group", user_ids: [user, "8"] })), blocked);
    }
    const group = (await begin(carla, { type: "group", user_ids: ["8"] })).body;
    const members = `/api/chat/conversations/${group.id}/members`;
    assert.deepEqual(kind(await carla.call("POST", members, { user_id: "7" })), blocked);
    await carla.ok("PUT", `${members}/8`, { role: "moderator" });
    await ben.ok("POST", members, { user_id: "7" });
    await carla.ok("POST", `/api/chat/conversations/${group.id}/messages`, { body: "to all" });
    const first = async (person) => (await person.history(group.id)).data[0];
    assert.equal((await first(ana)).from_blocked, true, "marked for the blocker");
    for (const person of [ben, carla]) assert.equal((await first(person)).from_blocked, undefined);
    const stream = await ana.chat(group.id);
    await carla.ok("POST", `/api/chat/conversations/${group.id}/messages`, { body: "again" });
    assert.equal(
      "from_blocked" in (await stream.event("message.created")).partial,
      false,
      "events are the same for all",
    );
    await stream.close();
    const { data } = await ana.ok("GET", "/api/me/blocks");
    assert.deepEqual(
      data.map(({ user_id }) => user_id),
      ["9"],
    );
    assert.deepEqual((await carla.ok("GET", "/api/me/blocks")).data, []);
    assert.deepEqual(kind(await ana.call("PUT", "/api/me/blocks/7")), [422, "invalid"]);
    assert.deepEqual(kind(await ana.call("PUT", "/api/me/blocks/nobody")), [404, "not-found"]);
  });
});
