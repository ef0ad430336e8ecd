// The maximum of connections per app and per user: exact within one object at any time, and over all objects once each has
// reported. Connections over the maximum are closed at their first report.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { dialStream } from "../support/stream.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const ROOMS = 5;
const PEOPLE = 10;
/** Objects report every second; the rest is tolerance for a slow machine. */
const REPORTED_WITHIN_MS = 5_000;

/** Rooms, users who are members of all of them, and an administrator. */
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

/** Opens a socket; returns it if it is welcomed, and checks the refusal otherwise. */
async function knock(person, conversation) {
  const path = conversation ? `/api/chat/conversations/${conversation}/socket` : "/api/me/socket";
  const chat = person.dial(path);
  const { type, error } = await chat.next((frame) => frame.type !== undefined, "a welcome or a refusal");
  if (type === "welcome") return Object.assign(chat, { of: person, welcomedAt: Date.now() });
  assert.equal(error, "too-many-sockets");
  assert.equal((await chat.end()).code, 4429);
  return undefined;
}

/** Opens a stream; returns it if it opens, and checks the refusal otherwise. */
async function knockForStream(person, conversation) {
  const stream = await dialStream(person, conversation);
  if (stream.status === 200) return stream;
  assert.equal(stream.status, 429);
  assert.equal(stream.problem.type, "https://campana.dev/problems/too-many-sockets");
  assert.ok(Number(stream.headers.get("retry-after")) > 0);
  return undefined;
}

/** The admitted connections, some only until their object reports. */
const admitted = async (knocking) => (await Promise.all(knocking)).filter(Boolean);
const open = (party) => party.filter((one) => !one.closed);
const close = (party) => Promise.all(open(party).map((one) => one.close()));

/** Waits until all of them are closed for exceeding the maximum. */
async function turnedAway(party) {
  for (const one of party) {
    if (!one.socket) {
      await one.ended();
      continue;
    }
    assert.equal((await one.end()).code, 4429);
    assert.ok(Date.now() - one.welcomedAt < REPORTED_WITHIN_MS);
    await one.error("too-many-sockets");
  }
}

/** While the registry answers, no connection over the maximum stays. */
const wasAsked = (world) =>
  assert.deepEqual(
    world.printed.filter((line) => line.includes('"at":"quota"')),
    [],
  );
const setLimits = (world, limits) =>
  world.rows(
    "UPDATE apps SET settings = ?1 WHERE tenant_id = 'demo'",
    JSON.stringify({ limits: { ...WIDE, ...limits } }),
  );

/** Connections as the registry counts them. */
const connections = async (admin) => (await admin.ok("GET", "/api/admin/stats")).connections;
/** Whether `count` connections are open and all have been reported. */
const isSettled = async (admin, party, count) =>
  open(party).length === count && (await connections(admin)) === count && open(party).length === count;
const settled = (admin, party, count, what = "inside") =>
  eventually(() => isSettled(admin, party, count), `${count} ${what}`);
/** Opens connections until `count` stay: a stale total still counts closed connections for 2 s. */
const filledTo = (admin, party, count, more) =>
  eventually(async () => {
    if (await isSettled(admin, party, count)) return true;
    if (open(party).length < count) party.push(...(await admitted([more()])));
    return false;
  }, `${count} inside`);

/** Whether a conversation's connection stays open after the report that includes it. */
async function stays(admin, chat) {
  const sent = async () => (await admin.ok("GET", "/api/admin/stats")).messages_total;
  // The second message is in a report written after the answer to the first report.
  for (const body of ["one", "two"]) {
    const before = await sent();
    if (chat.closed) return false;
    chat.send({ type: "send", client_msg_id: `stays-${body}-${before}`, body });
    await eventually(async () => chat.closed || (await sent()) > before, "a report");
  }
  return !chat.closed;
}

