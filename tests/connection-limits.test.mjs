// The maximum of an app's connections, and of one person's: never one too many, whoever comes at once and wherever.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, afterEach, before, describe, test } from "node:test";
import { dialStream } from "./support/stream.mjs";
import { eventually, startWorld, WIDE } from "./support/world.mjs";

const ROOMS = 5;
const PEOPLE = 10;

/** Rooms, people who are in all of them, and an administrator. */
async function fill(world) {
  const admin = world.person("1", { roles: ["admin"] });
  const people = Array.from({ length: PEOPLE }, (_, i) => world.person(`p${i}`));
  const rooms = [];
  for (let i = 0; i < ROOMS; i += 1) {
    const room = await world.room(people, { name: `Room ${i}` });
    rooms.push(room.conversation_id);
  }
  return { admin, people, rooms };
}

/** A socket that is welcomed, or is refused as it should be. Returns it if it is welcomed. */
async function knock(person, conversation) {
  const path = conversation ? `/api/chat/conversations/${conversation}/socket` : "/api/me/socket";
  const chat = person.dial(path);
  const { type, error } = await chat.next((frame) => frame.type !== undefined, "a welcome or a refusal");
  if (type === "welcome") return chat;
  assert.equal(error, "too-many-sockets");
  assert.equal((await chat.end()).code, 4429);
  return undefined;
}

/** A stream that opens, or is refused as it should be. */
async function knockForStream(person, conversation) {
  const stream = await dialStream(person, conversation);
  if (stream.status === 200) return stream;
  assert.equal(stream.status, 429);
  assert.equal(stream.problem.type, "https://campana.dev/problems/too-many-sockets");
  assert.ok(Number(stream.headers.get("retry-after")) > 0);
  return undefined;
}

const admitted = async (knocking) => (await Promise.all(knocking)).filter(Boolean);
/** While the ledger answers nobody is let in unasked. */
const wasAsked = (world) =>
  assert.deepEqual(
    world.printed.filter((line) => line.includes('"at":"ledger"')),
    [],
  );
const close = (chats) => Promise.all(chats.map((chat) => chat.close()));
const setLimits = (world, limits) =>
  world.rows(
    "UPDATE apps SET settings = ?1 WHERE tenant_id = 'demo'",
    JSON.stringify({ limits: { ...WIDE, ...limits } }),
  );

describe("the maximum of an app", () => {
  const MOST = 20;
  let world, admin, people, rooms;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, max_connections: MOST, keep_alive_ms: 1_000 } });
    ({ admin, people, rooms } = await fill(world));
  });
  after(() => world.stop());
  afterEach(() => wasAsked(world));

  /** Everybody at once: sockets in all rooms, own channels and streams. */
  const rush = () =>
    admitted([
      ...people.flatMap((person, i) => [
        knock(person, rooms[i % ROOMS]),
        knock(person, rooms[(i + 1) % ROOMS]),
        knock(person, rooms[(i + 2) % ROOMS]),
        knock(person),
      ]),
      ...people.map((person, i) => knockForStream(person, rooms[i % ROOMS])),
    ]);
  const connections = async () => (await admin.ok("GET", "/api/admin/stats")).connections;

  test("of fifty who come at once to many objects, as many get in as are allowed, again and again", async () => {
    for (let round = 0; round < 3; round += 1) {
      const inside = await rush();
      assert.equal(inside.length, MOST, `round ${round}`);
      assert.equal((await rush()).length, 0, "it is full");
      await eventually(async () => (await connections()) === MOST, "all counted");
      await close(inside);
      await eventually(async () => (await connections()) === 0, "all counted out");
    }
  });

  test("a closed connection makes room within a moment", async () => {
    const inside = await rush();
    const socket = inside.find((chat) => chat.socket);
    const since = Date.now();
    await socket.close();
    const successor = await eventually(() => knock(people[0], rooms[4]), "room for another");
    assert.ok(Date.now() - since < 3_000, `it took ${Date.now() - since} ms`);
    assert.equal(await knock(people[1], rooms[3]), undefined, "and for no second one");
    await close([successor, ...inside.filter((chat) => chat !== socket)]);
    await eventually(async () => (await connections()) === 0, "all counted out");
  });

  test("nobody slips in because ledger or objects lost their memory", async () => {
    const chats = await admitted(people.flatMap((person, i) => [knock(person, rooms[i % 2]), knock(person)]));
    assert.equal(chats.length, MOST);
    await world.engine.evict("Ledger", "demo");
    for (const room of rooms.slice(0, 2)) await world.engine.evict("Conversation", `demo/${room}`);
    await world.engine.evict("Channel", "demo/user.p0");
    assert.equal((await rush()).length, 0);
    await chats[0].say("who is inside still talks");
    await close(chats);
    await eventually(async () => (await connections()) === 0, "all counted out");
  });

  test("who comes and goes all the time is never one too many", async () => {
    const inside = new Set();
    let most = 0;
    const visit = async (person, number) => {
      for (let i = 0; i < 12; i += 1) {
        const chat = await knock(person, (number + i) % 4 === 0 ? undefined : rooms[(number + i) % ROOMS]);
        if (!chat) continue;
        inside.add(chat);
        most = Math.max(most, inside.size);
        assert.ok(inside.size <= MOST, `${inside.size} inside`);
        await chat.until((frames) => frames.length > 0, "a frame");
        chat.tell("ping");
        await chat.next((frame) => frame.pong, "pong");
        inside.delete(chat);
        await chat.close();
      }
    };
    await Promise.all(Array.from({ length: 40 }, (_, i) => visit(people[i % PEOPLE], i)));
    assert.ok(most >= MOST / 2, `at most ${most} were inside`);
    await eventually(async () => (await connections()) === 0, "all counted out");
  });

  test("another maximum counts as soon as the settings are read, without a deploy", async () => {
    const inside = await rush();
    await setLimits(world, { max_connections: MOST + 2 });
    const late = [];
    await eventually(async () => {
      const chat = await knock(people[0], rooms[0]);
      if (chat) late.push(chat);
      return late.length === 2;
    }, "room for two more");
    assert.equal(await knock(people[0], rooms[1]), undefined);
    await setLimits(world, {});
    await eventually(async () => {
      const chat = await knock(people[0], rooms[2]);
      if (chat) late.push(chat);
      return chat;
    }, "no maximum at all");
    await setLimits(world, { max_connections: 1 });
    await eventually(async () => {
      const chat = await knock(people[0], rooms[3]);
      if (chat) late.push(chat);
      return !chat;
    }, "a maximum far below what is open");
    assert.equal(inside[0].closed, undefined, "who is inside stays");
    const another = world.person("1", { tenant: "other" });
    await close([await another.ownChannel(), ...late, ...inside]);
  });
});

