import type { AlertApi } from "../../client";
import { deviceStorage } from "../deviceStorage";

const WORKER = "/alerts-worker.js";
const WANTED = "campana.alerts.push";
const GROUP = "guards";
/** A worker that is not installed by then has failed. */
const INSTALLED_WITHIN_MS = 10_000;

export type PushState = "unavailable" | "blocked" | "off" | "on";

/** The browser features in use. */
export interface PushPlace {
  worker: Pick<ServiceWorkerContainer, "register" | "getRegistration"> | undefined;
  hasPush: boolean;
  permission: () => NotificationPermission;
  ask: () => Promise<NotificationPermission>;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

/** Absent over plain HTTP and in frames without an origin, where the property itself may throw. */
export function workers(): ServiceWorkerContainer | undefined {
  try {
    return navigator.serviceWorker;
  } catch {
    return undefined;
  }
}

export function browserPushPlace(): PushPlace {
  return {
    worker: workers(),
    hasPush: typeof PushManager !== "undefined" && typeof Notification !== "undefined",
    permission: () => Notification.permission,
    ask: () => Notification.requestPermission(),
    storage: deviceStorage,
  };
}

/** Push subscription of this device (W3C Push API). The server decides which pages it gets. */
export class DevicePush {
  constructor(
    readonly alerts: AlertApi,
    readonly place: PushPlace = browserPushPlace(),
  ) {}

  /** Call on page load: renews a wanted subscription, and removes it if the permission was revoked. */
  async renew(): Promise<PushState> {
    const { worker, hasPush, permission, storage } = this.place;
    if (!worker || !hasPush) return "unavailable";
    const isWanted = storage.getItem(WANTED) !== null;
    if (permission() === "granted" && isWanted) return this.turnOn();
    if (isWanted) await this.turnOff();
    return permission() === "denied" ? "blocked" : "off";
  }

  /** The current user must not be paged: removes the subscription. */
  async retire(): Promise<void> {
    if (this.place.storage.getItem(WANTED) !== null) await this.turnOff();
  }

  /** Subscribes, and asks for permission if needed. */
  async turnOn(): Promise<PushState> {
    const { worker, hasPush, permission, ask, storage } = this.place;
    if (!worker || !hasPush) return "unavailable";
    const granted = permission() === "default" ? await ask() : permission();
    if (granted !== "granted") return granted === "denied" ? "blocked" : "off";
    const registration = await installed(await worker.register(WORKER));
    const key = await this.alerts.pushKey();
    const subscription = await subscribe(registration.pushManager, key);
    await this.alerts.subscribeToPush(subscription.toJSON(), GROUP);
    storage.setItem(WANTED, "1");
    return "on";
  }

  async turnOff(): Promise<PushState> {
    this.place.storage.removeItem(WANTED);
    const registration = await this.place.worker?.getRegistration(WORKER);
    const subscription = await registration?.pushManager.getSubscription();
    if (subscription) {
      const { endpoint } = subscription;
      await subscription.unsubscribe();
      // If this fails, the push service reports the device as gone on the next page.
      await this.alerts.unsubscribeFromPush(endpoint).catch(() => {});
    }
    return "off";
  }
}

/** The existing subscription, unless the server's key has changed. */
export async function subscribe(manager: PushManager, key: string): Promise<PushSubscription> {
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const known = await manager.getSubscription();
  const own = known?.options.applicationServerKey;
  if (known && own && base64url(own) === key) return known;
  await known?.unsubscribe();
  return manager.subscribe(options);
}

/** Browsers refuse a subscription of a worker that is not active yet. */
export async function installed(registration: ServiceWorkerRegistration): Promise<ServiceWorkerRegistration> {
  if (registration.active) return registration;
  const worker = registration.installing ?? registration.waiting;
  await new Promise<void>((resolve, reject) => {
    setTimeout(() => reject(new Error("not installed")), INSTALLED_WITHIN_MS);
    worker?.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("not installed"));
    });
  });
  return registration;
}

function base64url(bytes: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
