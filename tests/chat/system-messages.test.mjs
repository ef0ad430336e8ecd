// System messages on native sockets, event streams, HTTP and Pusher channels, their counts, and members' read markers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { openStream } from "../support/stream.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("system messages", () => {
  let world, admin, ana, ben, cy;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { name: "Admin", roles: ["admin"] });
    [ana, ben, cy] = [
      world.person("7", { name: "Ana" }),
      world.person("8", { name: "Ben" }),
      world.person("9", { name: "Cy" }),
    ];
    for (const person of [admin, ana, ben, cy]) await person.ok("GET", "/api/me");
  });
  after(() => world.stop());

  const isSystem = ({ partial }) => partial?.type === "system";
  const reported = async (person, conversation) => {
    const { data } = await person.history(conversation);
    return data.filter(({ type }) => type === "system").map(({ metadata }) => metadata);
  };
  const group = (...others) =>
    ana.ok("POST", "/api/chat/conversations", { type: "group", user_ids: others.map(({ user }) => user) });
  const add = (by, conversation, { user }) =>
    by.ok("POST", `/api/chat/conversations/${conversation}/members`, { user_id: user });
  const inbox = async (person, conversation) => {
    const { data } = await person.ok("GET", "/api/chat/conversations");
    return data.find(({ id }) => id === conversation);
  };
  const inRecord = async (conversation) =>
    (
      await world.rows("SELECT metadata FROM messages WHERE conversation_id = ?1 AND type = 'system'", conversation)
    ).map(({ metadata }) => JSON.parse(metadata));

  test("one follows the event of its change, alike on every transport, and is replayed", async () => {
    const room = await world.room([ana], { visibility: "private", name: "Desk" });
    const conversation = room.conversation_id;
    const chat = await ana.chat(conversation);
    const stream = await openStream(ana, conversation);
    await stream.events(1);
    const pusher = await connect(world, { person: ana });
    const channels = [`private-conversation.${conversation}`, `private-chat.${room.id}`];
    for (const channel of channels) await pusher.subscribe(channel);
    await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: ben.user });
    const joined = await chat.event("member.joined");
    const event = await chat.event("message.created");
    assert.equal(event.seq, joined.seq + 1);
    assert.deepEqual(event.partial.metadata, { kind: "joined", actor_id: "admin", user_id: "8" });
    assert.deepEqual(
      [event.partial.type, event.partial.body, event.partial.sender_id, event.partial.client_msg_id],
      ["system", "", "admin", null],
    );
    for (const channel of channels) assert.deepEqual(await pusher.received(channel, "message.created"), event);
    const streamed = await stream.events(3);
    assert.deepEqual(
      streamed.slice(1).map(({ data }) => data),
      [joined, event],
    );
    const again = await ana.chat(conversation, { epoch: chat.welcome.epoch, seq: joined.seq });
    assert.deepEqual(await again.event("message.created"), event);
    const newest = async () => (await ben.history(conversation)).data[0];
    assert.deepEqual((await newest()).metadata, event.partial.metadata, "from the object's log");
    await eventually(async () => (await inRecord(conversation)).length === 2, "the record has both");
    assert.equal((await newest()).id, event.id, "from the record");
    await stream.close();
    pusher.pusher.disconnect();
    await Promise.all([chat.close(), again.close()]);
  });

  test("each kind of change of a private room has its own", async () => {
    const room = await world.room([ana, ben], { visibility: "private", name: "Desk" });
    const conversation = room.conversation_id;
    const path = `/api/chat/rooms/${room.id}`;
    const first = await reported(ana, conversation);
    assert.deepEqual(
      first.map(({ kind, user_id }) => [kind, user_id]),
      [
        ["joined", "8"],
        ["joined", "7"],
      ],
      "none for the administrator who created the room",
    );
    const { id } = await ana.ok("POST", `/api/chat/conversations/${conversation}/messages`, { body: "hello" });
    const pin = `/api/chat/messages/${id}/pin?conversation_id=${conversation}`;
    await admin.ok("PUT", pin);
    await admin.ok("PUT", pin);
    await admin.ok("DELETE", pin);
    await admin.ok("PUT", path, { name: "Front desk" });
    await admin.ok("PUT", path, { name: "Front desk", description: "by the door" });
    await ben.ok("POST", `${path}/leave`);
    await admin.ok("DELETE", `${path}/members/7`);
    await admin.ok("POST", `${path}/members`, { user_id: "9", role: "member" });
    await admin.ok("POST", `${path}/members/9/ban`, { reason: "noise" });
    await admin.ok("PUT", path, { visibility: "public", name: "Lobby" });
    await ana.ok("POST", `${path}/join`);
    await admin.ok("PUT", path, { visibility: "private" });
    const all = await reported(ana, conversation);
    const by = (actor_id, kind, more) => ({ kind, actor_id, ...more });
    assert.deepEqual(all.slice(0, -2).reverse(), [
      by("admin", "pinned", { message_id: id }),
      by("admin", "renamed", { name: "Front desk" }),
      by("8", "left", { user_id: "8" }),
      by("admin", "removed", { user_id: "7" }),
      by("admin", "joined", { user_id: "9" }),
      by("admin", "removed", { user_id: "9" }),
      by("admin", "renamed", { name: "Lobby" }),
      by("admin", "visibility", { visibility: "public" }),
      by("admin", "visibility", { visibility: "private" }),
    ]);
  });

  test("none in a public room, in a direct conversation, and for the first members of a group", async () => {
    const room = await world.room([ana, ben]);
    const direct = await ana.ok("POST", "/api/chat/conversations", { type: "dm", user_id: ben.user });
    const { id: team } = await group(ben, cy);
    for (const conversation of [room.conversation_id, direct.id, team]) {
      const { id } = await ana.ok("POST", `/api/chat/conversations/${conversation}/messages`, { body: "hello" });
      const by = conversation === room.conversation_id ? admin : ana;
      if (conversation !== team) await by.ok("PUT", `/api/chat/messages/${id}/pin?conversation_id=${conversation}`);
      assert.deepEqual(await reported(ben, conversation), []);
    }
  });

  test("they leave counts, markers, the inbox and its notices as they are", async () => {
    const { id: team } = await group(ben);
    const own = await ben.ownChannel();
    const notified = await ben.ok("GET", "/api/notifications/count");
    const said = await ana.ok("POST", `/api/chat/conversations/${team}/messages`, { body: "hello" });
    const isOfTeam = (frame) => frame.event === "inbox.updated" && frame.conversation_id === team;
    const notice = await own.next(isOfTeam, "the notice");
    assert.deepEqual([notice.partial.unread_count, notice.partial.last_message.id], [1, said.id]);
    const before = await inbox(ben, team);
    await add(ana, team, cy);
    await ben.ok("PATCH", `/api/chat/conversations/${team}`, { metadata: { name: "Night shift" } });
    await ben.ok("POST", `/api/chat/conversations/${team}/messages`, { body: "again" }, {});
    await ana.ok("DELETE", `/api/chat/conversations/${team}/members/9`);
    await eventually(async () => (await inRecord(team)).length === 3, "the record has them");
    const kinds = (await reported(ana, team)).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["removed", "renamed", "joined"]);
    const anas = await inbox(ana, team);
    assert.deepEqual([anas.unread_count, anas.last_message.body], [1, "again"]);
    const bens = await inbox(ben, team);
    assert.deepEqual([before.unread_count, bens.unread_count, bens.mention_count], [1, 0, 0]);
    await ana.ok("POST", `/api/chat/conversations/${team}/messages`, { body: "last" });
    await own.next((frame) => isOfTeam(frame) && frame.partial.last_message.body === "last", "the last notice");
    const shown = own.frames.filter(isOfTeam).map(({ partial }) => partial.last_message.type);
    assert.deepEqual([...new Set(shown)], ["text"]);
    assert.deepEqual(await ben.ok("GET", "/api/notifications/count"), notified);
    await own.close();
  });

  test("clients neither send one nor change it; moderators delete it", async () => {
    const { id: team } = await group(ben);
    const path = `/api/chat/conversations/${team}/messages`;
    const refused = await ben.call("POST", path, { body: "Ana left", type: "system" });
    assert.deepEqual([refused.status, refused.body.errors[0].field], [422, "type"]);
    const chat = await ben.chat(team);
    chat.send({ type: "send", client_msg_id: "forged", body: "Ana left", message_type: "system" });
    const error = await chat.error("invalid");
    assert.deepEqual([error.error, error.client_msg_id, error.errors[0].field], ["invalid", "forged", "type"]);
    await add(ana, team, cy);
    const { partial } = await chat.next((frame) => isSystem(frame), "the system message");
    const at = `/api/chat/messages/${partial.id}`;
    const hint = `?conversation_id=${team}`;
    const status = async (person, method, address, body) => (await person.call(method, address, body)).status;
    assert.equal(await status(ana, "PUT", at + hint, { body: "x" }), 403);
    assert.equal(await status(ben, "PUT", `${at}/reactions/${encodeURIComponent("\u{1F44D}")}${hint}`), 409);
    assert.equal(await status(ana, "PUT", `${at}/pin${hint}`), 409);
    assert.equal(await status(ben, "POST", path, { body: "why?", parent_id: partial.id }), 422);
    assert.equal(await status(ben, "POST", path, { body: "why?", quote_id: partial.id }), 422);
    assert.equal(await status(ben, "DELETE", at + hint), 403);
    chat.send({ type: "edit", id: partial.id, body: "x" });
    await chat.error("forbidden");
    const deleted = await ana.call("DELETE", at + hint);
    assert.deepEqual([deleted.status, deleted.body.metadata], [200, null]);
    await chat.event("message.deleted");
    await chat.close();
  });

  test("each is there once after a restart of the engine", async () => {
    const { id: team } = await group(ben);
    const chat = await ana.chat(team);
    await add(ana, team, cy);
    const event = await chat.event("message.created");
    chat.terminate();
    await world.restart(() => {});
    const again = await ana.chat(team, { epoch: chat.welcome.epoch, seq: event.seq - 1 });
    assert.deepEqual(await again.event("message.created"), event);
    await eventually(async () => (await inRecord(team)).length > 0, "the record has it");
    assert.deepEqual(await inRecord(team), [event.partial.metadata]);
    assert.deepEqual(await reported(ana, team), [event.partial.metadata]);
    await again.close();
  });

  test("lists of members name the message up to which each has read, and when", async () => {
    const { id: team } = await group(ben, cy);
    const path = `/api/chat/conversations/${team}`;
    const first = await ana.ok("POST", `${path}/messages`, { body: "one" });
    await ana.ok("PATCH", path, { metadata: { name: "Night shift" } });
    const second = await ana.ok("POST", `${path}/messages`, { body: "two" });
    const began = Date.now();
    await ben.ok("POST", `${path}/read`, { seq: second.seq - 1 });
    const member = async (by, { user }) => {
      const { data } = await by.ok("GET", `${path}/members`);
      return data.find(({ user_id }) => user_id === user);
    };
    const bens = await member(ana, ben);
    assert.deepEqual([bens.last_read_seq, bens.last_read_message_id], [second.seq - 1, first.id]);
    const at = Date.parse(bens.last_read_at);
    assert.ok(at >= began - 5_000 && at <= Date.now() + 5_000, bens.last_read_at);
    await eventually(async () => (await member(ben, ana)).last_read_seq === second.seq, "the sender's marker");
    const anas = await member(ben, ana);
    assert.deepEqual([anas.last_read_message_id, anas.last_read_at], [second.id, second.created_at]);
    const cys = await member(ana, cy);
    assert.deepEqual([cys.last_read_seq, cys.last_read_message_id, cys.last_read_at], [0, null, null]);
    await ben.ok("PATCH", "/api/me", { receipts: "private" });
    for (const [by, of] of [
      [ana, ben],
      [ben, ana],
    ]) {
      const { last_read_seq, last_read_message_id, last_read_at } = await member(by, of);
      assert.deepEqual([last_read_seq, last_read_message_id, last_read_at], [null, null, null]);
    }
    assert.deepEqual(await member(ben, ben), bens);
    await ben.ok("PATCH", "/api/me", { receipts: "public" });
  });

  // Last: the setting holds for the whole app.
  test("the app's setting turns them off and on", async () => {
    const { id: team } = await group(ben);
    const set = (system_messages) => admin.ok("PATCH", "/api/admin/settings", { chat: { system_messages } });
    assert.equal((await set(false)).chat.system_messages, false);
    // Functions cache the settings for some seconds.
    const rename = async (name) => {
      await ana.ok("PATCH", `/api/chat/conversations/${team}`, { metadata: { name } });
      return (await reported(ana, team)).length;
    };
    let names = 0;
    const isSilent = async () => {
      const before = (await reported(ana, team)).length;
      names += 1;
      return (await rename(`name ${names}`)) === before;
    };
    await eventually(isSilent, "none is written");
    await set(null);
    await eventually(async () => !(await isSilent()), "they are written again");
  });
});
