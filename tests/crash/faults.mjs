// What is wrong, by kind, and how often: the model's verdict.

/** Kinds, as the table at the end names them. */
export const KINDS = ["lost", "doubled", "out of order", "wrong", "unanswered"];
/** Descriptions that are kept of each kind; the rest is counted. */
const KEPT = 25;

export class Faults {
  #kept = new Map(KINDS.map((kind) => [kind, []]));
  #counts = new Map(KINDS.map((kind) => [kind, 0]));

  /** Notes a fault. `about` never holds what somebody wrote. */
  add(kind, about) {
    if (!this.#counts.has(kind)) throw new Error(`no kind of fault: ${kind}`);
    this.#counts.set(kind, this.#counts.get(kind) + 1);
    const kept = this.#kept.get(kind);
    if (kept.length < KEPT) kept.push(about);
  }

  count(kind) {
    return this.#counts.get(kind);
  }

  get total() {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** One line each. */
  lines() {
    return [...this.#kept].flatMap(([kind, kept]) => kept.map((about) => `${kind}: ${about}`));
  }
}
