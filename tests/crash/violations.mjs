// The violations that oracles and clients find, counted by kind.

/** Kinds, as in the final table. */
export const KINDS = ["lost", "doubled", "out of order", "wrong", "unanswered"];
/** Number of stored descriptions per kind; further violations are only counted. */
const KEPT = 25;

export class Violations {
  #lines = [];
  #counts = new Map(KINDS.map((kind) => [kind, 0]));

  /** Adds a violation. `about` never contains the body of a message. */
  add(kind, about) {
    if (!this.#counts.has(kind)) throw new Error(`no such kind: ${kind}`);
    this.#counts.set(kind, this.#counts.get(kind) + 1);
    if (this.#counts.get(kind) <= KEPT) this.#lines.push(`${kind}: ${about}`);
  }

  /** Removes all violations. */
  clear() {
    this.#lines = [];
    for (const kind of KINDS) this.#counts.set(kind, 0);
  }

  count(kind) {
    return this.#counts.get(kind);
  }

  get total() {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** One line each, in order of detection. */
  lines() {
    return [...this.#lines];
  }
}
