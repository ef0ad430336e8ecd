// A client's state from one snapshot and the events after it: the reference that events alone keep a client up to date.

/** Reactions after an event, in the server's order: most used first, then by code points. */
function withReaction(reactions, { emoji, count, user_id }, event, me) {
  const before = reactions.find((one) => one.emoji === emoji)?.me ?? false;
  const isMe = user_id === me ? event === "reaction.added" : before;
  const others = reactions.filter((one) => one.emoji !== emoji);
  const all = count > 0 ? [...others, { emoji, count, me: isMe }] : others;
  return all.sort((a, b) => b.count - a.count || Buffer.compare(Buffer.from(a.emoji), Buffer.from(b.emoji)));
}

export class Replica {
  messages = new Map();
  /** Replies of threads, also those that are shown in the conversation. */
  replies = new Map();
  members = new Map();
  room = {};
  events = 0;

  /** Loads a snapshot. Its position is read first, so that later events are replayed. */
  static async of(person, room) {
    const replica = new Replica();
    replica.me = person.user;
    const path = `/api/chat/rooms/${room.id}`;
    const page = await person.ok("GET", `${path}/messages?limit=100`);
    replica.position = { epoch: page.epoch, seq: page.head };
    for (const message of page.data) {
      replica.messages.set(message.id, message);
      if (message.reply_count === 0) continue;
      const thread = await person.ok("GET", `/api/chat/messages/${message.id}/replies?limit=100`);
      for (const reply of thread.data) replica.replies.set(reply.id, reply);
    }
    const { data } = await person.ok("GET", `${path}/members?limit=100`);
    for (const { user_id, name, role } of data) replica.members.set(user_id, { user_id, name, role });
    const { name, description, visibility } = await person.ok("GET", path);
    Object.assign(replica.room, { name, description, visibility });
    return replica;
  }

  /** Applies one event; a repeated position or a gap is an error. */
  apply({ event, seq, id, partial }) {
    if (seq !== this.position.seq + 1) throw new Error(`${event} ${seq} came at position ${this.position.seq}`);
    this.position.seq = seq;
    this.events += 1;
    switch (event) {
      case "message.created":
        this.#created(partial);
        break;
      case "message.updated":
      case "message.deleted":
      case "message.pinned":
      case "message.unpinned":
        this.#change(id, () => partial);
        break;
      case "thread.updated": {
        const { reply_count, last_reply_at } = partial;
        this.#change(id, () => ({ reply_count, last_reply_at }));
        break;
      }
      case "reaction.added":
      case "reaction.removed":
        this.#change(id, ({ reactions }) => ({ reactions: withReaction(reactions ?? [], partial, event, this.me) }));
        break;
      case "member.joined":
        this.members.set(partial.user_id, { user_id: partial.user_id, name: partial.name, role: partial.role });
        break;
      case "member.updated":
        this.members.set(partial.user_id, { ...this.members.get(partial.user_id), role: partial.role });
        break;
      case "member.left":
      case "member.removed":
        this.members.delete(partial.user_id);
        break;
      case "conversation.updated":
        Object.assign(this.room, partial);
        break;
      default:
        throw new Error(`unknown event: ${event}`);
    }
  }

  #created(message) {
    const view = {
      ...message,
      reactions: [],
      pinned_at: null,
      pinned_by: null,
      reply_count: 0,
      last_reply_at: null,
      quote: null,
    };
    if (message.thread_id) this.replies.set(message.id, view);
    if (!message.thread_id || message.also_in_channel) this.messages.set(message.id, view);
  }

  /** Changes a message wherever it is shown. */
  #change(id, by) {
    for (const shown of [this.messages, this.replies]) {
      const known = shown.get(id);
      if (known) shown.set(id, { ...known, ...by(known) });
    }
  }

  /** A message with the present text of the one that it quotes. */
  #seen(message) {
    const quoted = this.messages.get(message.quote_id);
    if (!quoted || message.deleted_at) return { ...message, quote: null };
    return { ...message, quote: { id: quoted.id, sender_name: quoted.sender_name, body: quoted.body } };
  }

  /** The whole state in a fixed order, for comparison. */
  state() {
    const bySeq = (a, b) => a.seq - b.seq;
    const messages = [...this.messages.values()].map((message) => this.#seen(message)).sort(bySeq);
    const hasReplies = ({ thread_id }) => this.messages.get(thread_id)?.reply_count > 0;
    const replies = [...this.replies.values()]
      .filter(hasReplies)
      .map((reply) => this.#seen(reply))
      .sort(bySeq);
    const members = [...this.members.values()].sort((a, b) => (a.user_id < b.user_id ? -1 : 1));
    return { messages, replies, members, room: this.room };
  }
}
