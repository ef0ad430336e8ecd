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
  /** Several are separated by commas; `open` and `closed` stand for theirs. */
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
/** Most pages of a timeline, a trail or a list of deliveries that are fetched. */
const MAX_PAGES = 10;
/** Time-out of one attempt to raise an alert, milliseconds. */
const RAISE_WITHIN_MS = 10_000;

/** Panic alerts over HTTP. Every refusal is a thrown `Problem`. */
export class AlertApi {
  constructor(readonly api: Api) {}

  /** Raises an alert, or joins the user's own open one. The request continues after the page is closed. */
  async raise(draft: AlertDraft): Promise<PanicAlert> {
    const abort = new AbortController();
    const call = { method: "POST", body: draft, keepalive: true, signal: abort.signal } as const;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // The application's token source may never answer, so the time-out covers it too.
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(Problem.unreachable()), RAISE_WITHIN_MS);
    });
    try {
      return await Promise.race([this.api.json<PanicAlert>(ALERTS, call), late]);
    } catch (error) {
      abort.abort();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  acknowledge(id: string): Promise<PanicAlert> {
    return this.#act(id, "acknowledge");
  }

  /** Acknowledges the alert and says that the guard is on the way. */
  respond(id: string): Promise<PanicAlert> {
    return this.#act(id, "respond");
  }

  resolve(id: string, cause: AlertCause = {}): Promise<PanicAlert> {
    return this.#act(id, "resolve", cause);
  }

  falseAlarm(id: string, cause: AlertCause & { reason: string }): Promise<PanicAlert> {
    return this.#act(id, "false-alarm", cause);
  }

  /** Cancels the user's own alert; 422 on `pin` if a PIN is needed. */
  cancel(id: string, cause: AlertCancellation = {}): Promise<PanicAlert> {
    return this.#act(id, "cancel", cause);
  }

  sendLocation(id: string, spot: Spot): Promise<unknown> {
    return this.api.json(`${alertPath(id)}/location`, { method: "POST", body: spot, keepalive: true });
  }

  /** For clients whose connection takes no receipts. */
  receipt(id: string, state: ReceiptState): Promise<unknown> {
    return this.api.json(`${alertPath(id)}/receipts`, { method: "POST", body: { state } });
  }

  /** The ten newest open alerts, up to 30 s old: for clients without a connection. */
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

  /** Whether the user has PINs. The server never shows them. */
  pins(): Promise<AlertPinsState> {
    return this.api.json(PINS);
  }

  setPins(pins: AlertPins): Promise<unknown> {
    return this.api.json(PINS, { method: "PUT", body: pins });
  }

  removePins(currentPin: string): Promise<unknown> {
    return this.api.json(PINS, { method: "DELETE", body: { current_pin: currentPin } });
  }

  /** The public key that push subscriptions are made with, base64url. */
  async pushKey(): Promise<string> {
    const { key } = await this.api.json<PushKey>(`${PUSH}/key`);
    return key;
  }

  /** Subscribes this device to pages, or renews its subscription. */
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

/** The alert's current state, if it is the reason of a refusal: another guard was first, or it is closed. */
export function alertOfRefusal(error: unknown): PanicAlert | undefined {
  if (!(error instanceof Problem) || error.status !== 409) return undefined;
  const alert = error.members["alert"];
  return typeof alert === "object" && alert !== null ? (alert as PanicAlert) : undefined;
}
