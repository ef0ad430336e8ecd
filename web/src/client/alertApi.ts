import type { Api } from "./api";
import { Problem } from "./problem";
import type {
  AlertCancellation,
  AlertCause,
  AlertDelivery,
  AlertDraft,
  AlertPins,
  AlertPinsState,
  AlertStatus,
  Page,
  PagedDevice,
  PanicAlert,
  PushKey,
  ReceiptState,
  Sighting,
  Spot,
  TimelineEntry,
} from "./protocol";

export interface AlertQuery {
  /** One status or several separated by commas; `open` and `closed` each stand for a group of statuses. */
  status?: AlertStatus | "open" | "closed" | undefined;
  user_id?: string | undefined;
  drill?: boolean | undefined;
  since?: string | undefined;
  until?: string | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}

const ALERTS = "/api/security/alerts";
const PUSH = "/api/security/push";
const PINS = "/api/me/alert-pins";
/** Maximum pages to fetch of a timeline, a trail or a list of deliveries. */
const MAX_PAGES = 10;
/** Time-out of one attempt to raise an alert. */
const RAISE_WITHIN_MS = 10_000;

/** HTTP API of panic alerts. Every method throws a `Problem` when the server refuses. */
export class AlertApi {
  constructor(readonly api: Api) {}

  /** Raises an alert, or returns the user's open one. The request continues if the page closes. */
  raise(draft: AlertDraft): Promise<PanicAlert> {
    return this.api.json(ALERTS, { method: "POST", body: draft, keepalive: true, withinMs: RAISE_WITHIN_MS });
  }

  acknowledge(id: string): Promise<PanicAlert> {
    return this.#act(id, "acknowledge");
  }

  /** Acknowledges the alert and marks the guard as on the way. */
  respond(id: string): Promise<PanicAlert> {
    return this.#act(id, "respond");
  }

  resolve(id: string, cause: AlertCause = {}): Promise<PanicAlert> {
    return this.#act(id, "resolve", cause);
  }

  falseAlarm(id: string, cause: AlertCause & { reason: string }): Promise<PanicAlert> {
    return this.#act(id, "false-alarm", cause);
  }

  /** Cancels the user's own alert. Throws 422 on `pin` if a PIN is required, 403 if it is wrong. */
  cancel(id: string, cause: AlertCancellation = {}): Promise<PanicAlert> {
    return this.#act(id, "cancel", cause);
  }

  sendLocation(id: string, spot: Spot): Promise<unknown> {
    return this.api.json(`${alertPath(id)}/location`, { method: "POST", body: spot, keepalive: true });
  }

  /** Sends a receipt over HTTP, for connections that cannot carry receipts. */
  receipt(id: string, state: ReceiptState): Promise<unknown> {
    return this.api.json(`${alertPath(id)}/receipts`, { method: "POST", body: { state } });
  }

  /** The ten newest open alerts, for clients without a socket. The server caches the answer for 30 s. */
  async active(): Promise<PanicAlert[]> {
    const { data } = await this.api.json<Pick<Page<PanicAlert>, "data">>(`${ALERTS}/active`);
    return data;
  }

  list({ drill, ...query }: AlertQuery = {}): Promise<Page<PanicAlert>> {
    return this.api.json(ALERTS, { query: { ...query, drill: drill === undefined ? undefined : String(drill) } });
  }

  get(id: string): Promise<PanicAlert> {
    return this.api.json(alertPath(id));
  }

  timeline(id: string): Promise<TimelineEntry[]> {
    return this.#all(`${alertPath(id)}/timeline`);
  }

  trail(id: string): Promise<Sighting[]> {
    return this.#all(`${alertPath(id)}/trail`);
  }

  deliveries(id: string): Promise<AlertDelivery[]> {
    return this.#all(`${alertPath(id)}/deliveries`);
  }

  /** The user's own alerts, newest first. */
  mine(cursor?: string): Promise<Page<PanicAlert>> {
    return this.api.json("/api/me/alerts", { query: { cursor } });
  }

  /** Whether the user has PINs. The PINs themselves are never returned. */
  pins(): Promise<AlertPinsState> {
    return this.api.json(PINS);
  }

  setPins(pins: AlertPins): Promise<unknown> {
    return this.api.json(PINS, { method: "PUT", body: pins });
  }

  removePins(currentPin: string): Promise<unknown> {
    return this.api.json(PINS, { method: "DELETE", body: { current_pin: currentPin } });
  }

  /** The VAPID public key for push subscriptions, base64url. */
  async pushKey(): Promise<string> {
    const { key } = await this.api.json<PushKey>(`${PUSH}/key`);
    return key;
  }

  /** Registers this device for pages, or renews its registration. */
  subscribeToPush(subscription: PushSubscriptionJSON, group?: string): Promise<PagedDevice> {
    const { endpoint, keys } = subscription;
    return this.api.json(`${PUSH}/subscriptions`, { method: "POST", body: { endpoint, keys, group } });
  }

  async pushDevices(): Promise<PagedDevice[]> {
    const { data } = await this.api.json<Page<PagedDevice>>(`${PUSH}/subscriptions`);
    return data;
  }

  unsubscribeFromPush(endpoint: string): Promise<unknown> {
    return this.api.json(`${PUSH}/subscriptions`, { method: "DELETE", body: { endpoint } });
  }

  #act(id: string, act: string, body: object = {}): Promise<PanicAlert> {
    return this.api.json(`${alertPath(id)}/${act}`, { method: "POST", body });
  }

  async #all<T>(path: string): Promise<T[]> {
    const all: T[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { data, next_cursor } = await this.api.json<Page<T>>(path, { query: { cursor } });
      all.push(...data);
      if (!next_cursor) break;
      cursor = next_cursor;
    }
    return all;
  }
}

function alertPath(id: string): string {
  return `${ALERTS}/${encodeURIComponent(id)}`;
}

/** The current alert in a 409: another guard acted first, or the alert is closed. */
export function alertOfRefusal(error: unknown): PanicAlert | undefined {
  if (!(error instanceof Problem) || error.status !== 409) return undefined;
  const alert = error.members["alert"];
  return typeof alert === "object" && alert !== null ? (alert as PanicAlert) : undefined;
}
