// The journal of a conversation: acknowledged messages, and the event at each position. Clients write it; oracles compare it with
// the server's state.

const DELETED = null;

/** One conversation according to the responses and events that clients received. */
export class Journal {
  /** Position -> its event, as first received. */
  events = new Map();
  /** Message id -> {sender, key, seq, body}; `body` is null once deleted. Acknowledged messages only. */
  messages = new Map();
  /** User -> {acknowledged, requested}: the least and the highest position of the read marker. */
  markers = new Map();
  /** Messages with edits or deletions acknowledged since the last check. */
  changed = new Set();
  /** Messages that a moderator deletes or will delete; their authors' changes may fail. */
  moderation = new Set();
  /** Of these, those with an acknowledged deletion, each of which has one entry in the audit log. */
  audited = new Set();
  #byKey = new Map();

  /** @param {object} about `room`: its id, if it is one; `isPublic`: users join and leave it */
  constructor({ id, name, room, users, isPublic = false }, violations, tally) {
    Object.assign(this, { id, name, room, users, isPublic, violations, tally });
    for (const user of users) this.markers.set(user, { acknowledged: 0, requested: 0 });
  }

  /** Records a received event, or its acknowledgement. All clients must receive the same event at a position. */
  saw(who, seq, event, id) {
    const what = `${event} ${id}`;
    const known = this.events.get(seq);
    if (known === undefined) this.events.set(seq, what);
    else if (known !== what)
      this.violations.add("out of order", `${this.name} ${seq}: ${who} was told ${what}, others ${known}`);
  }

  /** Records the acknowledgement of a send, which may repeat. */
  sent(sender, key, body, { id, seq }) {
    this.saw(`${sender} (acknowledged)`, seq, "message.created", id);
    const name = `${sender} ${key}`;
    const known = this.#byKey.get(name);
    if (known !== undefined) {
      if (known !== id) this.violations.add("doubled", `${this.name}: ${name} is ${known} and ${id}`);
      return;
    }
    this.#byKey.set(name, id);
    this.messages.set(id, { sender, key, seq, body });
    this.wrote(sender, seq);
    this.tally.acknowledged("messages");
  }

  /** A sender's marker moves to their own message. */
  wrote(sender, seq) {
    const marker = this.markers.get(sender);
    marker.acknowledged = Math.max(marker.acknowledged, seq);
    marker.requested = Math.max(marker.requested, seq);
  }

  edited(id, body) {
    const message = this.messages.get(id);
    // The response to an edit can arrive after a moderator's deletion.
    if (message.body !== DELETED) message.body = body;
    this.changed.add(id);
    this.tally.acknowledged("edits");
  }

  deleted(id) {
    this.messages.get(id).body = DELETED;
    this.changed.add(id);
    this.tally.acknowledged("deletions");
  }

  requestsRead(user, seq) {
    const marker = this.markers.get(user);
    marker.requested = Math.max(marker.requested, seq);
  }

  hasRead(user, seq) {
    const marker = this.markers.get(user);
    marker.acknowledged = Math.max(marker.acknowledged, seq);
    this.tally.acknowledged("markers");
  }

  /** Positions of messages after a position, in order. */
  messagesAfter(seq) {
    const all = [...this.messages.entries()].filter(([, message]) => message.seq > seq);
    return all.sort(([, a], [, b]) => a.seq - b.seq).map(([id, message]) => ({ id, ...message }));
  }
}

/** Counts of acknowledgements, and callbacks for future ones. */
export class Tally {
  counts = {
    messages: 0,
    edits: 0,
    deletions: 0,
    markers: 0,
    memberships: 0,
    alerts: 0,
    transitions: 0,
    repeats: 0,
    refused: 0,
    resets: 0,
  };
  /** Number of received and compared events. */
  events = 0;
  /** Connections closed by the server, by close code. */
  closes = new Map();
  #waiting = new Set();

  acknowledged(kind) {
    this.counts[kind] += 1;
    for (const waiter of this.#waiting) {
      waiter.remaining -= 1;
      if (waiter.remaining > 0) continue;
      this.#waiting.delete(waiter);
      waiter.act();
    }
  }

  closed(code) {
    if (code >= 4000) this.closes.set(code, (this.closes.get(code) ?? 0) + 1);
  }

  /** Calls `act` in the turn of the `count`-th acknowledgement from now. */
  after(count, act) {
    const waiter = { remaining: count, act };
    this.#waiting.add(waiter);
    return () => this.#waiting.delete(waiter);
  }
}
