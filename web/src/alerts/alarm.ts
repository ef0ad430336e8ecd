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
 * How one's own alert stands on its way. `retrying`: the last try failed, another follows. `refused`: no further try helps.
 * `kept`: it was never sent, long ago; it is for the person to say whether it still should be.
 */
export type Delivery = "sending" | "retrying" | "sent" | "refused" | "kept";

export interface OwnAlert {
  delivery: Delivery;
  drill: boolean;
  /** When the button was pressed, milliseconds. */
  at: number;
  /** As the server said last. */
  alert: PanicAlert | undefined;
  problem: Problem | undefined;
}

export interface AlarmOptions {
  client: CampanaClient;
  /** Whose alert, so that one that is pending is not another person's on the same device. */
  userId: string;
  /** Where they live: goes with every alert that says nothing else. */
  apartment?: AlertDraft["apartment"];
  storage?: Storage | undefined;
  locationTracker?: LocationTracker;
  now?: () => number;
}

/** Waits between tries, milliseconds. The last goes on for ever. Nothing random: every second counts. */
const WAITS_MS = [0, 1_000, 2_000, 5_000] as const;
const LONGEST_WAIT_MS = 5_000;
/** An alert that nobody could be told of for so long is not sent any more without asking. */
const STALE_AFTER_MS = 30 * 60_000;
/** Places are sent at most so often, milliseconds. */
const PLACE_EVERY_MS = 5_000;
/** How often an open alert of one's own is looked up beside what the own channel tells of it, milliseconds. */
const LOOK_EVERY_MS = 30_000;

type TimerName = "retry" | "place" | "look";

