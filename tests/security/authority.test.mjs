// Authority ends with its source: invites with their creator's role, groups of guards with the token that names them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { guard } from "../support/alerts.mjs";
import { PushService } from "../support/push-service.mjs";
import { startWorld } from "../support/world.mjs";

let world;
let admin;

before(async () => {
  world = await startWorld();
  admin = world.person("admin", { roles: ["admin"] });
});
after(() => world?.stop());

const invite = (person, room, body = {}) => person.ok("POST", `/api/chat/rooms/${room.id}/invites`, body);
const accept = (person, { token }) => person.call("POST", `/api/chat/invites/${token}/accept`);

async function revoked(person, made) {
  const { status, body } = await accept(person, made);
  assert.deepEqual([status, body.type], [410, "https://campana.dev/problems/invite-revoked"]);
}

test("the invites of a member who is removed, banned or leaves admit nobody any more", async () => {
  const people = ["ria", "sol", "tom"].map((user) => world.person(user));
  const room = await world.room(people, { name: "Authority" });
  const invites = [];
  for (const person of people) invites.push(await invite(person, room));
  const kept = await invite(admin, room);
  await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/ria`);
  await admin.ok("POST", `/api/chat/rooms/${room.id}/members/sol/ban`, { reason: "spam" });
  await people[2].ok("POST", `/api/chat/rooms/${room.id}/leave`);
  const guest = world.person("guest");
  for (const made of invites) await revoked(guest, made);
  assert.equal((await accept(guest, kept)).status, 201);
  const { data } = await admin.ok("GET", "/api/admin/audits?action=invite.revoked");
  const causes = data.filter(({ target_id }) => invites.some(({ id }) => id === target_id));
  assert.deepEqual(causes.map(({ metadata }) => metadata.cause).sort(), [
    "member.banned",
    "member.left",
    "member.removed",
  ]);
});

test("a demoted member's invites to higher roles end, and a room that becomes private keeps its moderators' invites", async () => {
  const [uma, vic] = [world.person("uma"), world.person("vic")];
  const room = await world.room([uma, vic], { name: "Demotion" });
  const path = `/api/chat/rooms/${room.id}`;
  await admin.ok("PUT", `${path}/members/uma`, { role: "owner" });
  const [low, high] = [await invite(uma, room), await invite(uma, room, { role: "moderator" })];
  await admin.ok("PUT", `${path}/members/uma`, { role: "moderator" });
  await revoked(world.person("guest2"), high);
  const ofMember = await invite(vic, room);
  await admin.ok("PUT", path, { visibility: "private" });
  await revoked(world.person("guest2"), ofMember);
  assert.equal((await accept(world.person("guest2"), low)).status, 201);
});

test("a guard's device is paged only for groups that the token names", async () => {
  const service = await PushService.start();
  try {
    const body = { ...service.device().subscription, group: "supervisors" };
    const path = "/api/security/push/subscriptions";
    assert.equal((await guard(world, "wes").call("POST", path, body)).status, 403);
    const made = await guard(world, "xia", { groups: ["supervisors"] }).ok("POST", path, body);
    assert.equal(made.group, "supervisors");
  } finally {
    service.stop();
  }
});

test("a withdrawn guard reads no open alerts, whichever isolate answers", async () => {
  const yan = guard(world, "yan");
  await yan.ok("GET", "/api/security/alerts/active");
  await admin.ok("DELETE", "/api/security/guards/yan");
  assert.equal((await yan.call("GET", "/api/security/alerts/active")).status, 403);
});
