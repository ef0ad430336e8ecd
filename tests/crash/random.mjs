// A seeded pseudo-random generator. Each user has their own sequence, so that one user's actions do not depend on the response
// times of another.
const GOLDEN = 0x6d2b79f5;

export class Random {
  #state;

  constructor(seed, name = "") {
    this.seed = seed;
    // FNV-1a, so that sequences of different names are independent.
    let hash = 0x811c9dc5;
    for (const byte of Buffer.from(`${seed}/${name}`)) hash = Math.imul(hash ^ byte, 0x01000193);
    this.#state = hash >>> 0;
  }

  /** An independent sequence for a name. */
  of(name) {
    return new Random(this.seed, name);
  }

  /** A whole number from 0 to below this. */
  below(limit) {
    this.#state = (this.#state + GOLDEN) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** A whole number from one to the other, both included. */
  between(least, most) {
    return least + this.below(most - least + 1);
  }

  /** True with this probability in percent. */
  holds(percent) {
    return this.below(100) < percent;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** One of `[weight, value]` pairs. */
  weighted(pairs) {
    let remaining = this.below(pairs.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of pairs) {
      remaining -= weight;
      if (remaining < 0) return value;
    }
    throw new Error("no pair has a weight");
  }
}
