// Dumps in the form of a messenger with chat_rooms(participant_a, participant_b, report_id), and what an export of them has to be.
import { createHash } from "node:crypto";

const NAMESPACE = Buffer.from("6f3a1d527c085b6e9a410f2cc7d893e4", "hex");
const START = Date.UTC(2024, 0, 1);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const EMOJI = ["👍", "🎉", "❤️"];

/** A number generator with a seed, 0 to below `n`. */
function random(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

function uuidV5(name) {
  const bytes = createHash("sha1").update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const time = (number) => new Date(START + number * 1_000).toISOString();

/** A UUID that depends on a number only. */
function uuid(kind, number) {
  const digits = number.toString(16).padStart(12, "0");
  return `018f0000-${kind}-7000-8000-${digits}`;
}

/**
 * A dump. Every third conversation and every second message has an id that is a number.
 * @param {{messages: number, people?: number, rooms?: number, seed?: number}} size
 * @returns {object[]} the lines as objects
 */
export function dump({ messages, people = 40, rooms = 60, seed = 1 }) {
  const next = random(seed);
  const lines = [];
  for (let person = 0; person < people; person++) {
    lines.push({ kind: "user", id: `p${person}`, name: `Person ${person}`, created_at: time(person) });
  }
  const places = [];
  for (let number = 0; number < rooms; number++) {
    const a = number % people;
    const b = (a + 1 + Math.floor(number / people)) % people;
    const id = number % 3 === 0 ? String(number + 1) : uuid("0001", number);
    const room = {
      kind: "chat_room",
      id,
      participant_a: `p${a}`,
      participant_b: `p${b}`,
      created_at: time(100 + number),
    };
    lines.push(room);
    places.push({ ...room, sent: [] });
    // The same two people, about a report.
    if (number % 10 === 0) {
      const about = { ...room, id: uuid("0002", number), report_id: `report-${number}` };
      lines.push(about);
      places.push({ ...about, sent: [] });
    }
  }
  for (let number = 0; number < messages; number++) {
    const place = places[next(places.length)];
    const id = number % 2 === 0 ? number + 1 : uuid("0003", number);
    const message = {
      kind: "message",
      id,
      chat_room_id: place.id,
      sender_id: next(2) === 0 ? place.participant_a : place.participant_b,
      content: `Message ${number}: "${"abc é 😀 ".repeat(1 + next(6))}"`,
      created_at: time(1_000 + number),
    };
    if (next(20) === 0 && place.sent.length > 0) message.parent_id = place.sent[next(place.sent.length)];
    if (next(30) === 0) message.edited_at = time(2_000 + number);
    if (next(40) === 0) message.deleted_at = time(3_000 + number);
    else place.sent.push(id);
    lines.push(message);
  }
  for (const place of places) {
    for (const id of place.sent.slice(0, 3)) {
      const reaction = { kind: "reaction", chat_room_id: place.id, message_id: id, created_at: time(9_000) };
      lines.push({ ...reaction, user_id: place.participant_a, emoji: EMOJI[next(EMOJI.length)] });
    }
  }
  return lines;
}

/** A line without fields that have no value. */
function line(fields) {
  return JSON.stringify(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
}

const byKey =
  (...keys) =>
  (one, other) => {
    for (const key of keys) {
      if (one[key] < other[key]) return -1;
      if (one[key] > other[key]) return 1;
    }
    return 0;
  };

/** The lines of the export of a dump that is imported into an app with nothing else. */
export function canonical(lines, tenant = "demo") {
  const idOf = (kind, id) => (UUID.test(id) ? id : uuidV5(`${tenant}/${kind}/${id}`));
  const oldId = (id) => (UUID.test(id) ? undefined : { imported_id: String(id) });
  const of = (kind) => lines.filter((one) => one.kind === kind);
  const names = new Map(of("user").map(({ id, name }) => [id, name]));
  const pairs = new Set();
  const rooms = new Map();
  for (const room of of("chat_room")) {
    const pair = [room.participant_a, room.participant_b].sort();
    const isDirect = !pairs.has(pair.join(" "));
    pairs.add(pair.join(" "));
    rooms.set(String(room.id), { ...room, newId: idOf("conversation", room.id), pair, isDirect, last: 0 });
  }
  const messages = new Map();
  for (const message of of("message")) {
    const room = rooms.get(String(message.chat_room_id));
    room.last += 1;
    const parent = message.parent_id === undefined ? undefined : messages.get(String(message.parent_id));
    const newId = idOf("message", message.id);
    const root = parent && (parent.root ?? parent.newId);
    messages.set(String(message.id), { ...message, newId, conversation: room.newId, seq: room.last, parent, root });
  }
  const exported = {
    users: of("user").sort(byKey("id")),
    rooms: [...rooms.values()].sort(byKey("newId")),
    messages: [...messages.values()].sort(byKey("conversation", "seq")),
  };
  const reactions = of("reaction").map((reaction) => {
    const message = messages.get(String(reaction.message_id));
    return { ...reaction, conversation: message.conversation, seq: message.seq, message: message.newId };
  });
  return [
    ...exported.users.map(({ kind, id, name, created_at }) => line({ kind, id, name, created_at })),
    ...exported.rooms.map((room) =>
      line({
        kind: "conversation",
        id: room.newId,
        type: room.isDirect ? "dm" : "group",
        user_ids: room.isDirect ? room.pair : undefined,
        report_id: room.report_id,
        metadata: oldId(room.id),
        created_by: room.participant_a,
        created_at: room.created_at,
        last_seq: room.last === 0 ? undefined : room.last,
      }),
    ),
    ...exported.rooms.flatMap((room) =>
      room.pair.map((user_id) =>
        line({
          kind: "member",
          conversation_id: room.newId,
          user_id,
          role: !room.isDirect && user_id === room.participant_a ? "owner" : "member",
          joined_at: room.created_at,
          last_read_seq: room.last,
        }),
      ),
    ),
    ...exported.messages.map((message) =>
      line({
        kind: "message",
        id: message.newId,
        conversation_id: message.conversation,
        seq: message.seq,
        sender_id: message.sender_id,
        sender_name: names.get(message.sender_id),
        type: "text",
        body: message.deleted_at === undefined ? message.content : undefined,
        metadata: oldId(message.id),
        parent_id: message.parent?.newId,
        thread_id: message.root,
        created_at: message.created_at,
        edited_at: message.edited_at,
        deleted_at: message.deleted_at,
        updated_at: message.deleted_at ?? message.edited_at,
      }),
    ),
    ...reactions.sort(byKey("conversation", "seq")).map((reaction) =>
      line({
        kind: "reaction",
        conversation_id: reaction.conversation,
        message_id: reaction.message,
        user_id: reaction.user_id,
        user_name: names.get(reaction.user_id),
        emoji: reaction.emoji,
        seq: reaction.seq,
        created_at: reaction.created_at,
      }),
    ),
  ];
}
