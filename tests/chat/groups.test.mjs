// Groups and direct conversations: adding, removing, leaving, succession, and the limits per person and hour.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { openStream } from "../support/stream.mjs";
import { startWorld } from "../support/world.mjs";

describe("groups", () => {
  let world, admin, ana, ben, eve, people;

  before(async () => {
    const limits = { requests_per_minute: 1_000_000, app_requests_per_minute: 1_000_000 };
    world = await startWorld({ limits });
    admin = world.person("admin", { roles: ["admin"] });
    people = Array.from({ length: 120 }, (_, i) => world.person(`p${i}`));
    [ana, ben, eve] = [world.person("7"), world.person("8"), world.person("9")];
    for (const person of [admin, ana, ben, eve, ...people]) await person.ok("GET", "/api/me");
  });
  after(() => world.stop());

  const begin = (owner, ...user_ids) => owner.call("POST", "/api/chat/conversations", { type: "group", user_ids });
  const groupOf = async (owner, ...others) => {
    const { status, body } = await begin(owner, ...others.map(({ user }) => user));
    assert.equal(status, 201);
    return { ...body, path: `/api/chat/conversations/${body.id}` };
  };
  const kind = ({ status, body }) => [status, body?.type.split("/").at(-1)];
  const audited = async (action, target_id) =>
    (await admin.ok("GET", `/api/admin/audits?action=${action}&target_id=${target_id}`)).data;

  test("the owner adds, promotes and removes; a moderator adds and removes members; a member does neither", async () => {
    const owner = world.person("owner-1");
    await owner.ok("GET", "/api/me");
    const group = await groupOf(owner, ana, ben);
    const members = `${group.path}/members`;
    assert.deepEqual(kind(await ana.call("POST", members, { user_id: "9" })), [403, "forbidden"]);
    assert.deepEqual(kind(await ana.call("DELETE", `${members}/8`)), [403, "forbidden"]);
    assert.deepEqual(kind(await eve.call("POST", members, { user_id: "9" })), [404, "not-found"]);
    assert.deepEqual(kind(await admin.call("POST", members, { user_id: "9" })), [404, "not-found"]);
    assert.equal((await owner.call("PUT", `${members}/7`, { role: "moderator" })).status, 200);
    const added = await ana.call("POST", members, { user_id: "9" });
    assert.deepEqual([added.status, added.body.role], [201, "member"]);
    assert.equal((await ana.call("POST", members, { user_id: "9" })).status, 200, "a repeat changes nothing");
    assert.deepEqual(kind(await ana.call("DELETE", `${members}/owner-1`)), [403, "forbidden"]);
    assert.equal((await ana.call("DELETE", `${members}/9`)).status, 204);
    assert.deepEqual(kind(await ana.call("POST", members, { user_id: "nobody" })), [422, "invalid"]);
    const roles = (await ben.ok("GET", members)).data.map(({ user_id, role }) => [user_id, role]);
    assert.deepEqual(roles, [
      ["7", "moderator"],
      ["8", "member"],
      ["owner-1", "owner"],
    ]);
    assert.deepEqual(
      (await audited("member.added", "9")).map(({ actor_id, metadata }) => [actor_id, metadata.conversation_id]),
      [["7", group.id]],
    );
    assert.equal((await audited("member.removed", "9")).length, 1);
  });

  test("every transport gets joined, left and removed with a seq, and the user is told on their own channel", async () => {
    const group = await groupOf(ana, ben);
    const [own, chat, stream, client] = [
      await eve.ownChannel(),
      await ben.chat(group.id),
      await openStream(ben, group.id),
      await connect(world, { person: ben }),
    ];
    await client.subscribe(`private-conversation.${group.id}`);
    await ana.ok("POST", `${group.path}/members`, { user_id: "9" });
    assert.equal((await own.event("member.joined")).conversation_id, group.id);
    const tab = await eve.chat(group.id);
    await ana.ok("DELETE", `${group.path}/members/9`);
    assert.equal((await tab.end()).code, 4403);
    await own.event("member.removed");
    await ana.ok("POST", `${group.path}/members`, { user_id: "9" });
    await eve.ok("POST", `${group.path}/leave`);
    await own.event("member.left");
    const seqs = [];
    for (const name of ["member.joined", "member.removed", "member.joined", "member.left"]) {
      const { seq, partial } = await chat.event(name);
      assert.equal(partial.user_id, "9");
      assert.equal((await client.received(`private-conversation.${group.id}`, name)).seq, seq);
      seqs.push(seq);
    }
    assert.deepEqual(seqs, [...seqs].sort());
    await stream.until((text) => text.includes("member.left"));
    assert.equal((await eve.call("GET", group.path)).status, 404);
    await Promise.all([own, chat, stream, client].map((one) => one.close()));
  });

  test("a group whose owner leaves is owned by its moderator, and then by its oldest member", async () => {
    const owner = world.person("owner-2");
    await owner.ok("GET", "/api/me");
    const group = await groupOf(owner, ana, ben);
    await owner.ok("PUT", `${group.path}/members/8`, { role: "moderator" });
    const chat = await ana.chat(group.id);
    await owner.ok("POST", `${group.path}/leave`);
    const promoted = await chat.event("member.updated");
    assert.deepEqual(promoted.partial, { user_id: "8", role: "owner" });
    assert.equal((await chat.event("member.left")).seq, promoted.seq + 1);
    const [entry] = await audited("member.role_changed", "8");
    assert.deepEqual([entry.actor_id, entry.metadata.to], ["owner-2", "owner"]);
    await ben.ok("POST", `${group.path}/leave`);
    assert.equal((await ana.ok("GET", group.path)).role, "owner");
    await ana.ok("POST", `${group.path}/leave`);
    assert.equal((await ana.call("GET", group.path)).status, 404);
    await chat.close();
  });

  test("nobody leaves, joins or is removed from a direct conversation", async () => {
    const dm = await ana.ok("POST", "/api/chat/conversations", { type: "dm", user_id: "8" });
    const path = `/api/chat/conversations/${dm.id}`;
    for (const [method, rest, body] of [
      ["POST", "/leave"],
      ["POST", "/members", { user_id: "9" }],
      ["DELETE", "/members/8"],
      ["DELETE", "/members/7"],
      ["PUT", "/members/8", { role: "owner" }],
    ]) {
      assert.deepEqual(kind(await ana.call(method, path + rest, body)), [409, "direct-conversation"], method + rest);
      assert.deepEqual(kind(await eve.call(method, path + rest, body)), [404, "not-found"], method + rest);
    }
    assert.equal((await ben.ok("GET", `${path}/members`)).data.length, 2);
  });

  test("a group has at most 100 members", async () => {
    const owner = world.person("owner-3", { roles: ["admin"] });
    await owner.ok("GET", "/api/me");
    const group = await groupOf(owner, ...people.slice(0, 98));
    await owner.ok("POST", `${group.path}/members`, { user_id: "7" });
    assert.deepEqual(kind(await owner.call("POST", `${group.path}/members`, { user_id: "8" })), [409, "group-full"]);
    assert.equal((await owner.call("POST", `${group.path}/members`, { user_id: "7" })).status, 200);
    await owner.ok("DELETE", `${group.path}/members/7`);
    await owner.ok("POST", `${group.path}/members`, { user_id: "8" });
  });

  test("a person begins 20 conversations in an hour, concurrent ones included, and an opened one does not count", async () => {
    const person = world.person("busy");
    await person.ok("GET", "/api/me");
    const dm = (user_id) => person.call("POST", "/api/chat/conversations", { type: "dm", user_id });
    assert.equal((await dm("nobody")).status, 422);
    const begun = await Promise.all(people.slice(0, 30).map(({ user }) => dm(user)));
    const made = begun.filter(({ status }) => status === 201);
    assert.equal(made.length, 20);
    const [refused] = begun.filter(({ status }) => status !== 201);
    assert.deepEqual(kind(refused), [429, "rate-limited"]);
    assert.ok(Number(refused.headers.get("retry-after")) > 60);
    assert.equal((await dm(made[0].body.peer.user_id)).status, 200);
    assert.deepEqual(kind(await begin(person, "7")), [429, "rate-limited"]);
    const secret = await person.call("POST", "/api/chat/messages/private", { recipient_id: "p40", message: "hi" });
    assert.deepEqual(kind(secret), [429, "rate-limited"]);
    const client = await connect(world, { person });
    await client.subscribe("private-chat.busy.p41");
    await client.close();
    const [{ n }] = await world.rows("SELECT count(*) n FROM conversations WHERE type = 'dm' AND created_by = 'busy'");
    assert.equal(n, 20, "a subscription begins no more either");
    await world.restart(() => {});
    assert.equal((await dm("p60")).status, 429, "a restart forgets nothing");
  });

  test("a person adds 100 people in an hour, over all groups and rooms", async () => {
    const person = world.person("adder");
    await person.ok("GET", "/api/me");
    const group = await groupOf(person, ...people.slice(0, 90));
    const statuses = await Promise.all(
      people.slice(90, 98).map(({ user }) => person.call("POST", `${group.path}/members`, { user_id: user })),
    );
    assert.ok(statuses.every(({ status }) => status === 201));
    assert.deepEqual(kind(await begin(person, "7", "8", "9")), [429, "rate-limited"]);
    const other = await groupOf(person, ana);
    assert.equal((await person.call("POST", `${other.path}/members`, { user_id: "8" })).status, 201);
    assert.deepEqual(kind(await person.call("POST", `${other.path}/members`, { user_id: "9" })), [429, "rate-limited"]);
    assert.equal(
      (await person.call("POST", `${other.path}/members`, { user_id: "8" })).status,
      200,
      "already a member",
    );
  });
});
