// Clients that cause large sends and do not read them: memory stays bounded whatever they do to their sockets, other clients
// are not delayed, and a client that only lost its connection can reconnect.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { ALERTS, dashboard, guard, raise } from "../support/alerts.mjs";
import { backend, connect } from "../support/pusher.mjs";
import { RawSocket } from "../support/raw-socket.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const MIB = 1024 * 1024;
const SOCKETS = 10;
/** The maximum size of a message, and the number that fills a replay. */
const BODY = "\u4e00".repeat(4_000);
const MESSAGES = 160;
/** Allowance for the engine's garbage and the record. */
const AROUND = 200 * MIB;
/** Limit of unsent bytes, for open and for closed sockets. */
const ALL = 64 * MIB;
const WITHIN_MS = 10_000;
const HELD_UP_MS = 500;
const TOO_LARGE = "x".repeat(40_000);

let world, admin, ben, people, room, path, idle;
const held = [];

before(async () => {
  world = await startWorld({ limits: { ...WIDE, sockets_per_user: SOCKETS } });
  admin = world.person("admin", { roles: ["admin"] });
  ben = world.person("ben");
  people = Array.from({ length: 12 }, (_, at) => world.person(`p${at}`));
  room = await world.room([ben, ...people]);
  path = `/api/chat/conversations/${room.conversation_id}/socket`;
  const writer = await ben.chat(room.conversation_id);
  for (let at = 0; at < MESSAGES; at++) await writer.say(BODY);
  await writer.close();
  idle = memory();
});
afterEach(() => {
  for (const socket of held.splice(0)) socket.drop();
});
after(() => world.stop());

const memory = () => {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${world.engine.pid()}/status`, "utf8"));
  return Number(kib) * 1024;
};

/** The engine does not return memory, so each test compares with the level at the start. */
function assertBounded(most) {
  const grown = memory() - idle;
  assert.ok(grown < most, `${Math.round(grown / MIB)} MiB more`);
}

/** A socket with as many unsent bytes as the server sends. */
async function hoard(person, { epoch, seq }) {
  const socket = await RawSocket.open(person, `${path}?epoch=${epoch}&seq=${seq}`);
  held.push(socket);
  for (let at = 0; at < 2; at++) socket.send({ type: "resume", epoch, seq });
  return socket;
}

/** A position before all messages. */
async function beginning() {
  const { epoch, head } = await ben.history(room.conversation_id, "limit=1");
  return { epoch, seq: head - MESSAGES };
}

for (const [how, end] of Object.entries({
  "are closed for a frame that is too large": (socket) => socket.send(TOO_LARGE),
  "send a close frame": (socket) => socket.sendClose(),
  "leave the room": async (_, person) => {
    await person.ok("POST", `/api/chat/rooms/${room.id}/leave`);
    await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: person.user });
  },
})) {
  test(`[I19] one user's sockets that ${how} leave a bounded backlog`, async () => {
    const [person] = people;
    const from = await beginning();
    for (let round = 0; round < 100; round++) {
      const socket = await hoard(person, from);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await end(socket, person);
    }
    assertBounded(AROUND);
  });
}

test("[I19] many users' sockets leave a bounded backlog, and a reader among them gets every event", async () => {
  const from = await beginning();
  const reader = await ben.chat(room.conversation_id);
  await Promise.all(people.flatMap((person) => Array.from({ length: SOCKETS }, () => hoard(person, from))));
  const sent = [];
  for (let at = 0; at < 20; at++) {
    const { id } = await people[0].ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: BODY });
    sent.push(id);
  }
  for (const id of sent) await reader.pick((frame) => frame.id === id, id);
  assertBounded(ALL + AROUND);
  assert.equal(reader.closed, undefined);
  await reader.close();
});

