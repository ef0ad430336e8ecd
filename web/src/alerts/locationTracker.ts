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
  /** Absent where the browser has no geolocation. */
  positions?: Positions | undefined;
  /** Whether the permission is already granted, so that no prompt appears. */
  isAllowed(): Promise<boolean>;
  now(): number;
}

/** Maximum age of a location that counts as current. */
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
 * Tracks the user's location. No alert waits for it. A permission prompt would cover the button while it is pressed, so
 * before an alert is raised the tracker starts only if the permission is already granted.
 */
export class LocationTracker {
  #watch: number | undefined;
  #last: Spot | undefined;
  #lastAt = 0;
  #onSpot: ((spot: Spot) => void) | undefined;
  #onFailed: (() => void) | undefined;
  #hasFailed = false;
  #isWanted = false;

  constructor(readonly options: LocationTrackerOptions) {}

  /** Starts tracking if that needs no permission prompt. */
  async prepare(): Promise<void> {
    this.#isWanted = true;
    // `stop` may run while the permission is looked up.
    if ((await this.options.isAllowed()) && this.#isWanted) this.#begin();
  }

  /**
   * Passes every new location to `onSpot`; the browser may prompt for permission. Calls `onFailed` when no location can be
   * determined, for now or at all.
   */
  follow(onSpot: (spot: Spot) => void, onFailed?: () => void): void {
    this.#isWanted = true;
    const last = this.#onSpot ? undefined : this.last();
    this.#onSpot = onSpot;
    this.#onFailed = onFailed;
    if (last) onSpot(last);
    this.#begin();
    if (this.#hasFailed || !this.options.positions) onFailed?.();
  }

  stop(): void {
    this.#isWanted = false;
    this.#onSpot = undefined;
    this.#onFailed = undefined;
    this.#hasFailed = false;
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
        this.#hasFailed = false;
        this.#lastAt = this.options.now();
        this.#last = {
          lat: coords.latitude,
          lng: coords.longitude,
          accuracy: coords.accuracy,
          source: "gps",
          at: new Date(timestamp).toISOString(),
        };
        this.#onSpot?.(this.#last);
      },
      () => {
        // Denied or unavailable: the alert goes out without a location.
        this.#hasFailed = true;
        this.#onFailed?.();
      },
      OPTIONS,
    );
  }
}
