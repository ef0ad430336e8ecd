// Acknowledged messages, and checks that the history and the record have them.
import { eventually } from "../support/eventually.mjs";

const PAGE = 100;
const CAUGHT_UP_MS = 60_000;

export class Acknowledged {
  // Conversation to the unchecked messages (id to seq), and to a user who can read there.
  #open = new Map();
  #readers = new Map();

  /** @param {() => object[]} readers to use when the sender was removed */
  constructor(world, people, failed) {
    Object.assign(this, { world, people, failed });
  }

  /** Registers a conversation with a user who can read it. */
  uses(person, conversation) {
    this.#open.set(conversation, new Map());
    this.#readers.set(conversation, person);
  }

  /** Adds an acknowledged message. */
  add({ user, tenant }, { conversation_id, id, seq, sender_id = user }) {
    if (!this.#open.has(conversation_id)) this.#open.set(conversation_id, new Map());
    const open = this.#open.get(conversation_id);
    if (open.has(id) && open.get(id) !== seq)
      this.failed(`message ${id} is acknowledged as ${open.get(id)} and ${seq}`);
    open.set(id, seq);
    this.#readers.set(conversation_id, this.world.person(sender_id, { tenant }));
  }

  /** Checks the messages acknowledged since the last call. */
  async check() {
    for (const [conversation, open] of this.#open) {
      if (open.size === 0) continue;
      const wanted = new Map(open);
      const oldest = Math.min(...wanted.values());
      const messages = await this.#history(conversation, (message) => message.seq < oldest);
      if (messages === undefined) {
        open.clear();
        continue;
      }
      for (const message of messages) {
        if (!wanted.has(message.id)) continue;
        const seq = wanted.get(message.id);
        if (seq !== message.seq)
          this.failed(`message ${message.id} is acknowledged as ${seq} and is read as ${message.seq}`);
        wanted.delete(message.id);
        open.delete(message.id);
      }
      for (const [id, seq] of wanted) {
        if (await this.#isInThread(conversation, id)) {
          open.delete(id);
          continue;
        }
        this.failed(`message ${id} (${seq}) of ${conversation} was acknowledged and is not in the history`);
        open.delete(id);
      }
    }
  }

  /** Checks the whole history, from the newest to the oldest message, and the record. */
  async checkAll() {
    await this.check();
    const counts = new Map();
    for (const conversation of this.#readers.keys()) {
      const messages = await this.#history(conversation);
      if (messages === undefined) continue;
      const seen = new Set();
      let last = Number.POSITIVE_INFINITY;
      for (const { id, seq } of messages) {
        if (seen.has(id)) this.failed(`message ${id} of ${conversation} is in the history twice`);
        if (seq >= last) this.failed(`message ${seq} of ${conversation} comes after ${last}`);
        seen.add(id);
        last = seq;
      }
      counts.set(conversation, seen.size);
      await this.#caughtUp(conversation, seen.size, messages[0]?.seq ?? 0);
    }
    return counts;
  }

  /** Whether a message is a reply that is shown in its thread only. */
  async #isInThread(conversation, id) {
    const reader = await this.#reader(conversation);
    const { status, body } = await reader.call("GET", `/api/chat/messages/${id}/replies?around=${id}`);
    return status === 200 && body.data.some((reply) => reply.id === id);
  }

  async #caughtUp(conversation, count, newest) {
    const sql =
      "SELECT COUNT(*) AS count, MAX(seq) AS newest FROM messages WHERE conversation_id = ?1 AND in_channel = 1";
    let row;
    const isThere = async () => {
      [row] = await this.world.rows(sql, conversation);
      return row.count === count && row.newest === newest;
    };
    try {
      await eventually(isThere, "the flush", CAUGHT_UP_MS);
    } catch {
      this.failed(
        `the record has ${row.count} messages of ${conversation} up to ${row.newest}, the history ${count} up to ${newest}`,
      );
    }
  }

  /** A user who can read the conversation. */
  async #reader(conversation) {
    const sender = this.#readers.get(conversation);
    // Then members in the record, because inputs may have added invented users.
    const sql = "SELECT user_id, tenant_id FROM members WHERE conversation_id = ?1 LIMIT 10";
    const members = (await this.world.rows(sql, conversation)).map((row) =>
      this.world.person(row.user_id, { tenant: row.tenant_id }),
    );
    for (const person of [sender, ...this.people(), ...members]) {
      const { status } = await person.call("GET", `/api/chat/conversations/${conversation}/messages?limit=1`);
      if (status !== 403 && status !== 404) return person;
    }
    return sender;
  }

  /** Whether the conversation has no members. */
  async #isLeft(conversation) {
    const sql = "SELECT COUNT(*) AS count FROM members WHERE conversation_id = ?1";
    const [{ count }] = await this.world.rows(sql, conversation);
    return count === 0;
  }

  /** Messages from the newest on, by id and position, as far as needed; undefined if they cannot be read. */
  async #history(conversation, isEnough = () => false) {
    const reader = await this.#reader(conversation);
    const path = `/api/chat/conversations/${conversation}/messages?limit=${PAGE}`;
    const messages = [];
    let cursor;
    do {
      const page = cursor ? `${path}&before=${encodeURIComponent(cursor)}` : path;
      const { status, body, text } = await reader.call("GET", page);
      if (status === 404 && (await this.#isLeft(conversation))) return undefined;
      if (status !== 200) {
        this.failed(`the history of ${conversation} cannot be read: ${status} ${text.slice(0, 300)}`);
        return undefined;
      }
      for (const message of body.data) {
        if (isEnough(message)) return messages;
        messages.push({ id: message.id, seq: message.seq });
      }
      cursor = body.next_cursor;
    } while (cursor);
    return messages;
  }
}

/** Checks that unread counts are within their possible range. */
export async function checkUnread(people, counts, failed) {
  for (const person of people) {
    let cursor;
    do {
      const path = `/api/chat/conversations?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;
      const { status, body, text } = await person.call("GET", path);
      if (status !== 200) {
        failed(`the inbox of ${person.user} cannot be read: ${status} ${text.slice(0, 300)}`);
        break;
      }
      for (const { id, unread_count } of body.data) {
        const most = counts.get(id) ?? Number.POSITIVE_INFINITY;
        if (Number.isInteger(unread_count) && unread_count >= 0 && unread_count <= most) continue;
        failed(`${person.user} has ${unread_count} unread messages of ${most} in ${id}`);
      }
      cursor = body.next_cursor;
    } while (cursor);
  }
}

/** Checks that a user who has read everything has no unread messages. */
export async function checkRead(people, conversation, failed) {
  const path = `/api/chat/conversations/${conversation}`;
  for (const person of people) {
    await person.ok("POST", `${path}/read`, {});
    const isRead = async () => (await person.ok("GET", path)).unread_count === 0;
    await eventually(isRead, "the marker", CAUGHT_UP_MS).catch(() =>
      failed(`${person.user} has read all and has unread`),
    );
  }
}
