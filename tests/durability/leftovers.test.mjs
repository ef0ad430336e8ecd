// Connections whose clients vanished without a close frame are replaced when the limit is reached.
import assert from "node:assert/strict";
import { connect as dialTcp } from "node:net";
import { after, before, test } from "node:test";
import { dialStream } from "../support/stream.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const MOST = 3;
const WITHIN_MS = 10_000;
let world, ana, ben, room, conversation;

before(async () => {
  world = await startWorld({ limits: { ...WIDE, sockets_per_user: MOST } });
  [ana, ben] = [world.person("7"), world.person("8")];
  room = await world.room([ana, ben]);
  conversation = room.conversation_id;
});
after(() => world.stop());

/** Sends a request over a new TCP connection. */
async function request(person, path, headers = "") {
  const { hostname, port } = new URL(world.url);
  const socket = dialTcp(Number(port), hostname);
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${person.token}\r\n${headers}\r\n`);
  return socket;
}

const UPGRADE =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

test("streams whose connection was closed free their permits immediately", async () => {
  const path = `/api/chat/conversations/${conversation}/events`;
  const streams = await Promise.all(Array.from({ length: MOST }, () => request(ana, path)));
  await Promise.all(streams.map((socket) => new Promise((resolve) => socket.once("data", resolve))));
  for (const socket of streams) socket.destroy();
  const began = performance.now();
  const again = await eventually(async () => {
    const stream = await dialStream(ana, conversation);
    return stream.status === 200 && stream;
  }, "a stream to be let in");
  assert.ok(performance.now() - began < WITHIN_MS);
  await again.close();
});

test("sockets that were reset while opening free their permits, and their users go offline", async () => {
  const observer = await ben.chat(conversation);
  for (const delay of [1, 2, 3, 4]) {
    for (let i = 0; i < MOST; i++) {
      const socket = await request(ana, `/api/chat/conversations/${conversation}/socket`, UPGRADE);
      await new Promise((resolve) => setTimeout(resolve, delay));
      socket.resetAndDestroy();
    }
  }
  const open = () =>
    eventually(async () => {
      const chat = ana.dial(`/api/chat/conversations/${conversation}/socket`);
      const first = await chat.next(({ type }) => type === "welcome" || type === "error", "the welcome, or a refusal");
      return first.type === "welcome" && chat;
    }, "a socket to be let in");
  const began = performance.now();
  const chats = [await open()];
  assert.ok(performance.now() - began < WITHIN_MS, `after ${performance.now() - began} ms`);
  // The engine does not always notice a reset while it answers the handshake. Such a socket goes when its permit is needed.
  while (chats.length < MOST) chats.push(await open());
  await Promise.all(chats.map((chat) => chat.close()));
  await observer.until(
    (frames) =>
      frames.filter(({ event, id }) => id === "7" && event?.startsWith("presence.")).at(-1)?.event === "presence.left",
    "the user to go offline",
  );
  await observer.close();
});

test("a connection whose client answers the ping stays open", async () => {
  const chats = await Promise.all(Array.from({ length: MOST }, () => ana.chat(conversation)));
  const refused = ana.dial(`/api/chat/conversations/${conversation}/socket`);
  const { error, retry_after_ms } = await refused.next(({ type }) => type === "error", "a refusal");
  assert.deepEqual([error, retry_after_ms], ["too-many-sockets", 5_000]);
  for (const chat of chats) await chat.next(({ type }) => type === "ping", "the ping");
  // After the ping's time-out a second refusal pings again.
  await eventually(async () => {
    const again = ana.dial(`/api/chat/conversations/${conversation}/socket`);
    await again.next(({ type }) => type === "error", "a refusal");
    return chats.every((chat) => chat.frames.filter(({ type }) => type === "ping").length >= 8);
  }, "many questions");
  for (const chat of chats) assert.ok((await chat.say("still here")).seq > 0);
  await Promise.all(chats.map((chat) => chat.close()));
});
