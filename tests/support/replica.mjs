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
    for (const message of page.data) replica.messages.set(message.id, message);
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
    const known = this.messages.get(id);
    switch (event) {
      case "message.created":
        this.messages.set(id, { ...partial, reactions: [], pinned_at: null, pinned_by: null });
        break;
      case "message.updated":
      case "message.deleted":
        if (known) this.messages.set(id, { ...known, ...partial });
        break;
      case "reaction.added":
      case "reaction.removed":
        if (known)
          this.messages.set(id, { ...known, reactions: withReaction(known.reactions ?? [], partial, event, this.me) });
        break;
      case "message.pinned":
      case "message.unpinned":
        if (known) this.messages.set(id, { ...known, ...partial });
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

  /** The whole state in a fixed order, for comparison. */
  state() {
    const messages = [...this.messages.values()].sort((a, b) => a.seq - b.seq);
    const members = [...this.members.values()].sort((a, b) => (a.user_id < b.user_id ? -1 : 1));
    return { messages, members, room: this.room };
  }
}
