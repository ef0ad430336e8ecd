// For any history a snapshot plus the later events equals a fresh fetch. On the real engine, with clients that disconnect and
// resume, and an object that hibernates in between.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { Replica } from "../support/replica.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const RUNS = Number(process.env.CAMPANA_HISTORIES ?? 25);
const STEPS = 30;

const pick = fc.nat(1_000);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("send"), who: pick, socket: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("reply"), which: pick, who: pick, socket: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("edit"), which: pick, socket: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete"), which: pick, socket: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("react"), which: pick, who: pick, socket: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pin"), which: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("moderate"), which: pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("add", "remove", "promote", "joinOrLeave") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("rename", "hide") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("drop", "sleep", "look") }) },
);

describe("consistency", () => {
  let world, admin, ana, ben, eve, dan;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben, eve, dan] = ["7", "8", "9", "10"].map((user) => world.person(user));
    for (const person of [admin, ana, ben, eve, dan]) await person.ok("GET", "/api/me");
  });
  after(() => world.stop());

  test("a snapshot plus the events after it equals a fresh fetch", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: STEPS, size: "max" }), (steps) => run(steps)),
      { numRuns: RUNS, endOnFailure: true, includeErrorInReport: true },
    );
  });

  async function run(steps) {
    const room = await world.room([ana, ben]);
    const writers = new Map();
    for (const person of [ana, ben]) writers.set(person, await person.chat(room.conversation_id));
    const sent = [];
    for (let i = 0; i < 3; i++) {
      const { id } = await writers.get(ana).say(`before ${i}`);
      sent.push({ id, by: ana });
    }
    const replicas = [await follow(room)];
    for (const [number, each] of steps.entries()) await act(each, number, { room, writers, sent, replicas });

    const fresh = await Replica.of(ana, room);
    for (const replica of replicas) {
      await settle(replica, fresh.position.seq);
      assert.deepEqual(replica.state(), fresh.state());
    }
    for (const { chat } of replicas) await chat.close();
    for (const chat of writers.values()) await chat.close();
  }

  /** A client that takes a snapshot and follows the events from there on. */
  async function follow(room) {
    const replica = await Replica.of(ana, room);
    replica.chat = await ana.chat(room.conversation_id, replica.position);
    return replica;
  }

  /** Applies the received events up to a position, each once, over all of the client's sockets. */
  async function settle(replica, seq) {
    const { chat, position } = replica;
    const need = seq - position.seq;
    const newer = () => chat.events.filter((event) => event.seq > position.seq);
    await chat.until(() => newer().length >= need, `events up to ${seq} from ${position.seq}`);
    for (const event of newer()) replica.apply(event);
  }

  async function act(each, number, { room, writers, sent, replicas }) {
    const path = `/api/chat/rooms/${room.id}`;
    const chosen = sent[each.which % sent.length];
    const query = `?conversation_id=${room.conversation_id}`;
    const members = async () => (await admin.ok("GET", `${path}/members?limit=100`)).data.map(({ user_id }) => user_id);
    const tell = async (person, frame) => {
      // A frame without an acknowledgement is done when the next message is acknowledged.
      writers.get(person).send(frame);
      sent.push({ id: (await writers.get(person).say(`after frame ${number}`)).id, by: person });
    };
    switch (each.do) {
      case "send": {
        const person = [ana, ben][each.who % 2];
        const body = `line ${number} \u{1F514} "quoted" \\ <b>`;
        const { id } = each.socket
          ? await writers.get(person).say(body)
          : await person.ok("POST", `${path}/messages`, { body, metadata: { number } });
        sent.push({ id, by: person });
        break;
      }
      case "reply": {
        const person = [ana, ben][each.who % 2];
        const quoted = sent.filter(({ isThreadOnly }) => !isThreadOnly);
        const draft = {
          body: `reply ${number} to @user 8`,
          parent_id: chosen.id,
          also_in_channel: each.which % 2 === 0,
          quote_id: each.which % 3 ? undefined : quoted[each.which % quoted.length].id,
        };
        if (each.socket) {
          await tell(person, { type: "send", client_msg_id: `reply ${number}`, ...draft });
          break;
        }
        // The message that is answered or quoted may be deleted.
        const { body: reply, status } = await person.call("POST", `${path}/messages`, draft);
        if (status === 201) sent.push({ id: reply.id, by: person, isThreadOnly: !draft.also_in_channel });
        break;
      }
      case "edit": {
        const frame = { type: "edit", id: chosen.id, body: `edited ${number}` };
        if (each.socket) await tell(chosen.by, frame);
        else await chosen.by.call("PUT", `/api/chat/messages/${chosen.id}${query}`, { body: frame.body });
        break;
      }
      case "delete":
        if (each.socket) await tell(chosen.by, { type: "delete", id: chosen.id });
        else await chosen.by.call("DELETE", `/api/chat/messages/${chosen.id}${query}`);
        break;
      case "react": {
        const person = [ana, ben][each.who % 2];
        const emoji = ["\u{1F44D}", "\u2764\uFE0F", "\u{1F389}"][number % 3];
        const on = each.which % 3 > 0;
        if (each.socket) await tell(person, { type: on ? "react" : "unreact", id: chosen.id, emoji });
        else {
          const address = `/api/chat/messages/${chosen.id}/reactions/${encodeURIComponent(emoji)}${query}`;
          await person.call(on ? "PUT" : "DELETE", address, on ? {} : undefined);
        }
        break;
      }
      case "pin":
        await admin.call(number % 3 ? "PUT" : "DELETE", `/api/chat/messages/${chosen.id}/pin${query}`);
        break;
      case "moderate":
        await admin.call("DELETE", `/api/chat/messages/${chosen.id}${query}`);
        break;
      case "add":
        await admin.ok("POST", `${path}/members`, { user_id: "9" });
        break;
      case "remove":
        if ((await members()).includes("9")) await admin.ok("DELETE", `${path}/members/9`);
        break;
      case "promote":
        await admin.ok("PUT", `${path}/members/8`, { role: number % 2 ? "moderator" : "member" });
        break;
      case "joinOrLeave":
        await dan.call("POST", `${path}/${(await members()).includes("10") ? "leave" : "join"}`);
        break;
      case "rename":
        await admin.ok("PUT", path, { name: `Name ${number}`, description: `Since step ${number}` });
        break;
      case "hide":
        await admin.ok("PUT", path, { visibility: number % 2 ? "private" : "public" });
        break;
      case "drop": {
        const replica = replicas[number % replicas.length];
        // Applied events stay; the rest is replayed on the next socket.
        for (const event of replica.chat.events.filter(({ seq }) => seq > replica.position.seq)) replica.apply(event);
        replica.chat.terminate();
        replica.chat = await ana.chat(room.conversation_id, replica.position);
        break;
      }
      case "sleep":
        // Reading the newest page wakes the object, so that it can be evicted.
        await ana.history(room.conversation_id, "limit=1");
        await world.engine.evict("Conversation", `demo/${room.conversation_id}`);
        break;
      case "look":
        if (replicas.length < 4) replicas.push(await follow(room));
        break;
    }
  }
});
