// The position of a reader in a conversation's order. Checks each event that the reader gets: every position once, in order.

const OWN = Symbol("own");

export class Position {
  epoch = undefined;
  /** Position up to which every event was received. */
  seq = undefined;
  /** Message states received since the last check: id -> body, null if deleted. */
  received = new Map();
  /** Whether it continued from a page since the last check; earlier changes then have no event. */
  hasSkipped = false;
  /** Members according to the events. */
  members = new Set();
  #ahead = new Map();
  #order = "contiguous";
  #newest = 0;

  constructor(journal, who) {
    Object.assign(this, { journal, who });
  }

  /** Starts at a position with a complete state; earlier events do not count any more. */
  startFrom(epoch, seq) {
    this.epoch = epoch;
    this.seq = seq;
    this.hasSkipped = true;
    this.#ahead.clear();
    this.received.clear();
  }

  /**
   * A new connection that continues from the position.
   * @param {"contiguous" | "rising" | "any"} order no gaps; gaps only for own messages, whose acknowledgement
   *   follows; or replayed events may follow live ones
   */
  connected(order) {
    this.#ahead.clear();
    this.#order = order;
    this.#newest = this.seq;
  }

  /** An event with a position. */
  take({ event, seq, id, partial }) {
    const { journal, who } = this;
    journal.tally.events += 1;
    journal.saw(who, seq, event, id);
    if (this.seq === undefined) return;
    if (seq <= this.seq || this.#ahead.has(seq)) {
      journal.violations.add("doubled", `${journal.name} ${seq} ${event}: ${who} was told twice, at ${this.seq}`);
      return;
    }
    const isInOrder = { contiguous: seq === this.seq + 1, rising: seq > this.#newest, any: true }[this.#order];
    if (!isInOrder)
      journal.violations.add("out of order", `${journal.name} ${seq} ${event}: ${who} was at ${this.seq}`);
    this.#newest = Math.max(this.#newest, seq);
    this.#ahead.set(seq, { event, id, partial });
    this.#advance();
  }

  /** Position of an own message, whose event the sending client does not get. */
  own(seq) {
    if (this.seq === undefined || seq <= this.seq) return;
    this.#ahead.set(seq, OWN);
    this.#advance();
  }

  #advance() {
    for (let next = this.#ahead.get(this.seq + 1); next !== undefined; next = this.#ahead.get(this.seq + 1)) {
      this.#ahead.delete(this.seq + 1);
      this.seq += 1;
      if (next !== OWN) this.#apply(next);
    }
  }

  #apply({ event, id, partial }) {
    if (event === "message.created") this.received.set(id, partial.body);
    if (event === "message.updated" || event === "message.deleted") this.received.set(id, partial.body);
    if (event === "member.joined") this.members.add(partial.user_id);
    if (event === "member.left") this.members.delete(partial.user_id);
  }

  /** Whether every event up to this head was received. */
  isAt(head) {
    return this.seq === head && this.#ahead.size === 0;
  }

  /** Description of the missing positions. */
  get standing() {
    return `at ${this.seq}, ${this.#ahead.size} ahead of a gap`;
  }
}
