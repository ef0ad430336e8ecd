import type { AlertApi, LinkState, PanicAlert, ReceiptState } from "../client";
import type { EchoChannel, EchoLike } from "./echo";
import type { AlertSink, AlertSource } from "./source";

export const ALERT_CHANNEL = "security-dashboard";
const TRIGGERED = ".panic-alert.triggered";
const UPDATED = ".panic-alert.updated";
const PAGE = 100;
/** Maximum pages of open alerts to fetch. */
const MAX_PAGES = 20;
const RELOAD_AFTER_MS = 3_000;

const STATES: Record<string, LinkState> = {
  initialized: "connecting",
  connecting: "connecting",
  connected: "live",
  unavailable: "reconnecting",
  failed: "offline",
  disconnected: "idle",
};

/**
 * Alerts over an application's own Echo. A Pusher channel has no replay, so the open alerts are fetched after every
 * subscription; receipts go by HTTP. The channel stays subscribed: other code of the page may listen to it.
 */
export class EchoSource implements AlertSource {
  #channel: EchoChannel | undefined;
  #sink: AlertSink | undefined;
  #state: LinkState = "connecting";
  #isRefused = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loads = 0;

  constructor(
    readonly echo: EchoLike,
    readonly alerts: AlertApi,
  ) {}

  start(sink: AlertSink): void {
    this.#sink = sink;
    const channel = this.#channel ?? this.#join();
    channel.listen(TRIGGERED, this.#apply);
    channel.listen(UPDATED, this.#apply);
    if (channel.subscription?.subscribed) void this.#load();
    this.#reportState();
  }

  stop(): void {
    this.#sink?.onState("idle");
    this.#sink = undefined;
    this.#loads += 1;
    clearTimeout(this.#timer);
    this.#channel?.stopListening(TRIGGERED, this.#apply);
    this.#channel?.stopListening(UPDATED, this.#apply);
  }

  receipt(ids: string[], state: ReceiptState): string[] {
    for (const id of ids) {
      this.alerts.receipt(id, state).catch(() => {
        // A lost receipt has no effect beyond the delivery list.
      });
    }
    return ids;
  }

  readonly #apply = (alert: PanicAlert): void =>
    this.#sink?.onAlert({ ...alert, id: String(alert.id ?? alert.alert_id) });

  #join(): EchoChannel {
    const channel = this.echo.private(ALERT_CHANNEL);
    this.#channel = channel;
    const connection = this.echo.connector.pusher?.connection;
    this.#state = STATES[connection?.state ?? "connecting"] ?? "connecting";
    connection?.bind("state_change", ({ current }) => {
      this.#state = STATES[current] ?? "connecting";
      this.#isRefused = false;
      this.#reportState();
    });
    channel.subscribed(() => {
      this.#state = "live";
      this.#isRefused = false;
      this.#reportState();
      void this.#load();
    });
    channel.error(() => {
      this.#isRefused = true;
      this.#reportState();
    });
    return channel;
  }

  /** Reports the state. A connection that is not subscribed to the channel does not count as live. */
  #reportState(): void {
    if (this.#isRefused) return this.#sink?.onState("forbidden");
    const isUnsubscribed = this.#state === "live" && this.#channel?.subscription?.subscribed === false;
    this.#sink?.onState(isUnsubscribed ? "connecting" : this.#state);
  }

  /** Fetches all open alerts, and retries until it succeeds. */
  async #load(): Promise<void> {
    clearTimeout(this.#timer);
    this.#loads += 1;
    const load = this.#loads;
    try {
      const openIds = new Set<string>();
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { data, next_cursor } = await this.alerts.list({ status: "open", limit: PAGE, cursor });
        if (load !== this.#loads) return;
        for (const alert of data) {
          openIds.add(alert.id);
          this.#sink?.onAlert(alert);
        }
        cursor = next_cursor ?? undefined;
        if (cursor === undefined) return this.#sink?.onAllOpen(openIds);
      }
    } catch {
      if (load === this.#loads) this.#timer = setTimeout(() => void this.#load(), RELOAD_AFTER_MS);
    }
  }
}
