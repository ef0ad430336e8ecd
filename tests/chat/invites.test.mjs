// Invites from creation to the last use: by link and to a user, over HTTP and as events on sockets.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const RACERS = 50;
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

describe("invites", () => {
  let world, admin, mo, ana, ben;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { roles: ["admin"] });
    [mo, ana, ben] = [world.person("mo", { name: "Mo" }), world.person("7", { name: "Ana" }), world.person("8")];
    for (const person of [admin, mo, ana, ben]) await person.ok("GET", "/api/me");
  });
  after(() => world.stop());

  /** A private room that Mo moderates. */
  const moderated = async (people = []) => {
    const room = await world.room([mo, ...people], { visibility: "private", name: "Night shift" });
    await admin.ok("PUT", `/api/chat/rooms/${room.id}/members/mo`, { role: "moderator" });
    return room;
  };
  const invite = (person, room, body = {}) => person.ok("POST", `/api/chat/rooms/${room.id}/invites`, body);
  const answer = async (person, method, name, act = "") => {
    const { status, body } = await person.call(method, `/api/chat/invites/${name}${act}`);
    return [status, body?.type?.split("/").at(-1)];
  };

  test("an invite link is created, read and accepted, and the room gets the new member's event", async () => {
    const room = await moderated();
    const tab = await mo.chat(room.conversation_id);
    const made = await invite(mo, room, { max_uses: 5, expires_at: inAnHour() });
    assert.equal(made.url, `${world.url}/invite/${made.token}`);
    assert.ok(Buffer.from(made.token, "base64url").length >= 16, "128 bits at least");
    const seen = await tab.next(({ event }) => event === "invite.created", "the invite");
    assert.deepEqual([seen.id, seen.seq, seen.partial.max_uses], [made.id, undefined, 5]);
    assert.equal(JSON.stringify(seen).includes(made.token), false);
    const card = await ana.ok("GET", `/api/chat/invites/${made.token}`);
    assert.deepEqual([card.room.name, card.invited_by.name, card.is_member], ["Night shift", "Mo", false]);
    const joined = await ana.ok("POST", `/api/chat/invites/${made.token}/accept`);
    assert.deepEqual([joined.id, joined.role, joined.member_count], [room.id, "member", 3]);
    const event = await tab.event("member.joined");
    assert.deepEqual([event.partial.user_id, event.partial.name], ["7", "Ana"]);
    const used = await tab.next(({ event }) => event === "invite.updated", "the use");
    assert.equal(used.partial.uses, 1);
    const again = await ana.call("POST", `/api/chat/invites/${made.token}/accept`);
    assert.deepEqual([again.status, again.body.member_count], [200, 3], "a repeat changes nothing");
    await ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: "thanks for having me" });
    const listed = await mo.ok("GET", `/api/chat/rooms/${room.id}/invites`);
    assert.deepEqual(
      listed.data.map(({ id, uses, max_uses }) => [id, uses, max_uses]),
      [[made.id, 1, 5]],
    );
    assert.equal(JSON.stringify(listed).includes(made.token), false);
  });

  test("an invite to a user reaches each of their devices, and so does its acceptance", async () => {
    const room = await moderated();
    const devices = [await ana.ownChannel(), await ana.ownChannel()];
    const other = await ben.ownChannel();
    const made = await invite(mo, room, { user_id: "7", role: "member" });
    for (const device of devices) {
      const event = await device.next(({ event }) => event === "invite.created", "the invite");
      assert.deepEqual(
        [event.id, event.partial.room.name, event.partial.invited_by.name],
        [made.id, "Night shift", "Mo"],
      );
      assert.equal(JSON.stringify(event).includes(made.token), false);
    }
    const mine = await ana.ok("GET", "/api/chat/invites");
    assert.deepEqual(
      mine.data.map(({ id }) => id),
      [made.id],
    );
    assert.deepEqual(await answer(ben, "POST", made.token, "/accept"), [404, "not-found"]);
    assert.deepEqual(await answer(ben, "POST", made.id, "/accept"), [404, "not-found"]);
    assert.deepEqual(await answer(ana, "POST", made.id, "/accept"), [201, undefined]);
    for (const device of devices) {
      const joined = await device.next(({ event }) => event === "member.joined", "the join");
      assert.deepEqual([joined.conversation_id, joined.partial.room_id], [room.conversation_id, room.id]);
      await device.next(({ event }) => event === "invite.updated", "the acceptance");
    }
    assert.deepEqual((await ana.ok("GET", "/api/chat/invites")).data, []);
    assert.equal(
      other.frames.some(({ event }) => event !== undefined),
      false,
    );
    await Promise.all([...devices, other].map((device) => device.close()));
  });

  test("declined and revoked invites stay invalid, and the room and the invited user get events", async () => {
    const room = await moderated();
    const [tab, device] = [await mo.chat(room.conversation_id), await ben.ownChannel()];
    const declined = await invite(mo, room, { user_id: "8" });
    assert.deepEqual(await answer(ben, "POST", declined.id, "/decline"), [204, undefined]);
    const update = await tab.next(({ event, id }) => event === "invite.updated" && id === declined.id, "the refusal");
    assert.equal(typeof update.partial.declined_at, "string");
    assert.deepEqual(await answer(ben, "POST", declined.token, "/accept"), [410, "invite-declined"]);
    const revoked = await invite(mo, room, { user_id: "8" });
    const path = `/api/chat/rooms/${room.id}/invites/${revoked.id}`;
    for (let i = 0; i < 2; i++) assert.equal((await mo.call("DELETE", path)).status, 204);
    await device.next(({ event, id }) => event === "invite.revoked" && id === revoked.id, "the revocation");
    assert.deepEqual(await answer(ben, "POST", revoked.token, "/accept"), [410, "invite-revoked"]);
    assert.deepEqual(await answer(ben, "GET", revoked.token), [410, "invite-revoked"]);
    assert.equal((await ben.call("DELETE", path)).status, 404);
    await Promise.all([tab.close(), device.close()]);
  });

  test("an expired invite gets 410, not 404, until it is purged", async () => {
    const room = await moderated();
    const expires_at = new Date(Date.now() + 1_500).toISOString();
    const made = await invite(mo, room, { expires_at });
    await eventually(async () => (await answer(ana, "GET", made.token))[1] === "invite-expired", "the expiry");
    assert.deepEqual(await answer(ana, "POST", made.token, "/accept"), [410, "invite-expired"]);
    assert.deepEqual(await answer(ana, "POST", "never-was-one", "/accept"), [404, "not-found"]);
  });

  test(`[I8] of ${RACERS} users who race for an invite's last use one joins, and is counted once`, async () => {
    const racers = Array.from({ length: RACERS }, (_, i) => world.person(`racer${i}`));
    await Promise.all(racers.map((racer) => racer.ok("GET", "/api/me")));
    for (let round = 0; round < 3; round++) {
      const room = await moderated();
      const { token, id } = await invite(mo, room, { max_uses: 1 });
      const answers = await Promise.all(racers.map((racer) => answer(racer, "POST", token, "/accept")));
      const counts = Object.groupBy(answers, String);
      assert.deepEqual(Object.fromEntries(Object.entries(counts).map(([key, all]) => [key, all.length])), {
        "201,": 1,
        "409,invite-used-up": RACERS - 1,
      });
      const [row] = await world.rows("SELECT uses FROM room_invites WHERE id = ?1", id);
      const members = await world.rows("SELECT user_id FROM members WHERE conversation_id = ?1", room.conversation_id);
      const seen = await mo.ok("GET", `/api/chat/rooms/${room.id}`);
      assert.deepEqual([row.uses, members.length, seen.member_count], [1, 3, 3]);
    }
  });

  test("concurrent acceptances by one user count as one use", async () => {
    const room = await moderated();
    const { token, id } = await invite(mo, room, { max_uses: 3 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => answer(ana, "POST", token, "/accept")));
    assert.equal(answers.filter(([status]) => status === 201).length, 1);
    assert.equal(answers.filter(([status]) => status === 200).length, 19);
    const [row] = await world.rows("SELECT uses FROM room_invites WHERE id = ?1", id);
    assert.equal(row.uses, 1);
  });

  test("[I8] a ban overrides an invite, also in a race", async () => {
    for (let round = 0; round < 10; round++) {
      const room = await moderated();
      const { token } = await invite(mo, room);
      const [[accepted], banned] = await Promise.all([
        answer(ana, "POST", token, "/accept"),
        mo.call("POST", `/api/chat/rooms/${room.id}/members/7/ban`, { reason: "no" }),
      ]);
      assert.equal(banned.status, 200);
      assert.ok([201, 403].includes(accepted), `${accepted}`);
      assert.deepEqual(await answer(ana, "POST", token, "/accept"), [403, "banned"]);
      assert.equal((await ana.call("GET", `/api/chat/rooms/${room.id}/messages`)).status, 404);
      const members = await mo.ok("GET", `/api/chat/rooms/${room.id}/members`);
      assert.equal(members.data.length, 2);
      assert.equal((await mo.ok("GET", `/api/chat/rooms/${room.id}`)).member_count, 2);
    }
  });

  test("members invite to a public room, only moderators to a private one, and never to a higher role", async () => {
    const [open, hidden] = [await world.room([ana]), await moderated([ana])];
    const status = async (person, room, body = {}) =>
      (await person.call("POST", `/api/chat/rooms/${room.id}/invites`, body)).status;
    assert.equal(await status(ana, open), 201);
    assert.equal(await status(ana, hidden), 403);
    assert.equal(await status(ben, hidden), 404, "a private room does not exist for strangers");
    assert.equal(await status(ben, open), 403);
    assert.equal(await status(mo, hidden, { role: "moderator" }), 403);
    assert.equal(await status(admin, hidden, { role: "owner" }), 201);
    assert.equal(await status(mo, hidden, { user_id: "7" }), 409, "she is a member");
    assert.equal(await status(mo, hidden, { user_id: "nobody-yet" }), 422);
    const own = await invite(ana, open);
    assert.equal((await ana.call("GET", `/api/chat/rooms/${open.id}/invites`)).status, 403);
    assert.equal((await ana.call("DELETE", `/api/chat/rooms/${open.id}/invites/${own.id}`)).status, 204, "her own");
    assert.equal((await ana.call("DELETE", `/api/chat/rooms/${hidden.id}/invites/${own.id}`)).status, 403);
    assert.equal((await mo.call("DELETE", `/api/chat/rooms/${hidden.id}/invites/${own.id}`)).status, 404);
  });

  test("tokens are in no table and no log line, and every invite is audited", async () => {
    const room = await moderated();
    const made = await invite(mo, room, { max_uses: 2 });
    await ana.ok("POST", `/api/chat/invites/${made.token}/accept`);
    await mo.ok("DELETE", `/api/chat/rooms/${room.id}/invites/${made.id}`);
    for (const table of ["room_invites", "admin_audits", "idempotency_keys"]) {
      const rows = await world.rows(`SELECT * FROM ${table}`);
      assert.equal(JSON.stringify(rows).includes(made.token), false, table);
    }
    assert.equal(world.printed.join("\n").includes(made.token), false);
    const audits = await admin.ok("GET", `/api/admin/audits?target_id=${made.id}`);
    assert.deepEqual(
      audits.data.map(({ action, actor_id }) => [action, actor_id]),
      [
        ["invite.revoked", "mo"],
        ["invite.created", "mo"],
      ],
    );
  });
});
