import type { Api } from "./api";
import type {
  Notification,
  NotificationCount,
  NotificationPreferences,
  NotificationPreferencesDraft,
  Page,
  PushDevice,
  PushKey,
} from "./protocol";

const NOTIFICATIONS = "/api/notifications";
const PREFERENCES = "/api/me/notification-preferences";
const PUSH = "/api/me/push";

/** HTTP API of the user's notifications. Every method throws a `Problem` when the server refuses. */
export class NotificationApi {
  constructor(readonly api: Api) {}

  /** Newest first. */
  list({
    isUnread = false,
    cursor,
  }: {
    isUnread?: boolean;
    cursor?: string | undefined;
  } = {}): Promise<Page<Notification>> {
    return this.api.json(NOTIFICATIONS, { query: { limit: 30, unread: isUnread ? "true" : undefined, cursor } });
  }

  /** The number of unread ones, up to 1,000. */
  async count(): Promise<number> {
    return (await this.api.json<NotificationCount>(`${NOTIFICATIONS}/count`)).unread;
  }

  read(id: string): Promise<unknown> {
    return this.api.json(`${NOTIFICATIONS}/${encodeURIComponent(id)}/read`, { method: "POST" });
  }

  /** Marks this one and all older ones as read. */
  readUpTo(id: string): Promise<unknown> {
    return this.api.json(`${NOTIFICATIONS}/read`, { method: "POST", body: { up_to: id } });
  }

  preferences(): Promise<NotificationPreferences> {
    return this.api.json(PREFERENCES);
  }

  /** Sets all of it: what is absent has its default. */
  setPreferences(preferences: NotificationPreferencesDraft): Promise<NotificationPreferences> {
    return this.api.json(PREFERENCES, { method: "PUT", body: preferences });
  }

  /** The VAPID public key for push subscriptions, base64url. */
  async pushKey(): Promise<string> {
    return (await this.api.json<PushKey>(`${PUSH}/key`)).key;
  }

  /** Has notifications pushed to this device, or renews that. */
  subscribeToPush({ endpoint, keys }: PushSubscriptionJSON): Promise<PushDevice> {
    return this.api.json(`${PUSH}/subscriptions`, { method: "POST", body: { endpoint, keys } });
  }

  unsubscribeFromPush(endpoint: string): Promise<unknown> {
    return this.api.json(`${PUSH}/subscriptions`, { method: "DELETE", body: { endpoint } });
  }

  /** Pushes a test message to the user's devices. Returns their number. */
  async testPush(): Promise<number> {
    return (await this.api.json<{ devices: number }>(`${PUSH}/test`, { method: "POST" })).devices;
  }
}
