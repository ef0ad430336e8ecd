// The violations that oracles and clients find, counted by kind.

/** Kinds, as the table at the end names them. */
export const KINDS = ["lost", "doubled", "out of order", "wrong", "unanswered"];
/** Descriptions that are kept of each kind; the rest is counted. */
const KEPT = 25;

export class Violations {
  #kept = [];
  #counts = new Map(KINDS.map((kind) => [kind, 0]));

  /** Notes a violation. `about` never contains the body of a message. */
  add(kind, about) {
    if (!this.#counts.has(kind)) throw new Error(`no such kind: ${kind}`);
    this.#counts.set(kind, this.#counts.get(kind) + 1);
    if (this.#counts.get(kind) <= KEPT) this.#kept.push(`${kind}: ${about}`);
  }

  /** Forgets all of them. */
  clear() {
    this.#kept = [];
    for (const kind of KINDS) this.#counts.set(kind, 0);
  }

  count(kind) {
    return this.#counts.get(kind);
  }

  get total() {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** One line each, in the order in which they were found. */
  lines() {
    return [...this.#kept];
  }
}