/**
 * Raises the person's own alert and does not give up: it is kept on the device until the server has it, and every try carries the
 * id that was made with the press, so that no number of tries raises a second one.
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
  #tries = 0;
  /** Rises with every try, so that the answer to an older one is known as such. */
  #attempt = 0;
  #spot: Spot | undefined;
  readonly #timers = new Timers<TimerName>();
  #stops: (() => void)[] = [];
  #isRunning = false;
  /** Whether it is known if one was open when the page began. */
  #hasAsked = false;

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

  /** Goes on with what an earlier page could not send, and looks for an alert that is open. */
  start(): void {
    this.#isRunning = true;
    this.#stops = [
      this.#client.subscribeToOwnAlerts({
        onWelcome: () => void this.#look(),
        onNews: ({ partial }) => this.#heard(partial),
      }),
      this.#client.api.environment.watch((attention) => {
        if (attention === "online" || attention === "visible") this.#hurry();
      }),
    ];
    this.#pending ??= this.#pendingStore.get();
    const pending = this.#pending;
    if (!pending) return;
    const isStale = this.#now() - pending.at > STALE_AFTER_MS;
    this.#become({ ...ownOf(pending), delivery: isStale ? "kept" : "sending" });
    if (!isStale) void this.#try();
  }

  stop(): void {
    this.#isRunning = false;
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#attempt += 1;
    this.#timers.clearAll();
    this.#location.stop();
  }

  /** The button is being pressed: looks where the person is, meanwhile. */
  prepare(): void {
    void this.#location.prepare();
  }

  /** The button was let go too early. */
  abandon(): void {
    const alert = this.#own?.alert;
    if (!this.#pending && !(alert && isOpen(alert))) this.#location.stop();
  }

  /** One press. The id is made here, once. A press while an earlier one is on its way only hurries that. */
  raise(draft: Omit<AlertDraft, "id"> = {}): void {
    if (this.#isOnItsWay(draft.drill ?? false)) return this.#hurry();
    const location = this.#location.last();
    const pending = {
      draft: { ...this.#always, ...draft, id: randomUuid(), ...(location && { location }) },
      at: this.#now(),
    };
    this.#pending = pending;
    this.#pendingStore.set(pending);
    this.#tries = 0;
    // Whoever presses again has one alert still, and can take that back whatever becomes of the press.
    const before = this.#own?.alert;
    const alert = before && isOpen(before) ? before : undefined;
    this.#become({ ...ownOf(pending), delivery: "sending", alert });
    void this.#try();
    this.#location.follow((spot) => this.#found(spot));
  }

  #isOnItsWay(drill: boolean): boolean {
    const delivery = this.#own?.delivery;
    if (delivery !== "sending" && delivery !== "retrying") return false;
    return (this.#pending?.draft.drill ?? false) === drill;
  }

  /** Once more, after a refusal or a long time: with what is known now. */
  retry(): void {
    if (!this.#pending || !this.#own) return;
    this.#tries = 0;
    this.#become({ ...this.#own, delivery: "sending", problem: undefined });
    void this.#try();
  }

  /** Takes one's alert back. Throws the refusal: 422 on `pin` if one is needed, 403 if it is wrong. */
  async cancel(cause: { reason?: string; pin?: string } = {}): Promise<void> {
    const own = this.#own;
    if (!own) return;
    if (!own.alert) {
      this.#forget();
      return;
    }
    try {
      this.#heard(await this.#client.alerts.cancel(own.alert.id, cause));
    } catch (error) {
      const alert = alertOfRefusal(error);
      if (alert) this.#heard(alert);
      throw error;
    }
  }

  /** Has been read: an alert that is over is not shown any more. */
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

  /** The network is back, or somebody looks: no wait is worth its while. */
  #hurry(): void {
    if (this.#timers.has("retry")) void this.#try();
    else if (this.#own?.alert && isOpen(this.#own.alert)) void this.#look();
  }

  async #try(): Promise<void> {
    const pending = this.#pending;
    if (!pending) return;
    this.#timers.clear("retry");
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#tries += 1;
    try {
      const alert = await this.#client.alerts.raise(pending.draft);
      // Whichever try got through: the server has it.
      if (this.#pending?.draft.id !== pending.draft.id) return this.#heard(alert);
      this.#timers.clear("retry");
      this.#pending = undefined;
      this.#pendingStore.clear();
      if (this.#spot === pending.draft.location) this.#spot = undefined;
      this.#become({ ...ownOf(pending), delivery: "sent", alert, drill: alert.drill });
      // One that comes right after the one that went along is too soon for a trail.
      if (pending.draft.location) this.#pausePlaces();
      else this.#sendPlace();
    } catch (error) {
      if (attempt === this.#attempt && this.#pending) this.#failed(pending, Problem.of(error));
    }
  }

  #failed(pending: PendingAlert, problem: Problem): void {
    const own = { ...ownOf(pending), alert: this.#own?.alert, problem };
    if (!mayHelp(problem)) {
      const { id, drill } = pending.draft;
      const bare = { draft: { id, ...(drill && { drill }) }, at: pending.at };
      // Something that came with it, perhaps: the call for help itself needs nothing of it.
      if (Object.keys(pending.draft).length > Object.keys(bare.draft).length && problem.status !== 403) {
        this.#pending = bare;
        this.#pendingStore.set(bare);
        void this.#try();
      } else {
        this.#become({ ...own, delivery: "refused" });
      }
      return;
    }
    this.#become({ ...own, delivery: "retrying" });
    const wait = WAITS_MS[Math.min(this.#tries, WAITS_MS.length) - 1] ?? LONGEST_WAIT_MS;
    const asked = Math.min(problem.retryAfterMs ?? 0, LONGEST_WAIT_MS);
    this.#timers.set("retry", Math.max(wait, asked), () => void this.#try());
  }

  /** Something is said of an alert of one's own: this one, or one that is open and was raised elsewhere. */
  #heard(alert: PanicAlert): void {
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

  /** How it stands now, should something have been missed. */
  async #look(): Promise<void> {
    try {
      const own = this.#own?.alert;
      if (own) this.#heard(await this.#client.alerts.get(own.id));
      else if (!this.#pending && !this.#hasAsked) await this.#ask();
    } catch {
      // The next look, or the own channel, tells.
    }
  }

  /** Once a page: one that is raised elsewhere from then on is told of, and nobody asks again whenever a connection is back. */
  async #ask(): Promise<void> {
    const { data } = await this.#client.alerts.mine();
    this.#hasAsked = true;
    const open = data.find(isOpen);
    if (open) this.#heard(open);
  }

  #found(spot: Spot): void {
    this.#spot = spot;
    if (this.#pending) {
      this.#pending = { ...this.#pending, draft: { ...this.#pending.draft, location: spot } };
      this.#pendingStore.set(this.#pending);
    } else if (!this.#timers.has("place")) {
      this.#sendPlace();
    }
  }

  /** The newest place, unless one was sent a moment ago: then after that moment. */
  #sendPlace(): void {
    const { alert } = this.#own ?? {};
    const spot = this.#spot;
    if (!alert || !isOpen(alert) || !spot) return;
    this.#spot = undefined;
    this.#pausePlaces();
    this.#client.alerts.sendLocation(alert.id, spot).catch(() => {
      // The newest place counts: unless there is another by then, this one goes again.
      this.#spot ??= spot;
    });
  }

  #pausePlaces(): void {
    this.#timers.set("place", PLACE_EVERY_MS, () => this.#sendPlace());
  }

  #become(own: OwnAlert | undefined): void {
    this.#own = own;
    const isUnderWay = own?.alert !== undefined && isOpen(own.alert);
    if (isUnderWay && this.#isRunning) {
      if (!this.#timers.has("look")) this.#lookLater();
      this.#location.follow((spot) => this.#found(spot));
    } else {
      this.#timers.clear("look");
      if (!this.#pending) {
        this.#timers.clear("place");
        this.#spot = undefined;
        this.#location.stop();
      }
    }
    for (const listener of this.#listeners) listener();
  }

  #lookLater(): void {
    this.#timers.set("look", LOOK_EVERY_MS, () => {
      void this.#look();
      this.#lookLater();
    });
  }
}

function ownOf(pending: PendingAlert): Omit<OwnAlert, "delivery"> {
  return { drill: pending.draft.drill ?? false, at: pending.at, alert: undefined, problem: undefined };
}

/** Whether trying again as it is can help. A token can be renewed, and who is signed out can sign in. */
function mayHelp(problem: Problem): boolean {
  return problem.isTemporary || [401, 408, 425].includes(problem.status);
}