describe("the maximum of an app", () => {
  const MOST = 20;
  let world, admin, people, rooms;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, max_connections: MOST, keep_alive_ms: 1_000 } });
    ({ admin, people, rooms } = await fill(world));
  });
  after(() => world.stop());
  afterEach(() => wasAsked(world));

  /** Opens concurrently: sockets in all rooms, own channels and streams. */
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

  test("[I12] of 50 concurrent connections to many objects exactly the maximum stays, repeatedly", async () => {
    for (let round = 0; round < 3; round += 1) {
      const inside = await rush();
      if (round === 0) await settled(admin, inside, MOST, `of ${inside.length} stay`);
      else await filledTo(admin, inside, MOST, () => knock(people[round], rooms[round]));
      const chosen = open(inside);
      await turnedAway(await rush());
      await settled(admin, chosen, MOST, "are undisturbed");
      await close(chosen);
      await settled(admin, chosen, 0);
    }
  });

  test("one object never admits more than the maximum, and refuses immediately", async () => {
    const knocking = () => people.flatMap((person) => [1, 2, 3, 4].map(() => knock(person, rooms[0])));
    const inside = await admitted(knocking());
    assert.ok(inside.length <= MOST, `${inside.length} inside`);
    await filledTo(admin, inside, MOST, () => knock(people[0], rooms[0]));
    assert.equal((await admitted(knocking())).length, 0);
    assert.equal(open(inside).length, MOST);
    await close(inside);
    await settled(admin, inside, 0);
  });

  test("a full app admits at most the overshoot of one report interval, repeatedly", async () => {
    const inside = await admitted(people.flatMap((person) => [knock(person, rooms[0]), knock(person, rooms[0])]));
    await filledTo(admin, inside, MOST, () => knock(people[0], rooms[0]));
    for (let i = 0; i < 3; i += 1) {
      const early = await eventually(async () => {
        const early = await admitted(people.map((person) => knock(person, rooms[1])));
        return early.length > 0 && early;
      }, "the room not to know any more that the app is full");
      await turnedAway(early);
      const since = Date.now();
      const late = await admitted(people.map((person) => knock(person, rooms[1])));
      // The total in the answer that closed the earlier connections is used for 2 s.
      if (Date.now() - since < 1_500) assert.equal(late.length, 0);
      await turnedAway(late);
    }
    assert.equal(open(inside).length, MOST);
    await close(inside);
    await settled(admin, inside, 0);
  });

  test("a closed connection frees its permit within a report interval", async () => {
    const inside = await rush();
    await filledTo(admin, inside, MOST, () => knock(people[0], rooms[4]));
    const since = Date.now();
    await open(inside)
      .find((one) => one.socket)
      .close();
    await filledTo(admin, inside, MOST, () => knock(people[0], rooms[4]));
    assert.ok(Date.now() - since < REPORTED_WITHIN_MS, `it took ${Date.now() - since} ms`);
    await turnedAway(await admitted([knock(people[1], rooms[3])]));
    await close(inside);
    await settled(admin, inside, 0);
  });

  test("[I12] the maximum holds after the registry or objects were evicted", async () => {
    const chats = await admitted(people.flatMap((person, i) => [knock(person, rooms[i % 2]), knock(person)]));
    await filledTo(admin, chats, MOST, () => knock(people[1], rooms[1]));
    await world.engine.evict("QuotaRegistry", "demo");
    for (const room of rooms.slice(0, 2)) await world.engine.evict("Conversation", `demo/${room}`);
    await world.engine.evict("Channel", "demo/user.p0");
    await turnedAway(await rush());
    await settled(admin, chats, MOST);
    await chats[0].say("who is inside still talks");
    await close(chats);
    await settled(admin, chats, 0);
  });

  test("[I12] constant connecting and disconnecting leaves exact counts", async () => {
    const inside = [];
    const visit = async (person, number) => {
      for (let i = 0; i < 12; i += 1) {
        const chat = await knock(person, (number + i) % 4 === 0 ? undefined : rooms[(number + i) % ROOMS]);
        if (!chat) continue;
        inside.push(chat);
        chat.send("ping");
        await chat.waitFor(() => chat.closed ?? chat.frames.find((frame) => frame.pong), "pong");
        // Every other user's last connection stays open.
        if (i < 11 || number % 2 === 0) await chat.close();
      }
    };
    await Promise.all(Array.from({ length: 40 }, (_, i) => visit(people[i % PEOPLE], i)));
    await eventually(async () => (await connections(admin)) === open(inside).length, "all connections to be counted");
    await filledTo(admin, inside, MOST, () => knock(people[0], rooms[0]));
    await turnedAway(await rush());
    await settled(admin, inside, MOST);
    await close(inside);
    await settled(admin, inside, 0);
  });

  test("a changed maximum applies as soon as the settings are read", async () => {
    const inside = await rush();
    await filledTo(admin, inside, MOST, () => knock(people[0], rooms[0]));
    await setLimits(world, { max_connections: MOST + 2 });
    await filledTo(admin, inside, MOST + 2, () => knock(people[0], rooms[0]));
    await turnedAway(await admitted([knock(people[0], rooms[1])]));
    await setLimits(world, {});
    await eventually(async () => {
      const chat = await knock(people[0], rooms[2]);
      if (chat) inside.push(chat);
      return chat && stays(admin, chat);
    }, "no maximum at all");
    const before = open(inside);
    assert.ok(before.length > MOST);
    await setLimits(world, { max_connections: 1 });
    await eventually(async () => {
      const chat = await knock(people[0], rooms[3]);
      if (chat) inside.push(chat);
      return !chat || !(await stays(admin, chat));
    }, "a maximum far below the open connections");
    assert.equal(open(before).length, before.length, "open connections stay");
    await settled(admin, inside, open(inside).length);
    const another = world.person("1", { tenant: "other" });
    await close([await another.ownChannel(), ...inside]);
  });
});

