// What a bystander hears, and when it should have been heard.

const MOST_DELAY_MS = 1_000;
const KEPT_DELAYS = 100_000;

/** What one of them hears. */
export class Hearing {
  next = 1;
  delays = [];

  /** @param {{isAway?: boolean}} [options] whether they are away now and then, and therefore hear late */
  constructor(name, clock, disturbed, { isAway = false } = {}) {
    Object.assign(this, { name, clock, disturbed, isAway });
  }

  /** What is said again with the next thing that happens is heard once. */
  heardAtLeast(number) {
    if (number !== this.next - 1) this.received(number);
  }

  heard(number) {
    const delay = this.clock.delayOf(number);
    if (number < this.next) return this.disturbed(`${this.name} hears message ${number} after ${this.next - 1}`);
    if (number > this.next) this.disturbed(`${this.name} misses ${this.next} to ${number - 1}`);
    this.next = number + 1;
    if (this.isAway) return;
    if (delay > MOST_DELAY_MS) this.disturbed(`${this.name} hears message ${number} ${Math.round(delay)} ms late`);
    if (this.delays.length < KEPT_DELAYS) this.delays.push(delay);
  }

  over(why) {
    if (!this.isOver) this.disturbed(`${this.name} is gone: ${why}`);
  }
}

/** Durable events of a conversation, which leave no number out, from the first position that is known. */
export class Sequence {
  constructor(hearing) {
    this.hearing = hearing;
  }

  /** A connection says where things stand; who comes back goes on from where they were. */
  begins({ epoch, head }) {
    this.epoch ??= epoch;
    this.head ??= head;
  }

  came(seq) {
    if (seq !== this.head + 1) this.hearing.disturbed(`${this.hearing.name} hears of event ${seq} after ${this.head}`);
    this.head = seq;
  }

  /** The position was too old, which none can be that soon. */
  reset() {
    this.hearing.disturbed(`${this.hearing.name} is reset after ${this.head}`);
    this.epoch = this.head = undefined;
  }
}

/** When numbered messages were sent. */
export class Clock {
  sent = new Map();
  last = 0;

  constructor(stalls) {
    this.stalls = stalls;
  }

  begin() {
    this.last += 1;
    this.sent.set(this.last, performance.now());
    this.sent.delete(this.last - 1_000);
    return this.last;
  }

  delayOf(number) {
    const [from, to] = [this.sent.get(number) ?? 0, performance.now()];
    return Math.max(0, to - from - this.stalls.between(from, to));
  }
}
