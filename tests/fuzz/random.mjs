// Pseudo-random numbers seeded by a string, equal on every machine.

const FNV_OFFSET = 2_166_136_261;
const FNV_PRIME = 16_777_619;

export class Random {
  #a;
  #b;
  #c;
  #counter = 1;

  /** @param {string} seed */
  constructor(seed) {
    [this.#a, this.#b, this.#c] = ["a", "b", "c"].map((salt) => hash(`${salt}:${seed}`));
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 0 up to but not including 1 (the generator sfc32). */
  next() {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 up to but not including `end`. */
  below(end) {
    return Math.floor(this.next() * end);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  chance(probability) {
    return this.next() < probability;
  }
}

function hash(text) {
  let value = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), FNV_PRIME);
  return value | 0;
}
