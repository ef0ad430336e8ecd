// The outbox of a native client: unacknowledged messages. Each connection repeats them in the order of writing with the same
// client_msg_id.

/** Time without an answer on an open connection after which the client reconnects. */
const ANSWER_WITHIN_MS = 20_000;
const AGAIN_MS = 150;

export class Outbox {
  #entries = new Map();
  #timer;
  #pause;

  /** @param {{window: number, transmit: Function, onSilence: Function}} options `window`: maximum of unacknowledged messages on the connection */
  constructor({ window, transmit, onSilence }) {
    Object.assign(this, { window, transmit, onSilence });
  }

  get isEmpty() {
    return this.#entries.size === 0;
  }

  /** Resolves to the acknowledgement and the number of temporary refusals. */
  add(frame) {
    return new Promise((resolve, reject) => {
      this.#entries.set(frame.client_msg_id, { frame, isOut: false, refusals: 0, resolve, reject });
      this.flush();
    });
  }

  flush() {
    if (this.#pause !== undefined) return;
    let out = 0;
    for (const entry of this.#entries.values()) {
      if (out >= this.window) break;
      if (!entry.isOut) entry.isOut = this.transmit(entry.frame);
      if (!entry.isOut) break;
      out += 1;
    }
    this.#watch();
  }

  acknowledged(ack) {
    const entry = this.#entries.get(ack.client_msg_id);
    if (!entry) return;
    this.#entries.delete(ack.client_msg_id);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    entry.resolve({ ...ack, refusals: entry.refusals });
    this.flush();
  }

  refused(key, problem) {
    const entry = this.#entries.get(key);
    if (!entry) return;
    if (problem.status >= 500 || problem.status === 429) {
      entry.isOut = false;
      entry.refusals += 1;
      this.#pause ??= setTimeout(() => {
        this.#pause = undefined;
        this.flush();
      }, problem.retry_after_ms ?? AGAIN_MS);
      return;
    }
    this.#entries.delete(key);
    entry.reject(new Error(`a message was refused: ${problem.status} ${problem.error}`));
    this.flush();
  }

  /** The connection is lost, and with it pending answers. */
  lost() {
    for (const entry of this.#entries.values()) entry.isOut = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  stop() {
    this.lost();
    clearTimeout(this.#pause);
  }

  #watch() {
    const isWaiting = [...this.#entries.values()].some(({ isOut }) => isOut);
    if (isWaiting) this.#timer ??= setTimeout(() => this.onSilence(), ANSWER_WITHIN_MS);
  }
}
