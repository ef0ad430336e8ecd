import {
  type AlertDraft,
  alertOfRefusal,
  type CampanaClient,
  isOpen,
  type PanicAlert,
  Problem,
  randomUuid,
  type Spot,
} from "../client";
import { Timers } from "../client/timers";
import { newerOf } from "./alertStore";
import { browserLocationTracker, type LocationTracker } from "./locationTracker";
import { type PendingAlert, PendingAlertStore, type Storage } from "./pendingAlert";

/**
 * Delivery state of the user's own alert. `retrying`: the last attempt failed and another follows. `refused`: the refusal
 * is permanent. `kept`: an unsent alert older than 30 min; it is sent only if the user confirms.
 */
export type Delivery = "sending" | "retrying" | "sent" | "refused" | "kept";

export interface OwnAlert {
  delivery: Delivery;
  drill: boolean;
  /** When the button was pressed, milliseconds. */
  at: number;
  /** The newest state from the server. */
  alert: PanicAlert | undefined;
  problem: Problem | undefined;
}

export interface AlarmOptions {
  client: CampanaClient;
  /** Separates pending alerts of several users on one device. */
  userId: string;
  /** The user's apartment: the default of every alert. */
  apartment?: AlertDraft["apartment"];
  storage?: Storage | undefined;
  locationTracker?: LocationTracker;
  now?: () => number;
}

/** Waits between attempts, milliseconds; `LONGEST_WAIT_MS` repeats without limit. No jitter: an alert is urgent. */
const WAITS_MS = [0, 1_000, 2_000, 5_000] as const;
const LONGEST_WAIT_MS = 5_000;
/** An alert pending for longer is not sent without confirmation. */
const STALE_AFTER_MS = 30 * 60_000;
/** Minimum interval between location updates. */
const LOCATION_EVERY_MS = 5_000;
/** Polling interval of the user's open alert, in addition to events of the own channel. */
const POLL_EVERY_MS = 30_000;

type TimerName = "retry" | "location" | "poll";

/**
 * Raises and tracks the user's own alert. The alert stays in storage until the server has it. Every attempt carries the id
 * created at the press, so retries are idempotent.
 */
export class Alarm {
  readonly #client: CampanaClient;
  readonly #always: Pick<AlertDraft, "apartment">;
  readonly #pendingStore: PendingAlertStore;
  readonly #location: LocationTracker;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #own: OwnAlert | undefined;
  #pending: PendingAlert | undefined;
  #attempts = 0;
  /** Increases with every attempt, so that the failure of an earlier attempt is ignored. */
  #attempt = 0;
  #spot: Spot | undefined;
  readonly #timers = new Timers<TimerName>();
  #stops: (() => void)[] = [];
  #isRunning = false;
  /** Whether the server was asked for an alert that was open when the page loaded. */
  #hasLookedUp = false;

