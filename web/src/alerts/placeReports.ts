import type { Spot } from "../client";

/** Minimum interval between location updates. */
const EVERY_MS = 5_000;

/** Sends the newest location of the user's open alert, at most one per interval, and again after a failure. */
export class PlaceReports {
  #next: Spot | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `post` sends a location; it returns undefined while there is no open alert. */
  constructor(readonly post: (spot: Spot) => Promise<unknown> | undefined) {}

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
    if (spot) this.#pause();
    else this.#send();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next = undefined;
  }

  #send(): void {
    const spot = this.#next;
    const answer = spot && this.post(spot);
    if (!answer) return;
    this.#next = undefined;
    this.#pause();
    answer.catch(() => {
      // Sends this location again unless a newer one exists by then.
      this.#next ??= spot;
    });
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#send();
    }, EVERY_MS);
  }
}
