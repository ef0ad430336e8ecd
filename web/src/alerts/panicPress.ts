/** How far a press has come. */
export type PressState =
  | { phase: "idle" }
  /** Held down since `since`; at `until` it counts. */
  | { phase: "holding"; since: number; until: number }
  /** Can be called off until `until`, then it is sent. */
  | { phase: "counting"; since: number; until: number };

export interface PressOptions {
  /** It was held long enough, and not called off. */
  onRaise(): void;
  onHold?(): void;
  /** Let go too early, or called off. */
  onAbandon?(): void;
  now?: () => number;
}

export const HOLD_MS = 1_500;
export const CANCEL_WINDOW_MS = 5_000;

/** From a finger on the button to an alert: nothing is raised by a touch, and nothing that was meant is lost. */
export class PanicPress {
  #state: PressState = { phase: "idle" };
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;

  constructor(readonly options: PressOptions) {
    this.#now = options.now ?? Date.now;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): PressState => this.#state;

  /** The button goes down. A key that repeats says so again and again. */
  press(): void {
    if (this.#state.phase !== "idle") return;
    this.options.onHold?.();
    this.#begin("holding", HOLD_MS, () => this.#count());
  }

  /** The button is let go. */
  release(): void {
    if (this.#state.phase === "holding") this.#abandon();
  }

  /** For those whose means of input cannot hold a button down: the time to call it off protects them. */
  activate(): void {
    if (this.#state.phase !== "idle") return;
    this.options.onHold?.();
    this.#count();
  }

  cancel(): void {
    if (this.#state.phase !== "idle") this.#abandon();
  }

  sendNow(): void {
    if (this.#state.phase === "counting") this.#raise();
  }

  /** Nobody sees the page any more, or it is closed: who has held the button this long meant it. */
  hide(): void {
    if (this.#state.phase === "counting") this.#raise();
    else this.release();
  }

  #count(): void {
    this.#begin("counting", CANCEL_WINDOW_MS, () => this.#raise());
  }

  #raise(): void {
    this.#become({ phase: "idle" });
    this.options.onRaise();
  }

  #abandon(): void {
    this.#become({ phase: "idle" });
    this.options.onAbandon?.();
  }

  #begin(phase: "holding" | "counting", lasts: number, then: () => void): void {
    const since = this.#now();
    this.#become({ phase, since, until: since + lasts });
    this.#timer = setTimeout(then, lasts);
  }

  #become(state: PressState): void {
    clearTimeout(this.#timer);
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
