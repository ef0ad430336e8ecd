// One policy for both transports: a frame on a native socket and the same HTTP call have the same outcome.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorld, WIDE } from "../support/world.mjs";

/** Actions on messages: the message's author, the frame, and the HTTP call with its body. */
const ACTS = {
  send: { frame: { type: "send", body: "x" }, method: "POST", body: { body: "x" } },
  "edit own": { whose: "own", frame: { type: "edit", body: "y" }, method: "PUT", body: { body: "y" } },
  "edit another's": { whose: "other", frame: { type: "edit", body: "y" }, method: "PUT", body: { body: "y" } },
  "delete own": { whose: "own", frame: { type: "delete" }, method: "DELETE" },
  "delete another's": { whose: "other", frame: { type: "delete" }, method: "DELETE" },
};
/** Kinds of members, with the reason for each refused action. */
const REFUSALS = {
  "a member": { "edit another's": "forbidden", "delete another's": "forbidden" },
  "a moderator": { "edit another's": "forbidden" },
  "an owner": { "edit another's": "forbidden" },
  "an administrator": { "edit another's": "forbidden" },
  "a muted member": {
    send: "muted",
    "edit own": "muted",
    "edit another's": "forbidden",
    "delete another's": "forbidden",
  },
  "a muted moderator": { send: "muted", "edit own": "muted", "edit another's": "forbidden" },
};

let world, admin, ben, room;

before(async () => {
  world = await startWorld({ limits: WIDE });
  admin = world.person("admin", { roles: ["admin"] });
  ben = world.person("ben");
  room = await world.room([ben]);
});
after(() => world.stop());

const messages = () => `/api/chat/rooms/${room.id}/messages`;
const write = async (person) => (await person.ok("POST", messages(), { body: "x" })).id;

/** `done`, or the reason for the refusal. */
async function byHttp(person, { method, body }, id) {
  const path = id ? `/api/chat/messages/${id}?conversation_id=${room.conversation_id}` : messages();
  const answer = await person.call(method, path, body);
  return answer.status < 300 ? "done" : answer.body.type.split("/").at(-1);
}

/** The same for a frame. */
async function byFrame(chat, { frame }, id) {
  const client_msg_id = `key-${chat.frames.length}`;
  chat.send(id ? { ...frame, id } : { ...frame, client_msg_id });
  const isDone = (answer) =>
    id
      ? answer.id === id && ["message.updated", "message.deleted"].includes(answer.event)
      : answer.type === "ack" && answer.client_msg_id === client_msg_id;
  const outcome = await chat.pick(
    (answer) => answer.type === "error" || isDone(answer),
    `the outcome of ${frame.type}`,
  );
  return outcome.type === "error" ? outcome.error : "done";
}

for (const [kind, refusals] of Object.entries(REFUSALS)) {
  test(`[I6] ${kind} may do the same by HTTP and by frames`, async () => {
    const person = world.person(kind.replaceAll(" ", "-"), kind === "an administrator" ? { roles: ["admin"] } : {});
    await person.ok("GET", "/api/me");
    await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: person.user });
    const member = `/api/chat/rooms/${room.id}/members/${person.user}`;
    const role = ["moderator", "owner"].find((role) => kind.endsWith(role));
    if (role) await admin.ok("PUT", member, { role });
    const targets = [];
    for (const [act, { whose }] of Object.entries(ACTS)) {
      const fresh = () => (whose ? write(whose === "own" ? person : ben) : undefined);
      targets.push([act, await fresh(), await fresh()]);
    }
    if (kind.startsWith("a muted"))
      await admin.ok("POST", `${member}/mute`, { until: new Date(Date.now() + 3_600_000).toISOString() });
    const chat = await person.chat(room.conversation_id);
    for (const [act, first, second] of targets) {
      const expected = refusals[act] ?? "done";
      assert.equal(await byHttp(person, ACTS[act], first), expected, `${act}, by HTTP`);
      assert.equal(await byFrame(chat, ACTS[act], second), expected, `${act}, by a frame`);
    }
    await chat.close();
  });
}
