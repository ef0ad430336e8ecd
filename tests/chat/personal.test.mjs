// What only the caller sees, on all of their devices: preferences of conversations, drafts, saved messages.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { openOwnStream } from "../support/stream.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("what only the caller sees", () => {
  let world, ana, ben, eve;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    [ana, ben, eve] = ["7", "8", "9"].map((user) => world.person(user));
    for (const person of [ana, ben, eve]) await person.ok("GET", "/api/me");
  });
  after(() => world.stop());

  const groupOf = async (...others) => {
    const user_ids = others.map(({ user }) => user);
    const { id } = await ana.ok("POST", "/api/chat/conversations", { type: "group", user_ids });
    return { id, path: `/api/chat/conversations/${id}` };
  };
  const say = (person, { path }, body, more = {}) => person.ok("POST", `${path}/messages`, { body, ...more });

  test("a change of preferences reaches the other devices, by socket, stream and Pusher channel, and nobody else", async () => {
    const group = await groupOf(ben);
    const device = await ana.ownChannel({ client_id: "phone" });
    const acting = await ana.ownChannel({ client_id: "tab" });
    const stream = await openOwnStream(ana);
    const client = await connect(world, { person: ana });
    await client.subscribe("private-user.7");
    await client.subscribe("private-user.invites.7");
    const bens = await ben.ownChannel();
    const body = { notify: "mentions", favorite: true, origin_client_id: "tab" };
    const changed = await ana.ok("PATCH", `${group.path}/preferences`, body);
    assert.deepEqual(changed, { notifications_muted_until: null, notify: "mentions", favorite: true, archived: false });
    const event = await device.event("preferences.updated");
    assert.deepEqual([event.conversation_id, event.partial], [group.id, changed]);
    await acting.next((frame) => frame.type === "rev" && frame.rev === event.rev, "the number");
    const [, streamed] = await stream.events(2);
    assert.deepEqual(streamed.data.partial, changed);
    assert.deepEqual((await client.received("private-user.7", "preferences.updated")).partial, changed);
    const of = async (person) => (await person.ok("GET", group.path)).preferences;
    assert.deepEqual(await of(ana), changed);
    assert.deepEqual(await of(ben), {
      notifications_muted_until: null,
      notify: "all",
      favorite: false,
      archived: false,
    });
    bens.send("ping");
    await bens.next((frame) => frame.pong, "pong");
    assert.ok(!bens.frames.some((frame) => frame.event === "preferences.updated"));
    assert.ok(!acting.frames.some((frame) => frame.event === "preferences.updated"));
    assert.ok(
      !client.frames.some(({ channel, event }) => channel?.includes("invites") && event === "preferences.updated"),
    );
    client.close();
    await Promise.all([device, acting, stream, bens].map((connection) => connection.close()));
  });

  test("a message of another person unarchives, and every device learns of it", async () => {
    const [group, muted] = [await groupOf(ben), await groupOf(ben)];
    const device = await ana.ownChannel();
    const archive = { archived: true };
    await ana.ok("PATCH", `${group.path}/preferences`, archive);
    const until = new Date(Date.now() + 600_000).toISOString();
    await ana.ok("PATCH", `${muted.path}/preferences`, { ...archive, notifications_muted_until: until });
    await ben.ok("PATCH", `${group.path}/preferences`, archive);
    for (let i = 0; i < 2; i += 1) await device.event("preferences.updated");
    const listed = async (person, query) =>
      (await person.ok("GET", `/api/chat/conversations?${query}`)).data.map(({ id }) => id);
    assert.deepEqual((await listed(ana, "archived=true")).sort(), [group.id, muted.id].sort());
    await say(ben, muted, "psst");
    await say(ben, group, "hello");
    const event = await device.event("preferences.updated");
    assert.deepEqual([event.conversation_id, event.partial.archived], [group.id, false]);
    assert.deepEqual(await listed(ana, "archived=true"), [muted.id]);
    assert.ok((await listed(ana, "archived=false")).includes(group.id));
    assert.ok((await listed(ben, "archived=true")).includes(group.id), "it was his own message");
    await device.close();
  });

  test("a draft is on every device and does not come back after it was sent", async () => {
    const group = await groupOf(ben);
    const draft = `${group.path}/draft`;
    const device = await ana.ownChannel();
    await ana.ok("PUT", draft, { body: "hel", rev: 1 });
    const saved = await device.event("draft.updated");
    assert.deepEqual([saved.conversation_id, saved.partial.body, saved.partial.rev], [group.id, "hel", 1]);
    await say(ana, group, "hello", { draft_rev: 2 });
    const cleared = await device.event("draft.updated");
    assert.deepEqual([cleared.partial.body, cleared.partial.rev], [null, 2]);
    // `inbox.updated` of the message may come before.
    assert.ok(cleared.rev > saved.rev, `${cleared.rev} after ${saved.rev}`);
    const late = await ana.call("PUT", draft, { body: "hell", rev: 2 });
    assert.equal(late.status, 409, "the save was on its way");
    assert.equal((await ana.ok("GET", draft)).body, null);
    // By socket: the client clears the draft itself.
    await ana.ok("PUT", draft, { body: "by socket", rev: 3 });
    const chat = await ana.chat(group.id);
    await chat.say("by socket");
    await ana.ok("DELETE", `${draft}?rev=3`);
    assert.equal((await ana.call("PUT", draft, { body: "by socket", rev: 3 })).status, 409);
    assert.equal((await ana.ok("GET", draft)).body, null);
    await Promise.all([device.close(), chat.close()]);
  });

  test("a thread has its own draft, the list has all, and a membership that ends takes its drafts along", async () => {
    const [group, other] = [await groupOf(eve), await groupOf(eve)];
    const { id: parent_id } = await say(ana, group, "a thread");
    await eve.ok("PUT", `${other.path}/draft`, { body: "first" });
    await eve.ok("PUT", `${group.path}/draft`, { body: "second" });
    await eve.ok("PUT", `${group.path}/draft`, { body: "third", parent_id });
    const bodies = async () => (await eve.ok("GET", "/api/me/drafts")).data.map(({ body }) => body);
    assert.deepEqual(await bodies(), ["third", "second", "first"]);
    assert.equal((await eve.ok("GET", `${group.path}/draft?parent_id=${parent_id}`)).body, "third");
    assert.equal((await ana.ok("GET", `${group.path}/draft`)).body, null);
    assert.equal((await ben.call("GET", `${group.path}/draft`)).status, 404);
    await ana.ok("DELETE", `${group.path}/members/9`);
    assert.deepEqual(await bodies(), ["first"]);
    assert.equal((await eve.call("PUT", `${group.path}/draft`, { body: "x" })).status, 404);
  });

  test("saved messages are on every device while they may be read, and a deleted one vanishes at once", async () => {
    const [group, other] = [await groupOf(eve), await groupOf(eve)];
    const device = await eve.ownChannel();
    const [one, two] = [await say(ana, group, "one"), await say(ana, group, "two")];
    const elsewhere = await say(ana, other, "elsewhere");
    for (const { id } of [one, two, elsewhere, one]) await eve.ok("PUT", `/api/me/saved/${id}`);
    const told = [];
    for (let i = 0; i < 3; i += 1) told.push(await device.event("saved.updated"));
    assert.deepEqual(
      told.map(({ id, conversation_id }) => [id, conversation_id]),
      [one, two, elsewhere].map(({ id, conversation_id }) => [id, conversation_id]),
    );
    const bodies = async (person = eve) =>
      (await person.ok("GET", "/api/me/saved")).data.map(({ message }) => message.body);
    assert.deepEqual(await bodies(), ["elsewhere", "two", "one"]);
    assert.deepEqual(await bodies(ana), []);
    assert.equal((await ben.call("PUT", `/api/me/saved/${one.id}`)).status, 404);
    await ana.ok("DELETE", `/api/chat/messages/${one.id}`);
    assert.deepEqual(await bodies(), ["elsewhere", "two"]);
    await ana.ok("DELETE", `${other.path}/members/9`);
    assert.deepEqual(await bodies(), ["two"]);
    await eve.ok("DELETE", `/api/me/saved/${two.id}`);
    assert.equal((await device.event("saved.updated")).partial.saved_at, null);
    assert.deepEqual(await bodies(), []);
    await device.close();
  });
});
