// More sockets than one slice of a fan-out, during continuous writes: sockets that open, close or resume between two slices get
// every event exactly once and in order, or none.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorld, WIDE } from "../support/world.mjs";

const PEOPLE = 6;
const TABS = 20;
const LATECOMERS = 30;
const AT_ONCE = 10;
let world, people, room, writer, crowd;
let written = 0;

before(async () => {
  world = await startWorld({ limits: WIDE });
  people = Array.from({ length: PEOPLE }, (_, i) => world.person(`p${i}`));
  room = await world.room(people);
  writer = await people[0].chat(room.conversation_id);
  crowd = await Promise.all(
    people.flatMap((person) => Array.from({ length: TABS }, () => person.chat(room.conversation_id))),
  );
});
after(() => world.stop());

/** Writes continuously until `work` is done; returns the position of a last message after it. */
async function during(work) {
  let working = true;
  const flood = (async () => {
    while (working) {
      for (let i = 0; i < AT_ONCE; i++) writer.send({ type: "send", client_msg_id: `m${++written}`, body: "another" });
      await writer.ackOf(`m${written}`);
    }
  })();
  try {
    await work();
  } finally {
    working = false;
    await flood;
  }
  return (await writer.say("the last")).seq;
}

const positions = (chat) => chat.events.map(({ seq }) => seq);
const range = (after, upTo) => Array.from({ length: upTo - after }, (_, i) => after + 1 + i);
const has = (chat, seq) => chat.until(() => chat.events.some((event) => event.seq === seq), `event ${seq}`);

test("[I2] every socket of a crowd gets every event once and in order, also one that opens during a fan-out", async () => {
  const { epoch, head: start } = writer.welcome;
  const [live, resumedByQuery, resumedByFrame] = [[], [], []];
  const last = await during(async () => {
    for (let i = 0; i < LATECOMERS; i++) {
      const person = people[i % PEOPLE];
      live.push(await person.chat(room.conversation_id));
      resumedByQuery.push(await person.chat(room.conversation_id, { epoch, seq: start }));
      const chat = await person.chat(room.conversation_id);
      chat.send({ type: "resume", epoch, seq: start });
      resumedByFrame.push(chat);
    }
  });
  for (const chat of [...crowd, ...live, ...resumedByQuery, ...resumedByFrame]) await has(chat, last);
  for (const chat of crowd) assert.deepEqual(positions(chat), range(chat.welcome.head, last));
  for (const chat of live)
    assert.deepEqual(positions(chat), range(chat.welcome.head, last), "live from the welcome on");
  for (const chat of resumedByQuery) assert.deepEqual(positions(chat), range(start, last), "replay, then live");
  for (const chat of resumedByFrame) {
    await chat.until(() => chat.events.length >= last - start, "the replay");
    // A replay requested after the welcome may arrive after the first live events.
    assert.deepEqual(
      positions(chat).sort((a, b) => a - b),
      range(start, last),
    );
  }
});

test("[I4] a member removed from a crowd gets nothing that is committed later, on any of many sockets", async () => {
  const admin = world.person("admin", { roles: ["admin"] });
  const gone = people[PEOPLE - 1];
  const tabs = await Promise.all(Array.from({ length: TABS }, () => gone.chat(room.conversation_id)));
  let after;
  const last = await during(async () => {
    await tabs[0].event("message.created");
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/${gone.user}`);
    after = (await writer.say("after the removal")).seq;
  });
  await has(crowd[0], last);
  for (const tab of tabs) {
    assert.equal((await tab.end()).code, 4403);
    const received = positions(tab);
    assert.deepEqual(received, range(tab.welcome.head, tab.welcome.head + received.length), "a gap before the end");
    assert.ok(
      received.every((seq) => seq < after),
      "a frame came after the removal",
    );
  }
});
