// Checks of the messages that a bystander receives: completeness, order and delay.

const MOST_DELAY_MS = 1_000;
const KEPT_DELAYS = 100_000;

/** The received messages of one client. */
export class Receiver {
  next = 1;
  delays = [];

  /** @param {{isAway?: boolean}} [options] whether the client reconnects repeatedly, and so receives late */
  constructor(name, clock, disturbed, { isAway = false } = {}) {
    Object.assign(this, { name, clock, disturbed, isAway });
  }

  /** A message that may repeat with a later update of the same alert. */
  receivedAtLeast(number) {
    if (number !== this.next - 1) this.received(number);
  }

  received(number) {
    const delay = this.clock.delayOf(number);
    if (number < this.next) return this.disturbed(`${this.name} receives message ${number} after ${this.next - 1}`);
    if (number > this.next) this.disturbed(`${this.name} misses ${this.next} to ${number - 1}`);
    this.next = number + 1;
    if (this.isAway) return;
    if (delay > MOST_DELAY_MS) this.disturbed(`${this.name} receives message ${number} ${Math.round(delay)} ms late`);
    if (this.delays.length < KEPT_DELAYS) this.delays.push(delay);
  }

  over(why) {
    if (!this.isOver) this.disturbed(`${this.name} is gone: ${why}`);
  }
}

/** The gapless sequence of a conversation's durable events, from the first known position. */
export class Sequence {
  constructor(receiver) {
    this.receiver = receiver;
  }

  /** A connection's position in its welcome; a resuming client continues at its own. */
  begins({ epoch, head }) {
    this.epoch ??= epoch;
    this.head ??= head;
  }

  take(seq) {
    if (seq !== this.head + 1)
      this.receiver.disturbed(`${this.receiver.name} receives event ${seq} after ${this.head}`);
    this.head = seq;
  }

  /** A reset, although no position can be too old in a run. */
  reset() {
    this.receiver.disturbed(`${this.receiver.name} is reset after ${this.head}`);
    this.epoch = this.head = undefined;
  }
}

/** Send times of the numbered messages. */
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
