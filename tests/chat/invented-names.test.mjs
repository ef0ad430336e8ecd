// Names invented by clients create no objects, on any transport.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Chat } from "../support/chat.mjs";
import { connect } from "../support/pusher.mjs";
import { dialStream } from "../support/stream.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const NAMES = 5;
const FORBIDDEN = 4403;
let world, ana, room;

before(async () => {
  world = await startWorld({ limits: WIDE });
  ana = world.person("7");
  room = await world.room([ana]);
});
after(() => world.stop());

test("[I10] requests for an unknown conversation create no object", async () => {
  await ana.ok("GET", `/api/chat/conversations/${room.conversation_id}/messages`);
  const before = world.objectCount("Conversation");
  for (let at = 0; at < NAMES; at++) {
    const path = `/api/chat/conversations/${randomUUID()}`;
    const requests = [
      ["GET", path],
      ["PATCH", path, { metadata: {} }],
      ["GET", `${path}/messages`],
      ["POST", `${path}/messages`, { body: "hello" }],
      ["POST", `${path}/read`, { seq: 1 }],
      ["PUT", `/api/chat/messages/${randomUUID()}?conversation_id=${randomUUID()}`, { body: "changed" }],
    ];
    for (const [method, address, body] of requests) {
      assert.equal((await ana.call(method, address, body)).status, 404, `${method} ${address}`);
    }
    assert.equal((await dialStream(ana, path.split("/").at(-1))).status, 404);
    const socket = ana.dial(`${path}/socket`);
    assert.equal((await socket.next(({ type }) => type === "error", "a refusal")).error, "not-found");
    assert.equal((await socket.end()).code, FORBIDDEN);
    const headers = { authorization: `Bearer ${ana.token}` };
    const bare = new Chat(`${world.engine.socketUrl}${path}/socket`, [], { headers });
    world.chats.push(bare);
    assert.equal((await bare.end()).code, FORBIDDEN);
  }
  assert.equal(world.objectCount("Conversation"), before);
});

test("[I10] subscriptions to channels with unknown users are limited", async () => {
  const before = world.objectCount("Channel");
  const client = await connect(world, { person: ana });
  const channels = Array.from({ length: 60 }, (_, at) => `private-chat.7.invented-${at}`);
  for (const channel of channels) client.listen(channel);
  const isAnswer = ({ event }) => event === "pusher:subscription_succeeded" || event === "pusher:subscription_error";
  await client.until((frames) => frames.filter(isAnswer).length === channels.length, "an answer for each");
  const refusals = client.frames.filter(({ event }) => event === "pusher:subscription_error");
  assert.deepEqual([...new Set(refusals.map(({ data }) => data.status))], [429]);
  assert.ok(world.objectCount("Channel") - before <= channels.length - refusals.length);
  assert.ok(refusals.length >= 30, `${refusals.length} were refused`);
});
