// Clients that do not read: they are closed before they fill the memory, and other clients are not delayed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { after, before, describe, test } from "node:test";
import { connect, wire } from "../support/pusher.mjs";
import { dialStream } from "../support/stream.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const READERS = 20;
const WRITERS = 4;
/** How long the writers run if no client is to be closed, and the longest wait until all slow readers are closed. */
const [ALONE_MS, LONGEST_MS] = [4_000, 60_000];
/** Pause between two messages of a writer. */
const PAUSE_MS = 60;
/** The maximum size of a message, 3 bytes per character, and random, because sockets may compress. */
const BODIES = Array.from({ length: 50 }, () => {
  const character = () => 0x4e00 + Math.floor(Math.random() * 20_000);
  return String.fromCharCode(...Array.from({ length: 4_000 }, character));
});
const FLOODING = 4429;
const OVER_CAPACITY = 4100;
const MIB = 1024 * 1024;
/** Limits of unread bytes: per connection, and for all connections of an object. */
const [CONNECTION, OBJECT] = [4 * MIB, 32 * MIB];
/**
 * Allowance for the engine's own growth under this load: uncollected heap, the log and the record.
 * Without limits the growth would exceed 1 GiB by the deadline.
 */
const AROUND = 192 * MIB;
/** Limits of a bystander's delay: absolute, and as a multiple of the delay without slow readers, for busy machines. */
const [DELAY_MS, TIMES_LATER] = [1_000, 5];

let world, admin, writers, slow, ben, room, conversation, alone;

before(async () => {
  world = await startWorld({ limits: WIDE });
  writers = Array.from({ length: WRITERS }, (_, i) => world.person(`w${i}`));
  slow = Array.from({ length: READERS }, (_, i) => world.person(`s${i}`));
  ben = world.person("ben");
  admin = world.person("admin", { roles: ["admin"] });
});
after(() => world.stop());

const memory = () => {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${world.engine.pid()}/status`, "utf8"));
  return Number(kib) * 1024;
};

/** Runs the writers until the condition holds; returns the memory growth and a bystander's delay. */
async function underLoad(bystander, isOver) {
  const chats = await Promise.all(writers.map((person) => person.chat(conversation)));
  for (const chat of chats) chat.socket.removeAllListeners("message");
  const before = memory();
  let most = before;
  let isWriting = true;
  const delays = [];
  // Drops frames that the test does not read, for example acknowledgements.
  const loads = chats.map(async (chat, writer) => {
    for (let i = 0; isWriting; i++) {
      chat.send({ type: "send", client_msg_id: `${writer}-${i}`, body: BODIES[(writer + i) % BODIES.length] });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  });
  const looks = (async () => {
    const writer = await ben.chat(conversation, { client_id: "probe" });
    const end = performance.now() + LONGEST_MS;
    do {
      const body = `probe ${delays.length}`;
      const sent = performance.now();
      await writer.say(body);
      await bystander.receives(body);
      delays.push(performance.now() - sent);
      most = Math.max(most, memory());
    } while (performance.now() < end && !(await isOver()));
    isWriting = false;
    await writer.close();
  })();
  await Promise.all([...loads, looks]);
  for (const chat of chats) chat.terminate();
  const delay = delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)];
  return { grown: most - before, delay };
}

const natively = (chat) => ({
  receives: (body) => chat.pick(({ partial }) => partial?.body === body, body),
});

/** Reads a response to its end; returns the number of bytes and whether the connection broke. */
async function endOf(response) {
  let bytes = 0;
  response.on("data", (chunk) => {
    bytes += chunk.length;
  });
  const isBroken = await new Promise((resolve) => {
    response.on("error", () => resolve(true));
    response.on("aborted", () => resolve(true));
    response.on("end", () => resolve(false));
  });
  return { isBroken, bytes };
}

/** Whether all slow readers are offline. */
function haveLeft(bystander) {
  const offline = new Set(bystander.frames.filter(({ event }) => event === "presence.left").map(({ id }) => id));
  return slow.every(({ user }) => offline.has(user));
}

/** Asserts that memory stayed within bounds and the bystander was not delayed. */
function assertUnaffected({ grown, delay }) {
  const summary = `${Math.round(grown / MIB)} MiB more, the bystander's delay was ${Math.round(delay)} ms`;
  assert.ok(grown < alone.grown + OBJECT + AROUND, summary);
  assert.ok(delay < Math.max(DELAY_MS, TIMES_LATER * alone.delay), summary);
}

