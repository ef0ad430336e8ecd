const SEND_EVERY_MS = 1_000;

/** The user's read marker. It moves forward, and is sent at most once a second, unless they mark messages as unread. */
export class ReadMarker {
  #seq = 0;
  #sentSeq = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `send` returns false if there is no connection. */
  constructor(readonly send: (seq: number) => boolean) {}

  moveTo(seq: number): void {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    this.flush();
  }

  /** The user has marked messages as unread; the server has this marker. */
  moveBackTo(seq: number): void {
    this.#seq = seq;
    this.#sentSeq = seq;
  }

  /** The server's marker, from every welcome. A higher local marker is sent again by the next `flush`. */
  serverHas(seq: number): void {
    this.#sentSeq = seq;
    this.#seq = Math.max(this.#seq, seq);
  }

  /** Sends the marker if the server does not have it yet, unless the last send was less than a second ago. */
  flush(): void {
    if (this.#timer !== undefined || this.#seq <= this.#sentSeq || !this.send(this.#seq)) return;
    this.#sentSeq = this.#seq;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, SEND_EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
