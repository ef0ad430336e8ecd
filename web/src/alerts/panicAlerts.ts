import {
  type AlertCause,
  alertOfRefusal,
  type CampanaClient,
  isFinal,
  isOpen,
  type LinkState,
  type PanicAlert,
  Problem,
  type ReceiptState,
} from "../client";
import { AlertStore } from "./alertStore";
import type { EchoLike } from "./echo";
import { EchoSource } from "./echoSource";
import { type AlertSink, type AlertSource, NativeSource } from "./source";

export interface PanicAlertsOptions {
  client: CampanaClient;
  /** Campana's own socket, or an application's Echo: the instance, or how to get it. */
  source?: "native" | EchoLike | (() => EchoLike);
}

/** Immutable state; every change creates a new object. */
export interface AlertsSnapshot {
  /** Open ones, newest first. */
  activeAlerts: PanicAlert[];
  /** Alerts that were closed since the page loaded, newest first. */
  closedAlerts: PanicAlert[];
  isConnected: boolean;
  state: LinkState;
  /** Whether `activeAlerts` has all open alerts. */
  isComplete: boolean;
}

/** Polling interval without a connection: the server caches the answer for this long. */
const FALLBACK_EVERY_MS = 30_000;
/** Maximum concurrent requests for single alerts. */
const MAX_CHECKS = 4;
const CHECK_AGAIN_AFTER_MS = 5_000;
/** Number of alerts whose receipts are remembered. Sending one twice is harmless. */
const MAX_RECEIPTS_REMEMBERED = 1_000;

/**
 * Live list of a tenant's alerts, for guards. Independent of frameworks: `subscribe` and `snapshot` fit React's
 * `useSyncExternalStore` and Vue's `shallowRef`. All components share one connection, which the first `init` opens and the
 * last `cleanup` closes.
 */
