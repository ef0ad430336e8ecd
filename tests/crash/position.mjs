// The position of a reader in a conversation's order. Checks each event that the reader gets: every position once, in order.

const OWN = Symbol("own");

export class Position {
  epoch = undefined;
  /** Up to here everything was told. */
  seq = undefined;
  /** What was told since the oracles last looked: message id -> its text, null if it is deleted. */
  heard = new Map();
  /** Whether it went on from a page since the oracles last looked: of changes before that no event told. */
  hasSkipped = false;
  /** Who is a member, as far as events tell. */
  members = new Set();
  #ahead = new Map();
  #order = "contiguous";
  #newest = 0;

  constructor(journal, who) {
    Object.assign(this, { journal, who });
  }

  /** It is all there up to here; what came before on other connections does not count any more. */
  startFrom(epoch, seq) {
    this.epoch = epoch;
    this.seq = seq;
    this.hasSkipped = true;
    this.#ahead.clear();
    this.heard.clear();
  }

  /**
   * A new connection, which goes on from the position.
   * @param {"contiguous" | "rising" | "any"} order nothing may be left out; or only what is one's own, which is known
   *   later; or what was missed may come after what is new
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

  /** One's own message has this position; it is not told to the tab that sent it. */
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
    if (event === "message.created") this.heard.set(id, partial.body);
    if (event === "message.updated" || event === "message.deleted") this.heard.set(id, partial.body);
    if (event === "member.joined") this.members.add(partial.user_id);
    if (event === "member.left") this.members.delete(partial.user_id);
  }

  /** Whether everything up to here was told. */
  isAt(head) {
    return this.seq === head && this.#ahead.size === 0;
  }

  /** What is missing, in words. */
  get standing() {
    return `at ${this.seq}, ${this.#ahead.size} ahead of a gap`;
  }
}