test("clients that constantly request replays do not delay others", async () => {
  const from = await beginning();
  const greedy = await Promise.all(people.slice(0, 2).map((person) => person.chat(room.conversation_id)));
  let isOver = false;
  const asking = greedy.map(async (chat) => {
    while (!isOver && !chat.closed) {
      for (let at = 0; at < 5; at++) chat.send({ type: "resume", ...from });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  const [reader, writer] = await Promise.all([ben.chat(room.conversation_id), ben.chat(room.conversation_id)]);
  const delays = [];
  for (let at = 0; at < 40; at++) {
    const began = performance.now();
    await writer.say(`probe ${at}`);
    await reader.pick(({ partial }) => partial?.body === `probe ${at}`, `probe ${at}`);
    delays.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  isOver = true;
  await Promise.all(asking);
  for (const chat of greedy)
    assert.ok(
      chat.frames.some(({ type }) => type === "reset"),
      "they load pages instead",
    );
  const delay = delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)];
  assert.ok(delay < HELD_UP_MS, `${Math.round(delay)} ms`);
  for (const chat of [reader, writer, ...greedy]) chat.terminate();
});

test("a client whose connections broke with unsent bytes reconnects immediately", async () => {
  const person = people[1];
  const from = await beginning();
  for (let at = 0; at < SOCKETS; at++) await hoard(person, from);
  const writer = await ben.chat(room.conversation_id);
  for (let at = 0; at < 400; at++) await writer.say(BODY);
  const began = performance.now();
  let welcome;
  while (!welcome) {
    assert.ok(performance.now() - began < WITHIN_MS, "the reconnect takes too long");
    const chat = person.dial(path);
    const first = await chat.next(({ type }) => type === "welcome" || type === "error", "the welcome, or a refusal");
    if (first.type === "welcome") welcome = first;
    else await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await writer.close();
});

test("dashboards that constantly request a resume get a reset", async () => {
  const [grace, hugo] = [guard(world, "g1"), guard(world, "g2")];
  const ana = world.person("ana");
  for (let at = 0; at < 30; at++) {
    // Each of another person: a press soon after a cancellation would reopen the alert.
    const person = world.person(`ana${at}`);
    await person.ok("POST", ALERTS, {
      id: `a${at}`,
      apartment: { id: 1, address: "\u4e00".repeat(500) },
      note: "\u4e00".repeat(1_000),
    });
    await person.ok("POST", `${ALERTS}/a${at}/cancel`, { reason: "a test" });
  }
  const [greedy, calm] = await Promise.all([dashboard(grace), dashboard(hugo)]);
  const { epoch } = greedy.frames.find(({ type }) => type === "welcome");
  for (let at = 0; at < 150; at++) greedy.send({ type: "resume", epoch, seq: 0 });
  await greedy.next(({ type }) => type === "reset", "a reset");
  const alert = await raise(ana);
  await calm.pick(({ id }) => String(id) === String(alert.id), "the alert");
  assert.equal(calm.closed, undefined);
});

test("a gateway with many unsent bytes for closed sockets refuses new ones", async () => {
  const [payload_bytes, sockets] = [60_000, 16];
  const broad = await startWorld({ limits: WIDE, pusher: { payload_bytes } });
  try {
    const inUse = async () => (await broad.rows("SELECT name FROM gateways WHERE tenant_id = 'demo'")).length;
    const subscribe = { event: "pusher:subscribe", data: { channel: "news" } };
    const address = "/app/demo-key?protocol=7&client=js&version=8&flash=false";
    const reader = await connect(broad);
    await reader.subscribe("news");
    const before = await inUse();
    for (let at = 0; at < sockets; at++) {
      const socket = await RawSocket.dial(broad, address);
      socket.send(subscribe);
      held.push(socket);
    }
    const app = backend(broad);
    const data = { text: "\u4e00".repeat(Math.floor(payload_bytes / 3) - 100) };
    for (let at = 0; at < 400; at++) await app.trigger("news", "large", { ...data, at });
    await reader.pick((frame) => frame.data?.at === 399, "the last one");
    for (const socket of held) socket.sendClose();
    await eventually(async () => {
      held.push(await RawSocket.dial(broad, address));
      return (await inUse()) > before;
    }, "another gateway");
    assert.ok(!reader.frames.some(({ fault }) => fault));
  } finally {
    await broad.stop();
  }
});
