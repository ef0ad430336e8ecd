const TELL_EVERY_MS = 1_000;

/** The position up to which one has read. It only moves forward, and is told at most once a second. */
export class ReadMarker {
  #seq = 0;
  #toldSeq = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `tell` returns false if it could not be told now. */
  constructor(readonly tell: (seq: number) => boolean) {}

  moveTo(seq: number): void {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    this.flush();
  }

  /** Where the server has it, as it says on every connection. What it lacks is told again. */
  serverHas(seq: number): void {
    this.#toldSeq = seq;
    this.#seq = Math.max(this.#seq, seq);
  }

  /** Tells what was not told, unless it has just told something. */
  flush(): void {
    if (this.#timer !== undefined || this.#seq <= this.#toldSeq || !this.tell(this.#seq)) return;
    this.#toldSeq = this.#seq;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, TELL_EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
