// Silent sockets are closed, and sockets that ping stay open, without waking the object.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startWorld } from "../support/world.mjs";

const IDLE_MS = 2_000;

describe("idle sockets", () => {
  let world, ana, ben, conversation;

  before(async () => {
    world = await startWorld({ limits: { idle_timeout_ms: IDLE_MS } });
    [ana, ben] = [world.person("7"), world.person("8")];
    conversation = (await world.room([ana, ben])).conversation_id;
  });
  after(() => world.stop());

  /** Pings regularly, as clients do. Returns a function that stops it. */
  const pinging = (chat) => {
    const timer = setInterval(() => chat.send("ping"), IDLE_MS / 8);
    return () => clearInterval(timer);
  };

  test("a silent socket is closed with 4408 and its user's presence ends; one that pings stays", async () => {
    const [silent, awake] = [await ana.chat(conversation), await ben.chat(conversation)];
    const stop = pinging(awake);
    try {
      assert.equal((await silent.end()).code, 4408);
      const leave = await awake.next(({ event }) => event === "presence.left", "the leave");
      assert.equal(leave.partial.user_id, "7");
      await awake.until((frames) => frames.filter(({ pong }) => pong).length >= 10, "answers to 10 pings");
      assert.equal(awake.closed, undefined);
      assert.ok((await awake.say("still here")).seq > 0);
    } finally {
      stop();
    }
    await awake.close();
  });

  test("a ping is answered while the object hibernates, and keeps the socket open", async () => {
    const chat = await ben.chat(conversation);
    await world.engine.evict("Conversation", `demo/${conversation}`);
    const stop = pinging(chat);
    try {
      await chat.until((frames) => frames.filter(({ pong }) => pong).length >= 16, "answers for twice the idle time");
      assert.equal(chat.closed, undefined);
    } finally {
      stop();
    }
    assert.equal((await chat.end()).code, 4408, "closed after the pings end");
  });

  test("a silent socket of a user's own channel is closed too", async () => {
    const inbox = await ana.ownChannel();
    assert.equal((await inbox.end()).code, 4408);
  });
});
