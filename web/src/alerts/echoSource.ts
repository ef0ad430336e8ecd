import type { AlertApi, LinkState, PanicAlert, ReceiptState } from "../client";
import type { EchoChannel, EchoLike } from "./echo";
import type { AlertSink, AlertSource } from "./source";

export const ALERT_CHANNEL = "security-dashboard";
const TRIGGERED = ".panic-alert.triggered";
const UPDATED = ".panic-alert.updated";
const PAGE = 100;
/** Pages of open alerts that are fetched at most. */
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
 * Over an application's own Echo. A channel says nothing of what was before, so the open alerts are fetched whenever it has been
 * joined anew; receipts go by HTTP. The channel is never left: others of the page may listen to it.
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
    channel.listen(TRIGGERED, this.#heard);
    channel.listen(UPDATED, this.#heard);
    if (channel.subscription?.subscribed) void this.#load();
    this.#tell();
  }

  stop(): void {
    this.#sink?.onState("idle");
    this.#sink = undefined;
    this.#loads += 1;
    clearTimeout(this.#timer);
    this.#channel?.stopListening(TRIGGERED, this.#heard);
    this.#channel?.stopListening(UPDATED, this.#heard);
  }

  receipt(ids: string[], state: ReceiptState): string[] {
    for (const id of ids) {
      this.alerts.receipt(id, state).catch(() => {
        // A receipt that is lost is one that was never given: nobody acts upon it.
      });
    }
    return ids;
  }

  readonly #heard = (alert: PanicAlert): void =>
    this.#sink?.onAlert({ ...alert, id: String(alert.id ?? alert.alert_id) });

  #join(): EchoChannel {
    const channel = this.echo.private(ALERT_CHANNEL);
    this.#channel = channel;
    const connection = this.echo.connector.pusher?.connection;
    this.#state = STATES[connection?.state ?? "connecting"] ?? "connecting";
    connection?.bind("state_change", ({ current }) => {
      this.#state = STATES[current] ?? "connecting";
      this.#isRefused = false;
      this.#tell();
    });
    channel.subscribed(() => {
      this.#state = "live";
      this.#isRefused = false;
      this.#tell();
      void this.#load();
    });
    channel.error(() => {
      this.#isRefused = true;
      this.#tell();
    });
    return channel;
  }

  /** A connection without the channel hears of no alert. */
  #tell(): void {
    if (this.#isRefused) return this.#sink?.onState("forbidden");
    const isDeaf = this.#state === "live" && this.#channel?.subscription?.subscribed === false;
    this.#sink?.onState(isDeaf ? "connecting" : this.#state);
  }

  /** The open alerts as they stand, again and again until they came. */
  async #load(): Promise<void> {
    clearTimeout(this.#timer);
    this.#loads += 1;
    const load = this.#loads;
    try {
      const named = new Set<string>();
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { data, next_cursor } = await this.alerts.list({ status: "open", limit: PAGE, cursor });
        if (load !== this.#loads) return;
        for (const alert of data) {
          named.add(alert.id);
          this.#sink?.onAlert(alert);
        }
        cursor = next_cursor ?? undefined;
        if (cursor === undefined) return this.#sink?.onAllOpen(named);
      }
    } catch {
      if (load === this.#loads) this.#timer = setTimeout(() => void this.#load(), RELOAD_AFTER_MS);
    }
  }
}
