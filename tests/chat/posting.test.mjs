// Slow mode and announcement rooms: on every path that writes, also after the object or the engine has ended.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("who writes in a room, and how often", () => {
  let world, admin, mo, ana, ben;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, typing_interval_ms: 0 } });
    admin = world.person("admin", { roles: ["admin"] });
    [mo, ana, ben] = [world.person("mo"), world.person("7", { name: "Ana" }), world.person("8")];
    await admin.ok("GET", "/api/me");
  });
  after(() => world.stop());

  const moderated = async () => {
    const room = await world.room([mo, ana, ben]);
    await admin.ok("PUT", `/api/chat/rooms/${room.id}/members/mo`, { role: "moderator" });
    return { ...room, path: `/api/chat/rooms/${room.id}` };
  };
  const kind = ({ status, body }) => [status, body?.type?.split("/").at(-1)];

  test("[I6] only moderators write in an announcement room, by HTTP, frames and whispers", async () => {
    const room = await moderated();
    const [tab, other, client, listener] = [
      await ana.chat(room.conversation_id),
      await ben.chat(room.conversation_id),
      await connect(world, { person: ana }),
      await connect(world, { person: ben }),
    ];
    const channel = `private-conversation.${room.conversation_id}`;
    const [whisperer] = [await client.subscribe(channel), await listener.subscribe(channel)];
    whisperer.trigger("client-wave", { n: 1 });
    await listener.received(channel, "client-wave");
    const own = await ana.ok("POST", `${room.path}/messages`, { body: "before" });
    assert.deepEqual(kind(await ana.call("PUT", room.path, { post: "moderators" })), [403, "forbidden"]);
    assert.equal((await mo.ok("PUT", room.path, { post: "moderators" })).post, "moderators");
    assert.deepEqual((await other.event("conversation.updated")).partial, { post: "moderators" });
    const isRefused = async () => {
      for (const [method, url, body] of [
        ["POST", `${room.path}/messages`, { body: "x" }],
        ["POST", `/api/chat/conversations/${room.conversation_id}/messages`, { body: "x" }],
        ["PUT", `/api/chat/messages/${own.id}?conversation_id=${room.conversation_id}`, { body: "x" }],
      ]) {
        assert.deepEqual(kind(await ana.call(method, url, body)), [403, "announcement-only"], url);
      }
      for (const frame of [
        { type: "send", client_msg_id: "m1", body: "x" },
        { type: "edit", id: own.id, body: "x" },
        { type: "typing", on: true },
      ]) {
        tab.send(frame);
        await tab.error("announcement-only");
      }
    };
    await isRefused();
    whisperer.trigger("client-wave", { n: 2 });
    assert.equal(await client.fault(), 4301);
    await world.engine.evict("Conversation", `demo/${room.conversation_id}`);
    await isRefused();
    assert.equal((await ana.history(room.conversation_id)).data.length, 1, "members read");
    await mo.ok("POST", `${room.path}/messages`, { body: "news" });
    assert.equal((await other.event("message.created")).partial.body, "news");
    await mo.ok("PUT", room.path, { post: "all" });
    await tab.say("thanks");
    await Promise.all([tab, other].map((chat) => chat.close()));
    for (const it of [client, listener]) it.close();
  });

  test("slow mode holds over HTTP and frames, an eviction and a restart, and lets repeats pass", async () => {
    const room = await moderated();
    await mo.ok("PUT", room.path, { slow_mode_s: 21_600 });
    const tab = await ana.chat(room.conversation_id);
    await tab.say("first");
    const again = () => ana.call("POST", `${room.path}/messages`, { body: "second", client_msg_id: "c2" });
    const refused = await again();
    assert.deepEqual(kind(refused), [429, "slow-mode"]);
    assert.ok(Number(refused.headers.get("retry-after")) > 21_000);
    tab.send({ type: "send", client_msg_id: "c3", body: "third" });
    assert.ok((await tab.error("slow-mode")).retry_after_ms > 21_000_000);
    await ben.ok("POST", `${room.path}/messages`, { body: "mine", client_msg_id: "b1" });
    await world.engine.evict("Conversation", `demo/${room.conversation_id}`);
    assert.deepEqual(kind(await again()), [429, "slow-mode"]);
    await tab.close();
    await world.engine.stop();
    await world.start();
    assert.deepEqual(kind(await again()), [429, "slow-mode"], "after a restart");
    const repeat = await ben.call("POST", `${room.path}/messages`, { body: "mine", client_msg_id: "b1" });
    assert.equal(repeat.status, 200, "a repeat");
    await mo.ok("POST", `${room.path}/messages`, { body: "one" });
    await mo.ok("POST", `${room.path}/messages`, { body: "two" });
    await mo.ok("PUT", room.path, { slow_mode_s: 0 });
    assert.equal((await again()).status, 201);
  });

  test("the general room has both, too", async () => {
    await ana.ok("POST", "/api/chat/messages", { message: "hello" });
    const { data } = await admin.ok("GET", "/api/chat/rooms");
    const general = data.find(({ is_general }) => is_general);
    assert.deepEqual([general.post, general.slow_mode_s], ["all", 0]);
    const path = `/api/chat/rooms/${general.id}`;
    const send = (message) => ana.call("POST", "/api/chat/messages", { message });
    await admin.ok("PUT", path, { slow_mode_s: 60 });
    assert.equal((await send("one")).status, 201);
    assert.deepEqual(kind(await send("two")), [429, "slow-mode"]);
    await admin.ok("PUT", path, { slow_mode_s: 0, post: "moderators" });
    assert.deepEqual(kind(await send("two")), [403, "announcement-only"]);
    assert.deepEqual(kind(await ana.call("POST", "/api/chat/typing", { typing: true })), [403, "announcement-only"]);
    await admin.ok("PUT", path, { post: "all" });
    assert.equal((await send("two")).status, 201);
  });
});
