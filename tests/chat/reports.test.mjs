// Reports of messages: who sees them, and what each action does, on the real record.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startWorld, WIDE } from "../support/world.mjs";

describe("reports", () => {
  let world, admin, mo, ana, ben;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { roles: ["admin"] });
    [mo, ana, ben] = [world.person("mo"), world.person("7", { name: "Ana" }), world.person("8")];
    await admin.ok("GET", "/api/me");
  });
  after(() => world.stop());

  const kind = ({ status, body }) => [status, body?.type?.split("/").at(-1)];
  const moderated = async () => {
    const room = await world.room([mo, ana, ben]);
    await admin.ok("PUT", `/api/chat/rooms/${room.id}/members/mo`, { role: "moderator" });
    return { ...room, path: `/api/chat/rooms/${room.id}` };
  };
  const reported = async (room) => {
    const message = await ana.ok("POST", `${room.path}/messages`, { body: "buy this" });
    const path = `/api/chat/messages/${message.id}/report?conversation_id=${room.conversation_id}`;
    return { message, report: await ben.ok("POST", path, { reason: "spam", note: "again" }), path };
  };
  const resolve = (person, report, action) =>
    person.call("POST", `/api/admin/reports/${report.id}/resolve`, { action, note: "rules" });
  const open = async (person) => (await person.ok("GET", "/api/admin/reports?status=open")).data.map(({ id }) => id);

  test("a moderator deletes, mutes and bans by the queue of their own rooms, and each is audited", async () => {
    const [room, other] = [await moderated(), await world.room([ana, ben], { name: "Other" })];
    const { message, report, path } = await reported(room);
    assert.deepEqual(
      [report.status, report.room_id, report.sender_id, report.reported_by],
      ["open", room.id, "7", "8"],
    );
    const repeat = await ben.call("POST", path, { reason: "other" });
    assert.deepEqual([repeat.status, repeat.body], [200, report]);
    const elsewhere = await reported({ ...other, path: `/api/chat/rooms/${other.id}` });
    assert.deepEqual(await open(mo), [report.id]);
    assert.deepEqual(await open(admin), [elsewhere.report.id, report.id]);
    assert.deepEqual(await open(ben), []);
    assert.deepEqual(kind(await resolve(mo, elsewhere.report, "dismiss")), [404, "not-found"]);
    assert.deepEqual(kind(await resolve(ben, report, "dismiss")), [404, "not-found"]);
    const tab = await ben.chat(room.conversation_id);
    assert.equal((await resolve(mo, report, "delete")).body.action, "delete");
    assert.equal((await tab.event("message.deleted")).id, message.id);
    assert.equal((await resolve(mo, report, "delete")).status, 200, "the same again");
    assert.deepEqual(kind(await resolve(admin, report, "ban")), [409, "conflict"]);
    for (const [action, refusal] of [
      ["mute", "muted"],
      ["ban", "forbidden"],
    ]) {
      const next = action === "mute" ? await reported(room) : { report: undefined };
      next.report ??= await (async () => {
        await mo.ok("DELETE", `${room.path}/members/7/mute`);
        return (await reported(room)).report;
      })();
      assert.equal((await resolve(mo, next.report, action)).status, 200);
      assert.deepEqual(kind(await ana.call("POST", `${room.path}/messages`, { body: "x" })), [403, refusal]);
    }
    const { data } = await admin.ok("GET", "/api/admin/audits?action=report.resolved");
    assert.deepEqual(
      data.map(({ actor_id, reason, metadata }) => [actor_id, reason, metadata.action]),
      ["ban", "mute", "delete"].map((action) => ["mo", "rules", action]),
    );
    assert.equal(JSON.stringify(await world.rows("SELECT * FROM reports")).includes("buy this"), false);
    await tab.close();
  });

  test("of moderators who resolve a report at the same time, one action is carried out", async () => {
    const room = await moderated();
    await admin.ok("PUT", `${room.path}/members/8`, { role: "moderator" });
    const { report } = await reported(room);
    const answers = await Promise.all([
      resolve(mo, report, "mute"),
      resolve(ben, report, "dismiss"),
      resolve(admin, report, "delete"),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
    const won = answers.find(({ status }) => status === 200).body.action;
    const isMuted = (await ana.call("POST", `${room.path}/messages`, { body: "x" })).status === 403;
    assert.equal(isMuted, won === "mute");
    const { data } = await ana.history(room.conversation_id);
    assert.equal(data.at(-1).deleted_at !== null, won === "delete");
  });
});
