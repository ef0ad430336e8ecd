// After the loss of the WebAssembly instance every connected client keeps receiving or is closed with a code.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CHANNELS, dashboard, guard, raise } from "../support/alerts.mjs";
import { connect } from "../support/pusher.mjs";
import { openStream } from "../support/stream.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

/** More than one slice of a fan-out. */
const READERS = 120;
const WRITERS = 8;
const RESTARTED = 1012;

let world, ana, ben, grace, room, conversation;

before(async () => {
  world = await startWorld({ limits: WIDE, front: join(import.meta.dirname, "../support/trap.mjs") });
  [ana, ben, grace] = [world.person("7"), world.person("8"), guard(world, "9")];
  room = await world.room([ana, ben]);
  conversation = room.conversation_id;
});
after(() => world.stop());

const trap = async () => assert.equal((await fetch(`${world.url}/api/__trap`)).status, 204);
const write = (body) =>
  ana.call("POST", `/api/chat/rooms/${room.id}/messages`, { body, client_msg_id: body.replaceAll(" ", "-") });

/** Writes until stopped, and retries lost messages; returns the acknowledged positions. */
function writing(label) {
  const acknowledged = [];
  let isOver = false;
  const loop = async (writer) => {
    for (let i = 0; !isOver; i++) {
      const answer = await write(`${label} ${writer} ${i}`).catch(() => undefined);
      if (answer?.status === 201) acknowledged.push(answer.body.seq);
    }
  };
  const loops = Array.from({ length: WRITERS }, (_, writer) => loop(writer));
  return {
    acknowledged,
    async stop() {
      isOver = true;
      await Promise.all(loops);
    },
  };
}

/** A user's socket that resumes at its position whenever the server closes it. */
class Reader {
  seqs = [];
  returns = 0;

  static async of(person, query) {
    const reader = new Reader();
    reader.person = person;
    await reader.open(query);
    return reader;
  }

  async open(query) {
    this.chat = await this.person.chat(conversation, query);
    this.epoch = this.chat.welcome.epoch;
    this.from ??= this.chat.welcome.head;
  }

  get position() {
    return Math.max(this.from, ...this.chat.events.map(({ seq }) => seq), ...this.seqs);
  }

  /** Asserts every event up to a position, once and in order, over all its sockets. */
  async reads(last) {
    while (this.position < last) {
      const { closed } = this.chat;
      if (closed) {
        assert.equal(closed.code, RESTARTED, "the server's close code");
        const { epoch, position } = this;
        this.seqs.push(...this.chat.events.map(({ seq }) => seq));
        this.returns += 1;
        await this.open({ epoch, seq: position });
      }
      await this.chat.waitFor(
        () => this.position >= last || this.chat.closed || undefined,
        `position ${last}, or a close`,
      );
    }
    const seqs = [...this.seqs, ...this.chat.events.map(({ seq }) => seq)];
    assert.deepEqual(
      seqs,
      Array.from({ length: last - this.from }, (_, i) => this.from + 1 + i),
    );
  }
}

test("[I18] after an instance is lost native sockets, event streams and Pusher clients miss nothing acknowledged", async () => {
  const readers = await Promise.all(Array.from({ length: READERS }, () => Reader.of(ben)));
  const stream = await openStream(ben, conversation);
  const echo = await connect(world, { person: ben });
  await echo.subscribe(`private-conversation.${conversation}`);
  const own = await ben.ownChannel();
  const board = await dashboard(grace);
  const echoBoard = await connect(world, { person: grace });
  await echoBoard.subscribe(CHANNELS[0]);

  const writers = writing("in flight");
  let alert;
  let returned;
  try {
    await readers[0].chat.until((frames) => frames.filter(({ seq }) => seq).length >= 200, "a stream of events");
    alert = raise(ana).catch(() => undefined);
    await trap();
    returned = echo.reconnected();
  } finally {
    // No further request reaches the conversation, so it must detect the loss by itself.
    await writers.stop();
  }
  await alert;
  const last = Math.max(...writers.acknowledged);

  await stream.ended();
  await returned;
  await echo.subscribe(`private-conversation.${conversation}`);
  for (const reader of readers) await reader.reads(last);
  assert.ok(
    readers.some(({ returns }) => returns > 0),
    "the trap hit during pending work",
  );
  assert.ok((await own.end()).code === RESTARTED);

  // The desk and its dashboards also continue.
  const next = await eventually(() => raise(ana).catch(() => undefined), "an alert to be raised");
  const again = board.closed ? await dashboard(grace) : board;
  await again.until(
    (frames) => frames.some(({ id, alerts }) => id === next.id || alerts?.some((open) => open.id === next.id)),
    "the alert on the dashboard",
  );
  await echoBoard.waitFor(
    () => echoBoard.frames.some(({ channel, data }) => channel === CHANNELS[0] && data?.id === next.id) || undefined,
    "the alert on the channel",
  );
  const page = await ben.history(conversation);
  assert.ok(page.head >= last);
});

test("[I18] a client that was idle when the instance was lost gets the next event", async () => {
  const reader = await Reader.of(ben);
  await trap();
  const answer = await eventually(async () => {
    const answer = await write("after the trap").catch(() => undefined);
    return answer?.status < 300 && answer;
  }, "a message to be sent");
  await reader.reads(answer.body.seq);
});