export class PanicAlerts implements AlertSink {
  readonly #client: CampanaClient;
  readonly #makeSource: () => AlertSource;
  readonly #store = new AlertStore();
  readonly #listeners = new Set<() => void>();
  readonly #receipts = new Map<string, ReceiptState>();
  /** Receipts that are not sent yet. */
  readonly #unsentReceipts: Record<ReceiptState, Set<string>> = { delivered: new Set(), seen: new Set() };
  readonly #unconfirmed = new Set<string>();
  #source: AlertSource | undefined;
  #users = 0;
  #checks = 0;
  #state: LinkState = "idle";
  #isComplete = false;
  #isNotifying = false;
  #timers: { fallback?: ReturnType<typeof setTimeout>; check?: ReturnType<typeof setTimeout> } = {};
  #snapshot: AlertsSnapshot = {
    activeAlerts: [],
    closedAlerts: [],
    isConnected: false,
    state: "idle",
    isComplete: false,
  };

  constructor({ client, source = "native" }: PanicAlertsOptions) {
    this.#client = client;
    this.#makeSource = () => {
      if (source === "native") return new NativeSource(client);
      return new EchoSource(typeof source === "function" ? source() : source, client.alerts);
    };
  }

  get activeAlerts(): PanicAlert[] {
    return this.#snapshot.activeAlerts;
  }

  get isConnected(): boolean {
    return this.#snapshot.isConnected;
  }

  /** Connects and fetches the active alerts; resolves when that request succeeds or fails. */
  readonly init = async (): Promise<void> => {
    this.#users += 1;
    if (this.#users > 1) return;
    this.#source ??= this.#makeSource();
    this.#source.start(this);
    await this.#fallBack();
  };

  /** Disconnects after the last caller of `init` has called it. */
  readonly cleanup = (): void => {
    if (this.#users === 0) return;
    this.#users -= 1;
    if (this.#users > 0) return;
    clearTimeout(this.#timers.fallback);
    clearTimeout(this.#timers.check);
    this.#timers = {};
    this.#source?.stop();
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): AlertsSnapshot => this.#snapshot;

  get(id: string): PanicAlert | undefined {
    return this.#store.get(id);
  }

  /** Stores an alert from an HTTP response. */
  readonly keep = (alert: PanicAlert): void => {
    if (this.#store.apply(alert)) this.#changed();
  };

  /** Fetches and stores one alert, for example a closed one that is not in the list. */
  async load(id: string): Promise<PanicAlert> {
    const alert = await this.#client.alerts.get(id);
    this.keep(alert);
    return this.#store.get(id) ?? alert;
  }

  readonly acknowledge = (id: string) => this.#act(this.#client.alerts.acknowledge(id));
  readonly respond = (id: string) => this.#act(this.#client.alerts.respond(id));
  readonly resolve = (id: string, cause?: AlertCause) => this.#act(this.#client.alerts.resolve(id, cause));
  readonly falseAlarm = (id: string, cause: AlertCause & { reason: string }) =>
    this.#act(this.#client.alerts.falseAlarm(id, cause));

  /** The user has seen these alerts: sends receipts. */
  readonly seen = (ids: string[]): void => this.#queueReceipts(ids, "seen");

  onState(state: LinkState): void {
    this.#state = state;
    if (state === "live") {
      this.#sendReceipts();
    } else {
      this.#isComplete = false;
      this.#scheduleFallback();
      // Without the permission the user must not see cached alerts either.
      if (state === "forbidden" || state === "signed-out") this.#store.clear();
    }
    this.#changed();
  }

  onAlert(alert: PanicAlert, seq?: number): void {
    this.#unconfirmed.delete(alert.id);
    if (isOpen(alert)) this.#queueReceipts([alert.id], "delivered");
    if (this.#store.apply(alert, seq)) this.#changed();
  }

  onAllOpen(ids: Set<string>): void {
    this.#isComplete = true;
    for (const { id } of this.#store.open()) if (!ids.has(id)) this.#unconfirmed.add(id);
    this.#check();
    this.#changed();
  }

  onRenumbered(): void {
    this.#store.renumber();
  }

  /** Throws the refusal. After a 409 it stores the current alert, which names the guard who was first. */
  async #act(answer: Promise<PanicAlert>): Promise<PanicAlert> {
    try {
      const alert = await answer;
      this.keep(alert);
      return alert;
    } catch (error) {
      const alert = alertOfRefusal(error);
      if (alert) this.keep(alert);
      throw error;
    }
  }

  /** Fetches alerts missing from the server's list of open ones, at most `MAX_CHECKS` at a time. */
  #check(): void {
    for (const id of this.#unconfirmed) {
      if (this.#checks >= MAX_CHECKS) return;
      this.#unconfirmed.delete(id);
      void this.#checkOne(id);
    }
  }

  async #checkOne(id: string): Promise<void> {
    this.#checks += 1;
    try {
      await this.load(id);
    } catch (error) {
      if (Problem.of(error).isTemporary) return this.#checkLater(id);
      this.#remove(id);
    } finally {
      this.#checks -= 1;
    }
    this.#check();
  }

  #checkLater(id: string): void {
    this.#unconfirmed.add(id);
    clearTimeout(this.#timers.check);
    if (this.#users > 0) this.#timers.check = setTimeout(() => this.#check(), CHECK_AGAIN_AFTER_MS);
  }

  #remove(id: string): void {
    if (this.#store.remove(id)) this.#changed();
  }

  /** A flapping connection does not restart the timer. */
  #scheduleFallback(): void {
    if (this.#users === 0 || isFinal(this.#state) || this.#timers.fallback !== undefined) return;
    this.#timers.fallback = setTimeout(() => {
      delete this.#timers.fallback;
      if (this.#state === "live") return;
      this.#scheduleFallback();
      void this.#fallBack();
    }, FALLBACK_EVERY_MS);
  }

  /** Ignores the answer once the list is complete: it can be 30 s old and name closed alerts as open. */
  async #fallBack(): Promise<void> {
    try {
      const alerts = await this.#client.alerts.active();
      if (this.#isComplete) return;
      for (const alert of alerts) {
        this.#queueReceipts([alert.id], "delivered");
        this.keep(alert);
      }
    } catch {
      // The connection or the next poll delivers them.
    }
  }

  #queueReceipts(ids: string[], state: ReceiptState): void {
    for (const id of ids) {
      const given = this.#receipts.get(id);
      if (given === "seen" || given === state) continue;
      this.#receipts.delete(id);
      this.#receipts.set(id, state);
      if (state === "seen") this.#unsentReceipts.delivered.delete(id);
      this.#unsentReceipts[state].add(id);
    }
    forgetOldest(this.#receipts);
    if (this.#state === "live") queueMicrotask(() => this.#sendReceipts());
  }

  #sendReceipts(): void {
    for (const state of ["delivered", "seen"] as const) {
      const unsent = this.#unsentReceipts[state];
      if (unsent.size === 0) continue;
      for (const id of this.#source?.receipt([...unsent], state) ?? []) unsent.delete(id);
    }
  }

  /** Notifies listeners once per microtask, because a frame can carry many events. */
  #changed(): void {
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    queueMicrotask(() => {
      this.#isNotifying = false;
      this.#snapshot = {
        activeAlerts: this.#store.open(),
        closedAlerts: this.#store.closed(),
        isConnected: this.#state === "live",
        state: this.#state,
        isComplete: this.#isComplete,
      };
      for (const listener of this.#listeners) listener();
    });
  }
}

function forgetOldest(receipts: Map<string, ReceiptState>): void {
  for (const id of receipts.keys()) {
    if (receipts.size <= MAX_RECEIPTS_REMEMBERED) return;
    receipts.delete(id);
  }
}