describe("the maximum of one person", () => {
  const MOST = 3;
  let world, people, rooms;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, connections_per_user: MOST, keep_alive_ms: 1_000 } });
    ({ people, rooms } = await fill(world));
  });
  after(() => world.stop());
  afterEach(() => wasAsked(world));

  const sockets = (person) => [
    ...rooms.flatMap((room) => [knock(person, room), knock(person, room)]),
    knock(person),
    knock(person),
  ];
  const rush = (person) =>
    admitted([...sockets(person), knockForStream(person, rooms[0]), knockForStream(person, rooms[1])]);

  test("holds over all places together, for each person", async () => {
    const [ana, ben] = people;
    // An object with a stream is never out of memory, so there are none among these.
    const [hers, his] = await Promise.all([admitted(sockets(ana)), admitted(sockets(ben))]);
    assert.deepEqual([hers.length, his.length], [MOST, MOST]);
    assert.equal((await rush(ana)).length, 0);
    await world.engine.evict("Ledger", "demo");
    for (const room of rooms) await world.engine.evict("Conversation", `demo/${room}`);
    assert.equal((await rush(ana)).length, 0, "after all have lost their memory");
    await hers.pop().close();
    const successor = await eventually(() => knock(ana, rooms[2]), "room for another");
    assert.equal(await knock(ana, rooms[3]), undefined, "and for no second one");
    await close([successor, ...his, ...hers]);
    const again = await eventually(async () => {
      const inside = await rush(ana);
      if (inside.length === MOST) return inside;
      await close(inside);
      return undefined;
    }, "room for all again");
    await close(again);
  });

  test("together with the app's maximum, both hold", async () => {
    await setLimits(world, { connections_per_user: 2, max_connections: 7 });
    await eventually(async () => {
      const inside = await admitted(people.flatMap((person) => rooms.map((room) => knock(person, room))));
      await close(inside);
      return inside.length === 7;
    }, "the new maximum");
    await eventually(async () => {
      const inside = await admitted(rooms.map((room) => knock(people[0], room)));
      await close(inside);
      return inside.length === 2;
    }, "the person's maximum");
  });
});

describe("a ledger that fails", () => {
  let world, admin, people, rooms;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, max_connections: 2 } });
    ({ admin, people, rooms } = await fill(world));
  });
  after(() => world.stop());

  /** Runs a statement on the ledger's own database, while the ledger is out of memory. */
  async function inLedger(sql) {
    await world.engine.evict("Ledger", "demo");
    const files = readdirSync(world.persist, { recursive: true }).filter((file) => /Ledger.*\.sqlite$/.test(file));
    for (const file of files) {
      const database = new DatabaseSync(join(world.persist, file));
      const { n } = database.prepare("SELECT count(*) n FROM sqlite_master WHERE name = 'leases'").get();
      if (n === 1) database.exec(sql);
      database.close();
    }
  }

  test("keeps nobody out, is noticed, and counts again when it is back", async () => {
    const inside = await admitted([knock(people[0], rooms[0]), knock(people[1])]);
    assert.equal(inside.length, 2);
    assert.equal(await knock(people[2], rooms[1]), undefined);
    await inLedger("ALTER TABLE leases RENAME COLUMN until TO gone");
    inside.push(...(await admitted([knock(people[2], rooms[0]), knock(people[3], rooms[1]), knock(people[4])])));
    assert.equal(inside.length, 5);
    assert.ok(world.printed.some((line) => line.includes('"level":"warning","at":"ledger"')));
    assert.equal((await admin.call("GET", "/api/admin/stats")).status, 503);
    await inLedger("ALTER TABLE leases RENAME COLUMN gone TO until");
    assert.equal(await knock(people[5], rooms[0]), undefined, "it is more than full");
    await eventually(async () => (await admin.ok("GET", "/api/admin/stats")).connections === 5, "all counted");
    await close(inside);
    const next = await eventually(() => knock(people[6], rooms[2]), "room again");
    await next.close();
  });
});
