import type { Spot } from "../client";

/** Minimum interval between location updates. */
const EVERY_MS = 5_000;

/** An alert without a place for this long counts as without one, milliseconds: a permission prompt may stay unanswered. */
const LATE_AFTER_MS = 15_000;

/** Whether the server has a location of the user: none yet, one, or none can be determined or sent. */
export type Place = "sought" | "sent" | "missing";

/** Sends the newest location of the user's open alert, at most one per interval, and again after a failure. */
export class PlaceReports {
  #next: Spot | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  #late: ReturnType<typeof setTimeout> | undefined;
  #state: Place = "sought";

  /** `post` sends a location; it returns undefined while there is no open alert. `onState` follows changes of `state`. */
  constructor(
    readonly post: (spot: Spot) => Promise<unknown> | undefined,
    readonly onState: () => void,
  ) {}

  get state(): Place {
    return this.#state;
  }

  /** The button was pressed. */
  begin(): void {
    clearTimeout(this.#late);
    this.#state = "sought";
    this.#late = setTimeout(() => this.missing(), LATE_AFTER_MS);
  }

  /** The device cannot tell its location, or the user does not permit it. */
  missing(): void {
    if (this.#state === "sought") this.#become("missing");
  }

  /** A location that the alert itself may carry, because it is not sent yet. */
  keep(spot: Spot): void {
    this.#next = spot;
  }

  /** A new location: sent now, or at the end of the interval. */
  add(spot: Spot): void {
    this.#next = spot;
    if (this.#timer === undefined) this.#send();
  }

  /** The alert was sent, with this location or without one. */
  alertSent(spot: Spot | null | undefined): void {
    if (this.#next === spot) this.#next = undefined;
    if (!spot) return this.#send();
    this.#pause();
    this.#become("sent");
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#late);
    this.#timer = undefined;
    this.#next = undefined;
  }

  #send(): void {
    const spot = this.#next;
    const answer = spot && this.post(spot);
    if (!answer) return;
    this.#next = undefined;
    this.#pause();
    answer.then(
      () => this.#become("sent"),
      () => {
        // Sends this location again unless a newer one exists by then.
        this.#next ??= spot;
      },
    );
  }

  #become(state: Place): void {
    if (this.#state === state) return;
    this.#state = state;
    this.onState();
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#send();
    }, EVERY_MS);
  }
}
