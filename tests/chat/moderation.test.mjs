// Roles, mutes and bans: they apply immediately on every path, and the affected user gets an event.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openStream } from "../support/stream.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

describe("moderation", () => {
  let world, admin, mo, ana, ben;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, typing_interval_ms: 0 } });
    admin = world.person("admin", { roles: ["admin"] });
    [mo, ana, ben] = [world.person("mo"), world.person("7", { name: "Ana" }), world.person("8")];
    await admin.ok("GET", "/api/me");
  });
  after(() => world.stop());

  const moderated = async (people = [ana, ben], options = {}) => {
    const room = await world.room([mo, ...people], options);
    await admin.ok("PUT", `/api/chat/rooms/${room.id}/members/mo`, { role: "moderator" });
    return room;
  };
  const path = (room, user, act) => `/api/chat/rooms/${room.id}/members/${user}/${act}`;
  const problem = async (person, method, url, body) => {
    const { status, body: problem } = await person.call(method, url, body);
    return [status, problem?.type?.split("/").at(-1), problem?.until];
  };

  test("[I8] a mute applies to every way to write, over HTTP and on open sockets, and returns its end", async () => {
    const room = await moderated();
    const own = await ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: "before" });
    const [tab, other, device] = [
      await ana.chat(room.conversation_id),
      await ben.chat(room.conversation_id),
      await ana.ownChannel(),
    ];
    tab.send({ type: "typing", on: true });
    await other.next(({ event }) => event === "typing.started", "the start of typing");
    const until = inAnHour();
    const muted = await mo.ok("POST", path(room, "7", "mute"), { until, reason: "shouting" });
    assert.deepEqual([muted.user_id, muted.muted_until, muted.name], ["7", until, "Ana"]);
    await other.next(({ event }) => event === "typing.stopped", "the end of typing");
    const update = await other.event("member.updated");
    assert.deepEqual([update.partial.muted_until, update.partial.reason], [until, undefined]);
    const privately = await device.next(({ event }) => event === "member.updated", "the user's own event");
    assert.deepEqual([privately.partial.reason, privately.partial.room_id], ["shouting", room.id]);
    const hint = `?conversation_id=${room.conversation_id}`;
    for (const [method, url, body] of [
      ["POST", `/api/chat/rooms/${room.id}/messages`, { body: "x" }],
      ["POST", `/api/chat/conversations/${room.conversation_id}/messages`, { body: "x" }],
      ["PUT", `/api/chat/messages/${own.id}${hint}`, { body: "x" }],
      ["POST", `/api/chat/rooms/${room.id}/invites`, {}],
    ]) {
      assert.deepEqual(await problem(ana, method, url, body), [403, "muted", until], url);
    }
    for (const frame of [
      { type: "send", client_msg_id: "m1", body: "x" },
      { type: "edit", id: own.id, body: "x" },
      { type: "typing", on: true },
    ]) {
      tab.send(frame);
      const refused = await tab.error("muted");
      assert.equal(refused.until, until, frame.type);
    }
    assert.equal((await ana.history(room.conversation_id)).data.length, 1, "a muted member can read");
    await world.engine.evict("Conversation", `demo/${room.conversation_id}`);
    assert.deepEqual((await problem(ana, "POST", `/api/chat/rooms/${room.id}/messages`, { body: "x" }))[1], "muted");
    await mo.ok("DELETE", path(room, "7", "mute"));
    const lifted = await other.next(
      ({ event, partial }) => event === "member.updated" && partial.muted_until === null,
      "the end",
    );
    assert.equal(lifted.partial.user_id, "7");
    await tab.say("again");
    await Promise.all([tab, other, device].map((chat) => chat.close()));
  });

  test("a mute expires, and survives leaving and rejoining", async () => {
    const room = await moderated();
    const until = new Date(Date.now() + 2_500).toISOString();
    await mo.ok("POST", path(room, "7", "mute"), { until });
    await ana.ok("POST", `/api/chat/rooms/${room.id}/leave`);
    await ana.ok("POST", `/api/chat/rooms/${room.id}/join`);
    const send = () => problem(ana, "POST", `/api/chat/rooms/${room.id}/messages`, { body: "x" });
    assert.deepEqual((await send())[1], "muted");
    await eventually(async () => (await send())[0] === 201, "the end of the mute");
  });

  test("[I8] a send that races a mute is either accepted before it or refused", async () => {
    const room = await moderated();
    const [tab, other] = [await ana.chat(room.conversation_id), await ben.chat(room.conversation_id)];
    for (let i = 0; i < 40; i++) tab.send({ type: "send", client_msg_id: `r${i}`, body: "quick" });
    const mute = mo.ok("POST", path(room, "7", "mute"), { until: inAnHour() });
    for (let i = 40; i < 80; i++) tab.send({ type: "send", client_msg_id: `r${i}`, body: "quick" });
    await mute;
    const update = await other.event("member.updated");
    const answered = ({ type, client_msg_id }) => (type === "ack" || type === "error") && client_msg_id === "r79";
    await tab.next(answered, "the last answer");
    const late = other.events.filter(({ event, seq }) => event === "message.created" && seq > update.seq);
    assert.deepEqual(late, []);
    await Promise.all([tab.close(), other.close()]);
  });

  test("[I8] a ban ends the membership and every socket, and refuses every way to rejoin", async () => {
    const room = await moderated();
    const [tab, other, device] = [
      await ana.chat(room.conversation_id),
      await ben.chat(room.conversation_id),
      await ana.ownChannel(),
    ];
    const link = await mo.ok("POST", `/api/chat/rooms/${room.id}/invites`, {});
    const until = inAnHour();
    const banned = await mo.ok("POST", path(room, "7", "ban"), { until, reason: "again" });
    assert.deepEqual(banned, { user_id: "7", until, reason: "again" });
    assert.equal((await tab.end()).code, 4403);
    const update = await other.event("member.removed");
    assert.deepEqual(update.partial, { user_id: "7", banned: true });
    const privately = await device.next(({ event }) => event === "member.removed", "the user's own event");
    assert.deepEqual([privately.partial.reason, privately.partial.until], ["again", until]);
    assert.deepEqual(await problem(ana, "POST", `/api/chat/rooms/${room.id}/join`), [403, "banned", until]);
    assert.deepEqual(await problem(ana, "POST", `/api/chat/invites/${link.token}/accept`), [403, "banned", until]);
    assert.deepEqual((await problem(mo, "POST", `/api/chat/rooms/${room.id}/members`, { user_id: "7" }))[0], 409);
    assert.equal((await problem(ana, "POST", `/api/chat/rooms/${room.id}/messages`, { body: "x" }))[0], 403);
    const dialed = ana.dial(`/api/chat/conversations/${room.conversation_id}/socket`);
    assert.equal((await dialed.end()).code, 4403);
    const bans = await mo.ok("GET", `/api/chat/rooms/${room.id}/bans`);
    assert.deepEqual([bans.data[0].user_id, bans.data[0].reason, bans.data[0].imposed_by], ["7", "again", "mo"]);
    await mo.ok("DELETE", path(room, "7", "ban"));
    const back = await ana.ok("POST", `/api/chat/rooms/${room.id}/join`);
    assert.equal(back.role, "member");
    await Promise.all([other.close(), device.close()]);
  });

  test("a mute and a ban also apply in the general room, which users join automatically", async () => {
    const carla = world.person("9", { name: "Carla" });
    const general = {
      say: ["POST", "/api/chat/messages", { message: "hi" }],
      type: ["POST", "/api/chat/typing", { typing: true }],
    };
    await carla.ok(...general.say);
    const { data } = await admin.ok("GET", "/api/chat/rooms?limit=100");
    const room = data.find(({ is_general }) => is_general);
    const until = inAnHour();
    await admin.ok("POST", path(room, "9", "mute"), { until });
    for (const act of Object.values(general))
      assert.deepEqual(await problem(carla, ...act), [403, "muted", until], act[1]);
    const stream = await openStream(carla, room.conversation_id);
    await admin.ok("POST", path(room, "9", "ban"), { until });
    await stream.ended();
    const read = ["GET", "/api/chat/messages"];
    for (const act of [...Object.values(general), read]) {
      assert.deepEqual(await problem(carla, ...act), [403, "banned", until], act[1]);
    }
    for (const act of ["ban", "mute"]) await admin.ok("DELETE", path(room, "9", act));
    assert.equal((await problem(carla, ...general.say))[0], 201);
  });

  test("a member cannot moderate an equal or themselves, and a room keeps an owner", async () => {
    const room = await moderated();
    const until = inAnHour();
    assert.equal((await problem(ana, "POST", path(room, "8", "mute"), { until }))[0], 403);
    assert.equal((await problem(mo, "POST", path(room, "admin", "mute"), { until }))[0], 403);
    assert.equal((await problem(mo, "POST", path(room, "admin", "ban"), {}))[0], 403);
    assert.equal((await problem(admin, "POST", path(room, "admin", "ban"), {}))[0], 422);
    const boss = world.person("boss", { roles: ["admin"] });
    assert.equal((await problem(boss, "POST", path(room, "admin", "ban"), {}))[0], 409, "its only owner");
    assert.equal((await problem(boss, "POST", path(room, "nobody-yet", "ban"), {}))[0], 422);
    assert.equal((await problem(boss, "POST", path(room, "nobody-yet", "mute"), { until }))[0], 404);
  });

  test("of two owners who leave concurrently one stays", async () => {
    for (let round = 0; round < 10; round++) {
      const room = await moderated();
      await admin.ok("PUT", `/api/chat/rooms/${room.id}/members/7`, { role: "owner" });
      const answers = await Promise.all(
        [ana, admin].map((who) => who.call("POST", `/api/chat/rooms/${room.id}/leave`)),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409]);
      const members = await mo.ok("GET", `/api/chat/rooms/${room.id}/members`);
      assert.equal(members.data.filter(({ role }) => role === "owner").length, 1);
    }
  });

  test("an added, promoted or removed user gets an event on their own channel", async () => {
    const room = await moderated([ben], { visibility: "private" });
    const device = await ana.ownChannel();
    await mo.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: "7" });
    const joined = await device.next(({ event }) => event === "member.joined", "the join");
    assert.deepEqual([joined.partial.room_id, joined.conversation_id], [room.id, room.conversation_id]);
    await admin.ok("PUT", `/api/chat/rooms/${room.id}/members/7`, { role: "moderator" });
    await device.next(
      ({ event, partial }) => event === "member.updated" && partial.role === "moderator",
      "the new role",
    );
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/7`);
    await device.next(({ event }) => event === "member.removed", "the removal");
    await device.close();
  });

  test("[I7] the audit log has every act once, with its reason, and is immutable", async () => {
    const room = await moderated();
    const message = await ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: "something unkind" });
    await mo.ok("POST", path(room, "7", "mute"), { until: inAnHour(), reason: "unkind" });
    await mo.ok("DELETE", `/api/chat/messages/${message.id}?conversation_id=${room.conversation_id}`);
    await mo.ok("DELETE", path(room, "7", "mute"));
    await mo.ok("POST", path(room, "8", "ban"), { reason: "spam" });
    await mo.ok("DELETE", path(room, "8", "ban"));
    await mo.ok("DELETE", `/api/chat/rooms/${room.id}/members/7`);
    await admin.ok("PUT", `/api/chat/rooms/${room.id}`, { name: "Calm room" });
    const of = async (query) => (await admin.ok("GET", `/api/admin/audits?${query}`)).data;
    const here = async () =>
      (await of("limit=100")).filter(({ metadata }) => metadata.conversation_id === room.conversation_id);
    await eventually(async () => (await of(`target_id=${message.id}`)).length === 1, "the deletion in the record");
    assert.deepEqual((await here()).map(({ action, reason }) => [action, reason]).reverse(), [
      ["room.created", null],
      ["member.added", null],
      ["member.added", null],
      ["member.added", null],
      ["member.role_changed", null],
      ["member.muted", "unkind"],
      ["message.deleted", null],
      ["member.unmuted", null],
      ["member.banned", "spam"],
      ["member.unbanned", null],
      ["member.removed", null],
      ["room.updated", null],
    ]);
    const [renamed] = await of(`target_id=${room.id}&action=room.updated`);
    assert.deepEqual(renamed.metadata.name.to, "Calm room");
    assert.equal((await of(`actor_id=mo&action=member.banned&target_id=8`))[0].reason, "spam");
    assert.equal(JSON.stringify(await here()).includes("something unkind"), false);
    for (const sql of ["UPDATE admin_audits SET reason = 'x'", "DELETE FROM admin_audits"]) {
      await assert.rejects(world.rows(sql), /audit log/);
    }
    assert.equal((await ana.call("GET", "/api/admin/audits")).status, 403);
  });

  test("the whole audit log is exported as JSON Lines", async () => {
    const INSERT = `INSERT INTO admin_audits (id, tenant_id, actor_id, action, target_type, target_id, created_at)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234)
      SELECT printf('00000000-0000-7000-8000-%012d', i), 'demo', 'robot', 'member.muted', 'user', '7', 1 FROM n`;
    await world.rows(INSERT);
    const exported = await admin.call("GET", "/api/admin/audits?actor_id=robot", undefined, {
      accept: "application/jsonl",
    });
    assert.deepEqual([exported.status, exported.headers.get("content-type")], [200, "application/jsonl"]);
    const lines = exported.text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(lines.length, 1234);
    assert.deepEqual([lines[0].id.slice(-4), lines.at(-1).id.slice(-4)], ["1234", "0001"]);
    assert.equal(new Set(lines.map(({ id }) => id)).size, 1234);
  });
});