describe("the maximum of one user", () => {
  const MOST = 3;
  let world, admin, people, rooms;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, connections_per_user: MOST, keep_alive_ms: 1_000 } });
    ({ admin, people, rooms } = await fill(world));
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

  const openOf = (party, person) => open(party).filter(({ of }) => of === person).length;

  test("applies to all objects together, for each user", async () => {
    const [ana, ben] = people;
    // An object with a stream cannot be evicted, so this test uses none.
    const inside = await admitted([...sockets(ana), ...sockets(ben)]);
    await settled(admin, inside, 2 * MOST);
    assert.deepEqual([openOf(inside, ana), openOf(inside, ben)], [MOST, MOST]);
    await turnedAway(await rush(ana));
    await world.engine.evict("QuotaRegistry", "demo");
    for (const room of rooms) await world.engine.evict("Conversation", `demo/${room}`);
    await turnedAway(await rush(ana));
    await settled(admin, inside, 2 * MOST, "are undisturbed after all have lost their memory");
    await open(inside)
      .find(({ of }) => of === ana)
      .close();
    await filledTo(admin, inside, 2 * MOST, () => knock(ana, rooms[2]));
    assert.deepEqual([openOf(inside, ana), openOf(inside, ben)], [MOST, MOST]);
    await turnedAway(await admitted([knock(ana, rooms[3])]));
    await close(inside);
    await settled(admin, inside, 0);
  });

  test("is exact within one object", async () => {
    const [ana] = people;
    const inside = await admitted(Array.from({ length: 20 }, () => knock(ana, rooms[0])));
    assert.ok(inside.length <= MOST, `${inside.length} inside`);
    await filledTo(admin, inside, MOST, () => knock(ana, rooms[0]));
    assert.equal((await admitted([knock(ana, rooms[0]), knock(ana, rooms[0])])).length, 0);
    await close(inside);
    await settled(admin, inside, 0);
  });

  test("applies together with the app's maximum", async () => {
    await setLimits(world, { connections_per_user: 2, max_connections: 7 });
    await eventually(async () => {
      const inside = await admitted(people.flatMap((person) => rooms.map((room) => knock(person, room))));
      await eventually(async () => (await connections(admin)) === open(inside).length, "all connections to be counted");
      const [all, most] = [open(inside).length, Math.max(...people.map((person) => openOf(inside, person)))];
      await close(inside);
      await settled(admin, inside, 0);
      return all === 7 && most <= 2;
    }, "both maximums");
    const inside = await admitted(rooms.map((room) => knock(people[0], room)));
    await settled(admin, inside, 2);
    await close(inside);
  });
});

describe("a quota registry that fails", () => {
  let world, admin, people, rooms;

  before(async () => {
    world = await startWorld({ limits: { ...WIDE, max_connections: 2 } });
    ({ admin, people, rooms } = await fill(world));
  });
  after(() => world.stop());

  /** Runs a statement on the registry's database while the registry is evicted. */
  async function inRegistry(sql) {
    await world.engine.evict("QuotaRegistry", "demo");
    world.changeQuotaRegistries([sql]);
  }

  test("refuses no connection, is logged, and counts again after it recovers", async () => {
    const inside = await admitted([knock(people[0], rooms[0]), knock(people[1])]);
    await settled(admin, inside, 2);
    await turnedAway(await admitted([knock(people[2], rooms[1])]));
    await inRegistry("ALTER TABLE leases RENAME COLUMN until TO gone");
    const failures = () => world.printed.filter((line) => line.includes('"level":"warning","at":"quota"')).length;
    for (const [person, room] of [
      [people[2], rooms[0]],
      [people[3], rooms[2]],
      [people[4], undefined],
    ]) {
      const before = failures();
      // An object uses the last answer for 2 s.
      inside.push(await eventually(() => knock(person, room), "the connection"));
      await eventually(() => failures() > before, "the failure's log line");
    }
    assert.equal(open(inside).length, 5);
    assert.equal((await admin.call("GET", "/api/admin/stats")).status, 503);
    await inRegistry("ALTER TABLE leases RENAME COLUMN gone TO until");
    await settled(admin, inside, 5, "are counted");
    await turnedAway(await admitted([knock(people[5], rooms[0]), knock(people[5])]));
    assert.equal(open(inside).length, 5, "connections admitted during the failure stay");
    await close(inside);
    await filledTo(admin, inside, 2, () => knock(people[6], rooms[2]));
    await close(inside);
  });
});
