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

/** What is known at one moment; a new object whenever anything changes. */
export interface AlertsSnapshot {
  /** Open ones, newest first. */
  activeAlerts: PanicAlert[];
  /** Those that ended while this page was there, newest first. */
  closedAlerts: PanicAlert[];
  isConnected: boolean;
  state: LinkState;
  /** Whether all open ones are here; before, there can be more. */
  isComplete: boolean;
}

/** How long the server keeps the answer that stands in for a connection: asking sooner tells nothing new. */
const FALLBACK_EVERY_MS = 30_000;
/** Alerts that are asked for one by one at the same time at most. */
const MAX_CHECKS = 4;
const CHECK_AGAIN_AFTER_MS = 5_000;
/** Alerts of which it is remembered what receipts were given; giving one twice does no harm. */
const MAX_RECEIPTS_REMEMBERED = 1_000;

/**
 * The alerts of a tenant, live, for those who attend to them. Knows of no framework: `subscribe` and `snapshot` fit React's
 * `useSyncExternalStore`, Vue's `shallowRef` and anything like them. Any number of components share one connection: it is opened
 * by the first `init` and closed by the last `cleanup`.
 */
export class PanicAlerts implements AlertSink {
  readonly #client: CampanaClient;
  readonly #makeSource: () => AlertSource;
  readonly #store = new AlertStore();
  readonly #listeners = new Set<() => void>();
  readonly #receipts = new Map<string, ReceiptState>();
  /** Receipts that no connection has taken yet. */
  readonly #owed: Record<ReceiptState, Set<string>> = { delivered: new Set(), seen: new Set() };
  readonly #doubtful = new Set<string>();
  #source: AlertSource | undefined;
  #users = 0;
  #checks = 0;
  #state: LinkState = "idle";
  #isComplete = false;
  #isTelling = false;
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

  /** Fetches the active alerts and connects; resolves when the former came, or will not. */
  readonly init = async (): Promise<void> => {
    this.#users += 1;
    if (this.#users > 1) return;
    this.#source ??= this.#makeSource();
    this.#source.start(this);
    await this.#fallBack();
  };

  /** Disconnects when nobody else is left who called `init`. */
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

  /** Takes an alert as it came in an answer. */
  readonly keep = (alert: PanicAlert): void => {
    if (this.#store.apply(alert)) this.#changed();
  };

  /** Fetches one, and keeps it: one that is over and was never told of here. */
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

  /** Somebody had these before their eyes. */
  readonly seen = (ids: string[]): void => this.#owe(ids, "seen");

  onState(state: LinkState): void {
    this.#state = state;
    if (state === "live") {
      this.#payReceipts();
    } else {
      this.#isComplete = false;
      this.#scheduleFallback();
      // Who attends to alerts no more sees none, not even old ones.
      if (state === "forbidden" || state === "signed-out") this.#store.clear();
    }
    this.#changed();
  }

  onAlert(alert: PanicAlert, seq?: number): void {
    this.#doubtful.delete(alert.id);
    if (isOpen(alert)) this.#owe([alert.id], "delivered");
    if (this.#store.apply(alert, seq)) this.#changed();
  }

  onAllOpen(ids: Set<string>): void {
    this.#isComplete = true;
    for (const { id } of this.#store.open()) if (!ids.has(id)) this.#doubtful.add(id);
    this.#check();
    this.#changed();
  }

  onRenumbered(): void {
    this.#store.renumber();
  }

  /** Throws the refusal. Who lost a race sees who won it. */
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

  /** Alerts that should be over: how they ended is asked for, a few at a time. */
  #check(): void {
    for (const id of this.#doubtful) {
      if (this.#checks >= MAX_CHECKS) return;
      this.#doubtful.delete(id);
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
    this.#doubtful.add(id);
    clearTimeout(this.#timers.check);
    if (this.#users > 0) this.#timers.check = setTimeout(() => this.#check(), CHECK_AGAIN_AFTER_MS);
  }

  #remove(id: string): void {
    if (this.#store.remove(id)) this.#changed();
  }

  /** Not put off by a connection that comes and goes. */
  #scheduleFallback(): void {
    if (this.#users === 0 || isFinal(this.#state) || this.#timers.fallback !== undefined) return;
    this.#timers.fallback = setTimeout(() => {
      delete this.#timers.fallback;
      if (this.#state === "live") return;
      this.#scheduleFallback();
      void this.#fallBack();
    }, FALLBACK_EVERY_MS);
  }

  /** The answer can be half a minute old: once everything is known it tells nothing, and least of all that something is open. */
  async #fallBack(): Promise<void> {
    try {
      const alerts = await this.#client.alerts.active();
      if (this.#isComplete) return;
      for (const alert of alerts) {
        this.#owe([alert.id], "delivered");
        this.keep(alert);
      }
    } catch {
      // The connection brings them, or the next try does.
    }
  }

  #owe(ids: string[], state: ReceiptState): void {
    for (const id of ids) {
      const given = this.#receipts.get(id);
      if (given === "seen" || given === state) continue;
      this.#receipts.delete(id);
      this.#receipts.set(id, state);
      if (state === "seen") this.#owed.delivered.delete(id);
      this.#owed[state].add(id);
    }
    forgetOldest(this.#receipts);
    if (this.#state === "live") queueMicrotask(() => this.#payReceipts());
  }

  #payReceipts(): void {
    for (const state of ["delivered", "seen"] as const) {
      const owed = this.#owed[state];
      if (owed.size === 0) continue;
      for (const id of this.#source?.receipt([...owed], state) ?? []) owed.delete(id);
    }
  }

  /** A frame can hold many events: whoever listens hears of them together. */
  #changed(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
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
