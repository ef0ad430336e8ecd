import type { NotificationApi } from "../client";
import { browserPushPlace, installed, type PushPlace, type PushState, subscribe } from "./security/push";

const WORKER = "/notifications-worker.js";
/**
 * Of the worker. No page is below it: it only makes the subscription one of its own, beside that for pages of panic alerts, so that
 * neither ends with the other.
 */
const SCOPE = "/notifications/";
/** The user to whom this device's notifications are pushed. */
const OWNER = "campana.notifications.push";

/** What a shown notification is about. */
export interface ShownNotification {
  id?: string;
  conversation_id?: string | null;
}

/** Whether the notifications of a user are pushed to this device (W3C Push API). */
export class ChatPush {
  constructor(
    readonly api: Pick<NotificationApi, "pushKey" | "subscribeToPush" | "unsubscribeFromPush">,
    readonly userId: string,
    readonly place: PushPlace = browserPushPlace(),
  ) {}

  /** Call on page load: renews a wanted subscription, and removes it if the permission was revoked. Never asks. */
  async renew(): Promise<PushState> {
    const { worker, hasPush, permission } = this.place;
    if (!worker || !hasPush) return "unavailable";
    return inTurn(async () => {
      if (this.#isWanted() && permission() === "granted") return this.#subscribe(worker);
      if (this.#isWanted()) await this.#unsubscribe();
      return permission() === "denied" ? "blocked" : "off";
    });
  }

  /** Subscribes. Asks for the permission if needed, so call it for a user's click only. */
  async turnOn(): Promise<PushState> {
    const { worker, hasPush, permission, ask } = this.place;
    if (!worker || !hasPush) return "unavailable";
    const granted = permission() === "default" ? await ask() : permission();
    if (granted !== "granted") return granted === "denied" ? "blocked" : "off";
    return inTurn(() => this.#subscribe(worker));
  }

  turnOff(): Promise<PushState> {
    return inTurn(() => this.#unsubscribe());
  }

  /** The user signs out: ends it if it is theirs. */
  retire(): Promise<void> {
    return inTurn(async () => {
      if (this.#isWanted()) await this.#unsubscribe();
    });
  }

  /** Closes notifications that this device shows. */
  async close(isOver: (shown: ShownNotification) => boolean): Promise<void> {
    if (!this.#isWanted()) return;
    const shown = (await (await this.#registration())?.getNotifications()) ?? [];
    for (const each of shown) if (isOver(each.data ?? {})) each.close();
  }

  async #subscribe(worker: NonNullable<PushPlace["worker"]>): Promise<PushState> {
    const key = await this.api.pushKey();
    const registration = await installed(await worker.register(WORKER, { scope: SCOPE }));
    const subscription = await subscribe(registration.pushManager, key);
    await this.api.subscribeToPush(subscription.toJSON());
    this.place.storage.setItem(OWNER, this.userId);
    return "on";
  }

  async #unsubscribe(): Promise<PushState> {
    this.place.storage.removeItem(OWNER);
    const registration = await this.#registration();
    const subscription = await registration?.pushManager.getSubscription();
    if (!subscription) return "off";
    const { endpoint } = subscription;
    await subscription.unsubscribe();
    // If this fails, the push service reports the device as gone at the next notification.
    await this.api.unsubscribeFromPush(endpoint).catch(() => {});
    return "off";
  }

  #isWanted(): boolean {
    return this.place.storage.getItem(OWNER) === this.userId;
  }

  /** A look-up also finds a worker of a wider scope: that of the pages. */
  async #registration(): Promise<ServiceWorkerRegistration | undefined> {
    const registration = await this.place.worker?.getRegistration(SCOPE);
    return registration?.scope.endsWith(SCOPE) ? registration : undefined;
  }
}

let turn: Promise<unknown> = Promise.resolve();

/** Runs acts one after the other: a user can sign out while the subscription is being renewed. */
function inTurn<T>(act: () => Promise<T>): Promise<T> {
  const result = turn.then(act);
  turn = result.catch(() => {});
  return result;
}
