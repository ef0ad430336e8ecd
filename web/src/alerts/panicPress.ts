/** State of a press of the panic button. Times in milliseconds since the epoch. */
export type PressState =
  | { phase: "idle" }
  /** Held down since `since`; at `until` the countdown begins. */
  | { phase: "holding"; since: number; until: number }
  /** Can be cancelled until `until`, then the alert is raised. */
  | { phase: "counting"; since: number; until: number };

export interface PressOptions {
  /** The countdown ended without a cancel, or was skipped. */
  onRaise(): void;
  onHold?(): void;
  /** Released too early, or cancelled. */
  onAbandon?(): void;
  /** Released too early: the user may not know that the button must be held. */
  onTooShort?(): void;
  now?: () => number;
}

export const HOLD_MS = 1_500;
export const CANCEL_WINDOW_MS = 5_000;

/** State machine of the panic button: hold for 1.5 s, then a 5 s countdown that can be cancelled, then `onRaise`. */
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

  /** The button goes down. Calls by a repeating key are ignored. */
  press(): void {
    if (this.#state.phase !== "idle") return;
    this.options.onHold?.();
    this.#begin("holding", HOLD_MS, () => this.#count());
  }

  /** The button is released. */
  release(): void {
    if (this.#state.phase !== "holding") return;
    this.#abandon();
    this.options.onTooShort?.();
  }

  /** Starts the countdown without a hold, for input methods that cannot hold a button; the countdown guards against mistakes. */
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

  /** The page is hidden or closed: a running countdown raises the alert, a hold is abandoned. */
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
