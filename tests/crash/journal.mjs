// The journal of a conversation: what the server acknowledged, and which event has which position. Clients write it; oracles
// compare it with what the server shows.

const DELETED = null;

/** One conversation as its clients were told of it. */
export class Journal {
  /** Position -> what has it, in the words of whoever heard of it first. */
  events = new Map();
  /** Message id -> {sender, key, seq, body}; `body` is null once deleted. Only what was acknowledged. */
  messages = new Map();
  /** Person -> {acknowledged, asked}: how far a read marker has to be, and how far it may be. */
  markers = new Map();
  /** Messages whose edits or deletions were acknowledged since the oracles last looked. */
  changed = new Set();
  /** Messages that a moderator deletes, or is about to: their authors may find nothing to change. */
  moderation = new Set();
  /** Of these, those whose deletion by the moderator was acknowledged: each has one entry in the audit log. */
  audited = new Set();
  #byKey = new Map();

  /** @param {object} about `room`: its id, if it is one; `isPublic`: people come and go there all the time */
  constructor({ id, name, room, users, isPublic = false }, violations, tally) {
    Object.assign(this, { id, name, room, users, isPublic, violations, tally });
    for (const user of users) this.markers.set(user, { acknowledged: 0, asked: 0 });
  }

  /** Somebody heard of an event, or of its position by an acknowledgement. All have to be told the same. */
  saw(who, seq, event, id) {
    const what = `${event} ${id}`;
    const known = this.events.get(seq);
    if (known === undefined) this.events.set(seq, what);
    else if (known !== what)
      this.violations.add("out of order", `${this.name} ${seq}: ${who} was told ${what}, others ${known}`);
  }

  /** A send was acknowledged, perhaps not for the first time. */
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

  /** Whoever writes has read up to there. */
  wrote(sender, seq) {
    const marker = this.markers.get(sender);
    marker.acknowledged = Math.max(marker.acknowledged, seq);
    marker.asked = Math.max(marker.asked, seq);
  }

  edited(id, body) {
    const message = this.messages.get(id);
    // A moderator can be faster, and the answer to the edit the slower one.
    if (message.body !== DELETED) message.body = body;
    this.changed.add(id);
    this.tally.acknowledged("edits");
  }

  deleted(id) {
    this.messages.get(id).body = DELETED;
    this.changed.add(id);
    this.tally.acknowledged("deletions");
  }

  asksToRead(user, seq) {
    const marker = this.markers.get(user);
    marker.asked = Math.max(marker.asked, seq);
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

/** What was acknowledged, and who waits for more of it. */
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
  /** Events that clients were told and that were compared. */
  events = 0;
  /** Connections that the server closed with a code of its own, by code. */
  closes = new Map();
  #waiting = new Set();

  acknowledged(what) {
    this.counts[what] += 1;
    for (const waiter of this.#waiting) {
      waiter.left -= 1;
      if (waiter.left > 0) continue;
      this.#waiting.delete(waiter);
      waiter.act();
    }
  }

  closed(code) {
    if (code >= 4000) this.closes.set(code, (this.closes.get(code) ?? 0) + 1);
  }

  /** Calls `act` in the turn in which the so many-th acknowledgement from now arrives. */
  after(count, act) {
    const waiter = { left: count, act };
    this.#waiting.add(waiter);
    return () => this.#waiting.delete(waiter);
  }
}