  constructor(options: AlarmOptions) {
    this.#client = options.client;
    this.#always = options.apartment ? { apartment: options.apartment } : {};
    this.#pendingStore = new PendingAlertStore(options.storage, options.userId);
    this.#location = options.locationTracker ?? browserLocationTracker();
    this.#now = options.now ?? Date.now;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): OwnAlert | undefined => this.#own;

  /** Resumes sending an alert of an earlier page, and looks for an open alert. */
  start(): void {
    this.#isRunning = true;
    this.#stops = [
      this.#client.subscribeToOwnAlerts({
        onWelcome: () => void this.#poll(),
        onNews: ({ partial }) => this.#apply(partial),
      }),
      this.#client.api.environment.watch((change) => {
        if (change === "online" || change === "visible") this.#retryNow();
      }),
    ];
    this.#pending ??= this.#pendingStore.get();
    const pending = this.#pending;
    if (!pending) return;
    const isStale = this.#now() - pending.at > STALE_AFTER_MS;
    this.#become({ ...ownOf(pending), delivery: isStale ? "kept" : "sending" });
    if (!isStale) void this.#send();
  }

  stop(): void {
    this.#isRunning = false;
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#attempt += 1;
    this.#timers.clearAll();
    this.#location.stop();
  }

  /** The button is down: starts to determine the location. */
  prepare(): void {
    void this.#location.prepare();
  }

  /** The button was released too early. */
  abandon(): void {
    const alert = this.#own?.alert;
    if (!this.#pending && !(alert && isOpen(alert))) this.#location.stop();
  }

  /** Raises an alert with a new id. While an alert of the same kind is being sent, it only triggers the next attempt. */
  raise(draft: Omit<AlertDraft, "id"> = {}): void {
    if (this.#isSending(draft.drill ?? false)) return this.#retryNow();
    const location = this.#location.last();
    const pending = {
      draft: { ...this.#always, ...draft, id: randomUuid(), ...(location && { location }) },
      at: this.#now(),
    };
    this.#pending = pending;
    this.#pendingStore.set(pending);
    this.#attempts = 0;
    // An earlier alert that is open stays cancellable, whatever the result of this press.
    const before = this.#own?.alert;
    const alert = before && isOpen(before) ? before : undefined;
    this.#become({ ...ownOf(pending), delivery: "sending", alert });
    void this.#send();
    this.#location.follow((spot) => this.#located(spot));
  }

  #isSending(drill: boolean): boolean {
    const delivery = this.#own?.delivery;
    if (delivery !== "sending" && delivery !== "retrying") return false;
    return (this.#pending?.draft.drill ?? false) === drill;
  }

  /** Sends the pending alert again, after `refused` or `kept`. */
  retry(): void {
    if (!this.#pending || !this.#own) return;
    this.#attempts = 0;
    this.#become({ ...this.#own, delivery: "sending", problem: undefined });
    void this.#send();
  }

  /** Cancels the user's alert. Throws a `Problem`: 422 on `pin` if a PIN is required, 403 if it is wrong. */
  async cancel(cause: { reason?: string; pin?: string } = {}): Promise<void> {
    const own = this.#own;
    if (!own) return;
    if (!own.alert) {
      this.#forget();
      return;
    }
    try {
      this.#apply(await this.#client.alerts.cancel(own.alert.id, cause));
    } catch (error) {
      const alert = alertOfRefusal(error);
      if (alert) this.#apply(alert);
      throw error;
    }
  }

  /** Removes a closed or unsent alert. An open alert stays. */
  dismiss(): void {
    if (this.#own?.alert && isOpen(this.#own.alert)) return;
    this.#forget();
  }

  #forget(): void {
    this.#attempt += 1;
    this.#timers.clear("retry");
    this.#pending = undefined;
    this.#pendingStore.clear();
    this.#become(undefined);
  }

  /** Skips the wait: the network is back, or the page is visible. */
  #retryNow(): void {
    if (this.#timers.has("retry")) void this.#send();
    else if (this.#own?.alert && isOpen(this.#own.alert)) void this.#poll();
  }

  async #send(): Promise<void> {
    const pending = this.#pending;
    if (!pending) return;
    this.#timers.clear("retry");
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#attempts += 1;
    try {
      const alert = await this.#client.alerts.raise(pending.draft);
      // A success counts from any attempt, also from an earlier one.
      if (this.#pending?.draft.id !== pending.draft.id) return this.#apply(alert);
      this.#timers.clear("retry");
      this.#pending = undefined;
      this.#pendingStore.clear();
      if (this.#spot === pending.draft.location) this.#spot = undefined;
      this.#become({ ...ownOf(pending), delivery: "sent", alert, drill: alert.drill });
      // The alert carried a location: the next update waits for the interval.
      if (pending.draft.location) this.#pauseLocations();
      else this.#sendLocation();
    } catch (error) {
      if (attempt === this.#attempt && this.#pending) this.#failed(pending, Problem.of(error));
    }
  }

  #failed(pending: PendingAlert, problem: Problem): void {
    const own = { ...ownOf(pending), alert: this.#own?.alert, problem };
    if (!canRetrySucceed(problem)) {
      const { id, drill } = pending.draft;
      const bare = { draft: { id, ...(drill && { drill }) }, at: pending.at };
      // An optional field may be the cause: retry with the id alone.
      if (Object.keys(pending.draft).length > Object.keys(bare.draft).length && problem.status !== 403) {
        this.#pending = bare;
        this.#pendingStore.set(bare);
        void this.#send();
      } else {
        this.#become({ ...own, delivery: "refused" });
      }
      return;
    }
    this.#become({ ...own, delivery: "retrying" });
    const wait = WAITS_MS[Math.min(this.#attempts, WAITS_MS.length) - 1] ?? LONGEST_WAIT_MS;
    const asked = Math.min(problem.retryAfterMs ?? 0, LONGEST_WAIT_MS);
    this.#timers.set("retry", Math.max(wait, asked), () => void this.#send());
  }

  /** Applies a state of this alert, or adopts an open alert raised on another device. */
  #apply(alert: PanicAlert): void {
    const own = this.#own;
    if (own?.alert?.id === alert.id) {
      const newer = newerOf(own.alert, alert);
      if (newer !== own.alert) this.#become({ ...own, alert: newer });
    } else if (isOpen(alert) && !this.#pending) {
      this.#become({
        delivery: "sent",
        drill: alert.drill,
        at: Date.parse(alert.created_at),
        alert,
        problem: undefined,
      });
    }
  }

  /** Fetches the current state, in case an event was missed. */
  async #poll(): Promise<void> {
    try {
      const own = this.#own?.alert;
      if (own) this.#apply(await this.#client.alerts.get(own.id));
      else if (!this.#pending && !this.#hasLookedUp) await this.#findOpen();
    } catch {
      // The next poll or the own channel has the state.
    }
  }

  /** Looks for an open alert, once per page load: the own channel reports alerts raised later. */
  async #findOpen(): Promise<void> {
    const { data } = await this.#client.alerts.mine();
    this.#hasLookedUp = true;
    const open = data.find(isOpen);
    if (open) this.#apply(open);
  }

  #located(spot: Spot): void {
    this.#spot = spot;
    if (this.#pending) {
      this.#pending = { ...this.#pending, draft: { ...this.#pending.draft, location: spot } };
      this.#pendingStore.set(this.#pending);
    } else if (!this.#timers.has("location")) {
      this.#sendLocation();
    }
  }

  /** Sends the newest location and starts the interval before the next one. */
  #sendLocation(): void {
    const { alert } = this.#own ?? {};
    const spot = this.#spot;
    if (!alert || !isOpen(alert) || !spot) return;
    this.#spot = undefined;
    this.#pauseLocations();
    this.#client.alerts.sendLocation(alert.id, spot).catch(() => {
      // Sends this location again unless a newer one exists by then.
      this.#spot ??= spot;
    });
  }

  #pauseLocations(): void {
    this.#timers.set("location", LOCATION_EVERY_MS, () => this.#sendLocation());
  }

  #become(own: OwnAlert | undefined): void {
    this.#own = own;
    const isUnderWay = own?.alert !== undefined && isOpen(own.alert);
    if (isUnderWay && this.#isRunning) {
      if (!this.#timers.has("poll")) this.#schedulePoll();
      this.#location.follow((spot) => this.#located(spot));
    } else {
      this.#timers.clear("poll");
      if (!this.#pending) {
        this.#timers.clear("location");
        this.#spot = undefined;
        this.#location.stop();
      }
    }
    for (const listener of this.#listeners) listener();
  }

  #schedulePoll(): void {
    this.#timers.set("poll", POLL_EVERY_MS, () => {
      void this.#poll();
      this.#schedulePoll();
    });
  }
}

function ownOf(pending: PendingAlert): Omit<OwnAlert, "delivery"> {
  return { drill: pending.draft.drill ?? false, at: pending.at, alert: undefined, problem: undefined };
}

/** Whether a retry of the same request can succeed. A 401 can, after a renewed token or a sign-in. */
function canRetrySucceed(problem: Problem): boolean {
  return problem.isTemporary || [401, 408, 425].includes(problem.status);
}
