import type { Spot } from "../client";

/** The part of the browser's Geolocation API that is used. */
export interface Positions {
  watchPosition(
    found: (position: { coords: { latitude: number; longitude: number; accuracy: number }; timestamp: number }) => void,
    failed: () => void,
    options: PositionOptions,
  ): number;
  clearWatch(watch: number): void;
}

export interface LocationTrackerOptions {
  /** Absent where the device cannot tell. */
  positions?: Positions | undefined;
  /** Whether the person has allowed it before, so that they are not asked now. */
  isAllowed(): Promise<boolean>;
  now(): number;
}

/** Older than this, a place is not where somebody is. */
const FRESH_MS = 60_000;
const OPTIONS: PositionOptions = { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 };

export function browserLocationTracker(): LocationTracker {
  return new LocationTracker({
    positions: globalThis.navigator?.geolocation,
    now: Date.now,
    async isAllowed() {
      try {
        return (await navigator.permissions.query({ name: "geolocation" })).state === "granted";
      } catch {
        return false;
      }
    },
  });
}

/**
 * Where the person is. Nothing ever waits for it. A browser's question whether it may be told would come between a finger and
 * the button: before an alert is raised it is only looked up if it was allowed before.
 */
export class LocationTracker {
  #watch: number | undefined;
  #last: Spot | undefined;
  #lastAt = 0;
  #tell: ((spot: Spot) => void) | undefined;
  #isWanted = false;

  constructor(readonly options: LocationTrackerOptions) {}

  /** Looks where that is, if it may without asking. */
  async prepare(): Promise<void> {
    this.#isWanted = true;
    // Between this and the answer it may have been decided that nobody needs it.
    if ((await this.options.isAllowed()) && this.#isWanted) this.#begin();
  }

  /** Tells every place from now on, and asks for leave to if need be. */
  follow(tell: (spot: Spot) => void): void {
    this.#isWanted = true;
    const last = this.#tell ? undefined : this.last();
    this.#tell = tell;
    if (last) tell(last);
    this.#begin();
  }

  stop(): void {
    this.#isWanted = false;
    this.#tell = undefined;
    if (this.#watch !== undefined) this.options.positions?.clearWatch(this.#watch);
    this.#watch = undefined;
  }

  last(): Spot | undefined {
    return this.options.now() - this.#lastAt <= FRESH_MS ? this.#last : undefined;
  }

  #begin(): void {
    if (this.#watch !== undefined) return;
    this.#watch = this.options.positions?.watchPosition(
      ({ coords, timestamp }) => {
        this.#lastAt = this.options.now();
        this.#last = {
          lat: coords.latitude,
          lng: coords.longitude,
          accuracy: coords.accuracy,
          source: "gps",
          at: new Date(timestamp).toISOString(),
        };
        this.#tell?.(this.#last);
      },
      () => {
        // Not allowed, or not known now: an alert without a place is an alert all the same.
      },
      OPTIONS,
    );
  }
}