describe("readers that stop reading", () => {
  const freshRoom = async () => {
    room = await world.room([...writers, ...slow, ben]);
    conversation = room.conversation_id;
  };

  before(async () => {
    await freshRoom();
    const end = performance.now() + ALONE_MS;
    alone = await underLoad(natively(await ben.chat(conversation)), () => performance.now() > end);
  });

  test("[I19] native sockets are closed with 4429, and resume the missed events", async () => {
    await freshRoom();
    const bystander = await ben.chat(conversation);
    const paused = await Promise.all(slow.map((person) => person.chat(conversation)));
    for (const chat of paused) chat.socket.pause();
    assertUnaffected(await underLoad(natively(bystander), () => haveLeft(bystander)));
    for (const chat of paused) chat.socket.resume();
    for (const chat of paused) assert.equal((await chat.end()).code, FLOODING);
    assert.equal(bystander.closed, undefined);
    // No event is lost: the missed ones are in the history.
    const { epoch, head } = paused[0].welcome;
    const again = await slow[0].chat(conversation, { epoch, seq: head });
    await again.next(({ type, seq }) => type === "reset" || seq === head + 1, "a reset, or a replay");
  });

  test("[I19] Pusher sockets are closed with 4100", async () => {
    await freshRoom();
    const channel = `private-conversation.${conversation}`;
    const bystander = await connect(world, { person: ben });
    await bystander.subscribe(channel);
    const paused = await Promise.all(
      slow.map(async (person) => {
        const socket = await wire(world);
        const signed = await person.ok("POST", "/broadcasting/auth", { socket_id: socket.id, channel_name: channel });
        await socket.subscribe(channel, signed);
        return socket;
      }),
    );
    for (const client of paused) client.socket.pause();
    const receives = (body) => bystander.pick(({ data }) => data?.partial?.body === body, body);
    const connections = async () => (await admin.ok("GET", "/api/admin/stats")).pusher_connections;
    await eventually(async () => (await connections()) > READERS, "all sockets to be counted");
    assertUnaffected(await underLoad({ receives }, async () => (await connections()) <= 1));
    for (const client of paused) client.socket.resume();
    for (const client of paused) assert.equal((await client.end()).code, OVER_CAPACITY);
  });

  test("[I19] event streams are aborted", async () => {
    await freshRoom();
    const bystander = await ben.chat(conversation);
    const paused = await Promise.all(
      slow.map(
        (person) =>
          new Promise((resolve, reject) => {
            const path = `${world.url}/api/chat/conversations/${conversation}/events`;
            get(path, { headers: { authorization: `Bearer ${person.token}` } }, resolve).on("error", reject);
          }),
      ),
    );
    assertUnaffected(await underLoad(natively(bystander), () => haveLeft(bystander)));
    // In parallel: a sender probes a closed TCP window at doubling intervals (7 s, 14 s, 29 s), and each stream may wait for one.
    const ends = await Promise.all(paused.map(endOf));
    for (const { isBroken, bytes } of ends) {
      assert.ok(isBroken, "the abort is not a regular end");
      assert.ok(bytes < 2 * CONNECTION + 16 * MIB);
    }
    const again = await dialStream(slow[0], conversation);
    assert.equal(again.status, 200);
    await again.close();
  });
});
