// Search end to end: the index of the engine's own object, fed by conversations, checked against the record.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { startWorld, WIDE } from "../support/world.mjs";

describe("search", () => {
  let world, admin, ana, ben, room, messages;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("1", { roles: ["admin"] });
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    for (const person of [ana, ben]) await person.ok("GET", "/api/me");
    room = await admin.ok("POST", "/api/chat/rooms", { name: "Lobby", visibility: "public" });
    for (const person of [ana, ben]) await person.ok("POST", `/api/chat/rooms/${room.id}/join`);
    messages = `/api/chat/conversations/${room.conversation_id}/messages`;
  });
  after(() => world.stop());

  const find = async (person, parameters) =>
    (await person.ok("GET", `/api/chat/search?${new URLSearchParams(parameters)}`)).data;

  /** Hits of a query once there are as many. */
  async function until(person, q, count) {
    for (let tries = 0; ; tries++) {
      const hits = await find(person, { q });
      if (hits.length === count || tries === 100) return hits;
      await wait(100);
    }
  }

  test("a message is found within seconds, with its highlights", async () => {
    const sent = await ana.ok("POST", messages, { body: "Nos vemos mañana en el MUELLE" });
    const [hit] = await until(ben, "muelle manana", 1);
    assert.equal(hit.message.id, sent.id);
    assert.deepEqual(hit.highlights, [
      [10, 6],
      [23, 6],
    ]);
    assert.equal(hit.conversation.room_name, "Lobby");
    assert.equal((await find(ben, { q: '"el muelle"', sort: "best" })).length, 1);
    assert.equal((await find(ben, { q: "mue*", in: room.id, from: "7" })).length, 1);
    assert.equal((await find(ben, { q: "muelle", from: "8" })).length, 0);
  });

  test("a deletion and a removal hold when their calls return", async () => {
    const sent = await ana.ok("POST", messages, { body: "efímero" });
    await ana.ok("POST", messages, { body: "duradero" });
    assert.equal((await until(ben, "efimero", 1)).length, 1);
    assert.equal((await until(ben, "duradero", 1)).length, 1);
    await ana.ok("DELETE", `/api/chat/messages/${sent.id}`);
    assert.equal((await find(ben, { q: "efimero" })).length, 0);
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/8`);
    assert.equal((await find(ben, { q: "duradero" })).length, 0);
    assert.equal((await find(ana, { q: "duradero" })).length, 1);
  });

  test("files are found by their names", async () => {
    const file = await ana.upload(Buffer.from("the minutes"), "Acta de otoño.txt");
    const { id } = await ana.ok("POST", messages, { body: "here", attachments: [file.id] });
    assert.deepEqual(
      (await until(ana, "acta otono", 1)).map((hit) => [hit.message.id, hit.highlights]),
      [[id, []]],
    );
    const files = async (q) => (await find(ana, { q, type: "files" })).map((hit) => hit.message.id);
    assert.deepEqual([await files("here"), await files("has:image"), await files("duradero")], [[id], [], []]);
  });

  test("another tenant finds nothing, and any text is a query", async () => {
    const stranger = world.person("7", { tenant: "other" });
    assert.deepEqual(await find(stranger, { q: "duradero" }), []);
    for (const q of ['"', "o'brien", "a:b", "foo AND", "NEAR(a b)", "* a* b*", "word ".repeat(500)])
      for (const sort of ["new", "best"]) await find(ana, { q, sort });
  });

  test("an index that is rebuilt finds the same", async () => {
    const before = (await find(ana, { q: "from:me -nothing" })).map((hit) => hit.message.id);
    assert.ok(before.length > 0);
    await admin.ok("POST", "/api/admin/search/rebuild");
    for (let tries = 0; tries < 100; tries++) {
      const { waiting, is_listing } = await admin.ok("GET", "/api/admin/search");
      if (waiting === 0 && !is_listing) break;
      await wait(100);
    }
    assert.deepEqual(
      (await find(ana, { q: "from:me -nothing" })).map((hit) => hit.message.id),
      before,
    );
  });
});
