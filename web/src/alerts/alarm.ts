import {
  type AlertCancellation,
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
import { type OwnAlert, type OwnState, ownOf, ownOfAlert } from "./ownAlert";
import { type PendingAlert, PendingAlertStore, type Storage } from "./pendingAlert";
import { PlaceReports } from "./placeReports";
import { alertToCancel } from "./unanswered";

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
/** Polling interval of the user's open alert, in addition to events of the own channel. */
const POLL_EVERY_MS = 30_000;

type TimerName = "retry" | "poll";

/**
 * Raises and tracks the user's own alert. The alert stays in storage until the server has it. Every attempt carries the id
 * created at the press, so retries are idempotent.
 */
export class Alarm {
  readonly #client: CampanaClient;
  readonly #always: Pick<AlertDraft, "apartment">;
  readonly #pendingStore: PendingAlertStore;
  readonly #location: LocationTracker;
  readonly #places: PlaceReports;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #own: OwnAlert | undefined;
  #pending: PendingAlert | undefined;
  #attempts = 0;
  /** Increases with every attempt, so that the failure of an earlier attempt is ignored. */
  #attempt = 0;
  /** The attempt under way or the last one; never rejects. */
  #sending: Promise<void> | undefined;
  /** The cancellation of the pending alert that is under way: no attempt is scheduled. A new press ends it. */
  #cancellation: symbol | undefined;
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
    this.#places = new PlaceReports(
      (spot) => {
        const { alert } = this.#own ?? {};
        return alert && isOpen(alert) ? this.#client.alerts.sendLocation(alert.id, spot) : undefined;
      },
      () => this.#become(this.#own),
    );
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
    this.#cancellation = undefined;
    this.#timers.clearAll();
    this.#places.stop();
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

  /**
   * Raises an alert with a new id. While an alert of the same kind is being sent, it only triggers the next attempt; while that
   * one is being cancelled, it is a new call for help. A drill takes no real alert's place.
   */
  raise(draft: Omit<AlertDraft, "id"> = {}): void {
    if (draft.drill && this.#pending && !this.#pending.draft.drill) return;
    if (!this.#cancellation && this.#isSending(draft.drill ?? false)) return this.#retryNow();
    this.#cancellation = undefined;
    const location = this.#location.last();
    const pending = {
      draft: { ...this.#always, ...draft, id: randomUuid(), ...(location && { location }) },
      at: this.#now(),
    };
    this.#pending = pending;
    this.#pendingStore.set(pending);
    this.#attempts = 0;
    this.#places.begin();
    // An earlier alert that is open stays cancellable, whatever the result of this press.
    const before = this.#own?.alert;
    const alert = before && isOpen(before) ? before : undefined;
    this.#become({ ...ownOf(pending), delivery: "sending", alert });
    void this.#send();
    this.#follow();
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

  /**
   * Cancels the user's alert, also at the server if an attempt without an answer may have arrived there. Throws a `Problem`:
   * 422 on `pin` if a PIN is required, 403 if it is wrong, 0 if the server does not answer; the alert then stays.
   */
  async cancel(cause: AlertCancellation = {}): Promise<void> {
    if (this.#pending && !(await this.#settlePending(cause))) return;
    const alert = this.#own?.alert;
    if (!alert || !isOpen(alert)) return;
    try {
      this.#apply(await this.#client.alerts.cancel(alert.id, cause));
    } catch (error) {
      const current = alertOfRefusal(error);
      if (current) this.#apply(current);
      throw error;
    }
  }

  /** Removes a closed or withdrawn alert. Others stay. */
  dismiss(): void {
    if (this.#pending || (this.#own?.alert && isOpen(this.#own.alert))) return;
    this.#become(undefined);
  }

  /**
   * Drops the pending alert if the server does not have it; otherwise adopts the server's alert. Retries pause until then.
   * Returns false if the button was pressed again: the new alert must not be cancelled.
   */
  async #settlePending(cause: AlertCancellation): Promise<boolean> {
    const isTrying = this.#own?.delivery === "sending" || this.#own?.delivery === "retrying";
    const own = Symbol("cancellation");
    this.#cancellation = own;
    this.#timers.clear("retry");
    try {
      await this.#attemptsEnd();
      const pending = this.#pending;
      if (this.#cancellation !== own) return false;
      if (!pending) return true;
      const isRefused = this.#own?.delivery === "refused";
      const alert = await alertToCancel(this.#client.alerts, pending.draft, cause, isRefused);
      if (this.#cancellation !== own) return false;
      if (alert) this.#accepted(pending, alert);
      else this.#withdraw(pending);
      return true;
    } finally {
      if (this.#cancellation === own) {
        this.#cancellation = undefined;
        if (isTrying && this.#pending) void this.#send();
      }
    }
  }

  /** Resolves when no attempt is under way. */
  async #attemptsEnd(): Promise<void> {
    for (let last: Promise<void> | undefined; last !== this.#sending; ) {
      last = this.#sending;
      await last;
    }
  }

  #withdraw(pending: PendingAlert): void {
    this.#pending = undefined;
    this.#pendingStore.clear();
    // A request that timed out can still arrive; the next welcome of the own channel looks for it.
    this.#hasLookedUp = false;
    const before = this.#own?.alert;
    const isBeforeOpen = before !== undefined && isOpen(before);
    this.#become({
      ...ownOf(pending),
      ...(isBeforeOpen && ownOfAlert(before)),
      delivery: isBeforeOpen ? "sent" : "withdrawn",
    });
  }

  /** Skips the wait: the network is back, or the page is visible. */
  #retryNow(): void {
    if (this.#timers.has("retry")) void this.#send();
    else if (this.#own?.alert && isOpen(this.#own.alert)) void this.#poll();
  }

  #send(): Promise<void> {
    this.#timers.clear("retry");
    this.#sending = this.#try();
    return this.#sending;
  }

  async #try(): Promise<void> {
    const pending = this.#pending;
    if (!pending) return;
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#attempts += 1;
    try {
      const alert = await this.#client.alerts.raise(pending.draft);
      // A success counts from any attempt, also from an earlier one.
      if (this.#pending?.draft.id === pending.draft.id) this.#accepted(pending, alert);
      else this.#apply(alert);
    } catch (error) {
      if (attempt === this.#attempt && this.#pending) this.#failed(pending, Problem.of(error));
    }
  }

  /** The server has the pending alert. */
  #accepted(pending: PendingAlert, alert: PanicAlert): void {
    this.#timers.clear("retry");
    this.#pending = undefined;
    this.#pendingStore.clear();
    this.#become({ ...ownOf(pending), delivery: "sent", alert, drill: alert.drill });
    this.#places.alertSent(pending.draft.location);
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
    // A drill must not call everybody later, when nobody expects it.
    if (pending.draft.drill) return this.#become({ ...own, delivery: "refused" });
    this.#become({ ...own, delivery: "retrying" });
    if (this.#cancellation) return;
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
      this.#become({ ...ownOfAlert(alert), delivery: "sent" });
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

  #follow(): void {
    this.#location.follow(
      (spot) => this.#located(spot),
      () => this.#places.missing(),
    );
  }

  #located(spot: Spot): void {
    if (!this.#pending) return this.#places.add(spot);
    this.#places.keep(spot);
    this.#pending = { ...this.#pending, draft: { ...this.#pending.draft, location: spot } };
    this.#pendingStore.set(this.#pending);
  }

  #become(own: OwnState | undefined): void {
    const isPlaced = own?.alert !== undefined && own.alert.location.lat !== null;
    this.#own = own && { ...own, place: isPlaced ? "sent" : this.#places.state };
    const isUnderWay = own?.alert !== undefined && isOpen(own.alert);
    if (isUnderWay && this.#isRunning) {
      if (!this.#timers.has("poll")) this.#schedulePoll();
      this.#follow();
    } else {
      this.#timers.clear("poll");
      if (!this.#pending) {
        this.#places.stop();
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

/** Whether a retry of the same request can succeed. A 401 can, after a renewed token or a sign-in. */
function canRetrySucceed(problem: Problem): boolean {
  return problem.isTemporary || [401, 408, 425].includes(problem.status);
}
