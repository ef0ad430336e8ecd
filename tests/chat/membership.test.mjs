// Membership: joining, leaving, removal and roles; a removed member receives no later event.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startWorld, WIDE } from "../support/world.mjs";

const ROUNDS = 15;

describe("membership", () => {
  let world, admin, ana, ben, eve;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben, eve] = ["7", "8", "9"].map((user) => world.person(user));
    for (const person of [ana, ben, eve]) await person.ok("GET", "/api/me");
  });
  after(() => world.stop());

  const status = async (person, method, path, body) => (await person.call(method, path, body)).status;

  test("[I4] a removed member's sockets close before the call returns, and no later frame reaches them", async () => {
    const room = await world.room([ana, ben]);
    const writer = await ana.chat(room.conversation_id);
    for (let round = 0; round < ROUNDS; round++) {
      const tabs = [await ben.chat(room.conversation_id), await ben.chat(room.conversation_id)];
      let writing = true;
      const flood = (async () => {
        for (let i = 0; writing; i++) await writer.say(`round ${round} line ${i}`);
      })();
      await tabs[0].event("message.created");
      await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/8`);
      const after = await writer.say(`after the removal ${round}`);
      writing = false;
      await flood;
      for (const tab of tabs) {
        assert.equal((await tab.end()).code, 4403);
        const late = tab.events.filter(({ seq }) => seq >= after.seq);
        assert.deepEqual(late, [], "a frame came after the removal");
        assert.equal(
          tab.frames.some(({ event }) => event === "member.removed"),
          false,
        );
      }
      assert.equal((await writer.event("member.removed")).partial.user_id, "8");
      assert.equal(await status(ben, "GET", `/api/chat/rooms/${room.id}/messages`), 403);
      await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: "8" });
    }
    await writer.close();
  });

  test("a send that races a removal is either accepted before it or refused", async () => {
    const room = await world.room([ana, ben]);
    const reader = await ana.chat(room.conversation_id);
    for (let round = 0; round < ROUNDS; round++) {
      const sends = Array.from({ length: 8 }, (_, i) =>
        ben.call("POST", `/api/chat/rooms/${room.id}/messages`, { body: "race", client_msg_id: `r${round}-${i}` }),
      );
      const [removal, ...answers] = await Promise.all([
        admin.call("DELETE", `/api/chat/rooms/${room.id}/members/8`),
        ...sends,
      ]);
      assert.equal(removal.status, 204);
      const removed = await reader.next(({ event }) => event === "member.removed", "the removal");
      for (const answer of answers) {
        if (answer.status === 201) assert.ok(answer.body.seq < removed.seq, "accepted after the removal");
        else assert.equal(answer.status, 403);
      }
      await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: "8" });
      await reader.event("member.joined");
    }
    await reader.close();
  });

  test("a removed member's open socket cannot write, and a later join starts at the current position", async () => {
    const room = await world.room([ana, ben]);
    const tab = await ben.chat(room.conversation_id);
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/8`);
    assert.equal((await tab.end()).code, 4403);
    const refused = ben.dial(`/api/chat/conversations/${room.conversation_id}/socket`);
    await refused.error("forbidden");
    assert.equal((await refused.end()).code, 4403);
    await ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: "while away" });
    await ben.ok("POST", `/api/chat/rooms/${room.id}/join`);
    const inbox = await ben.ok("GET", "/api/chat/conversations");
    assert.equal(inbox.data.find(({ id }) => id === room.conversation_id).unread_count, 0);
  });

  test("any user joins and leaves a public room, and a private one does not exist for strangers", async () => {
    const open = await world.room([ana]);
    assert.equal(await status(eve, "GET", `/api/chat/rooms/${open.id}`), 200);
    assert.equal(await status(eve, "GET", `/api/chat/rooms/${open.id}/messages`), 403);
    const joined = await eve.ok("POST", `/api/chat/rooms/${open.id}/join`);
    assert.deepEqual([joined.role, joined.member_count], ["member", 3]);
    assert.equal(await status(eve, "POST", `/api/chat/rooms/${open.id}/leave`), 204);
    const hidden = await world.room([ana], { visibility: "private" });
    for (const [method, path, body] of [
      ["GET", `/api/chat/rooms/${hidden.id}`],
      ["GET", `/api/chat/rooms/${hidden.id}/members`],
      ["GET", `/api/chat/rooms/${hidden.id}/messages`],
      ["POST", `/api/chat/rooms/${hidden.id}/messages`, { body: "x" }],
      ["POST", `/api/chat/rooms/${hidden.id}/join`],
      ["POST", `/api/chat/rooms/${hidden.id}/leave`],
      ["GET", `/api/chat/conversations/${hidden.conversation_id}`],
      ["GET", `/api/chat/conversations/${hidden.conversation_id}/messages`],
      ["POST", `/api/chat/conversations/${hidden.conversation_id}/read`, {}],
    ]) {
      assert.equal(await status(eve, method, path, body), 404, `${method} ${path}`);
    }
    const listed = await eve.ok("GET", "/api/chat/rooms?limit=100");
    assert.equal(
      listed.data.some(({ id }) => id === hidden.id),
      false,
    );
  });

  test("only administrators create, change and delete rooms, and a deleted room is gone for all members", async () => {
    assert.equal(await status(ana, "POST", "/api/chat/rooms", { name: "Mine", visibility: "public" }), 403);
    const room = await world.room([ana]);
    const tab = await ana.chat(room.conversation_id);
    assert.equal(await status(ana, "PUT", `/api/chat/rooms/${room.id}`, { name: "Ours" }), 403);
    assert.equal(await status(ana, "DELETE", `/api/chat/rooms/${room.id}`), 403);
    await admin.ok("PUT", `/api/chat/rooms/${room.id}`, { name: "Renamed" });
    assert.equal((await tab.event("conversation.updated")).partial.name, "Renamed");
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}`);
    assert.equal((await tab.end()).code, 4403);
    assert.equal(await status(ana, "GET", `/api/chat/rooms/${room.id}`), 404);
    assert.equal(await status(ana, "GET", `/api/chat/conversations/${room.conversation_id}/messages`), 404);
  });

  test("roles decide which members can be added, removed and promoted", async () => {
    const room = await world.room([ana, ben]);
    const members = `/api/chat/rooms/${room.id}/members`;
    assert.equal(await status(ana, "POST", members, { user_id: "9" }), 403);
    assert.equal(await status(ana, "PUT", `${members}/8`, { role: "moderator" }), 403);
    await admin.ok("PUT", `${members}/7`, { role: "moderator" });
    assert.equal(await status(ana, "POST", members, { user_id: "9" }), 201);
    assert.equal(await status(ana, "PUT", `${members}/9`, { role: "moderator" }), 403, "a moderator cannot promote");
    assert.equal(await status(ana, "DELETE", `${members}/9`), 204);
    assert.equal(await status(ana, "DELETE", `${members}/admin`), 403, "the owner has a higher role");
    assert.equal(await status(ben, "DELETE", `${members}/7`), 403);
    assert.equal(await status(admin, "POST", members, { user_id: "nobody-yet" }), 422);
    const message = await ben.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: "rude" });
    const gone = await ana.ok("DELETE", `/api/chat/messages/${message.id}?conversation_id=${room.conversation_id}`);
    assert.deepEqual([gone.body, typeof gone.deleted_at], [null, "string"]);
  });
});
