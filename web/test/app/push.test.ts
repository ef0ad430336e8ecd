import { beforeEach, describe, expect, it, vi } from "vitest";
import { DevicePush, type PushPlace } from "../../src/app/security/push";
import type { AlertApi } from "../../src/client";

const KEY = "BAcdef-_"; // Any eight characters of base64url are six bytes.

/** A fake browser with Web Push. */
class FakeDevice {
  permission: NotificationPermission = "default";
  answer: NotificationPermission = "granted";
  key = KEY;
  asked = 0;
  made = 0;
  subscription: object | null = null;
  /** Of the service worker, if it is not active. */
  state = {};
  readonly kept = new Map<string, string>();
  readonly subscribed: unknown[] = [];
  readonly unsubscribed: string[] = [];

  readonly manager = {
    getSubscription: async () => this.subscription,
    subscribe: async ({ applicationServerKey }: { applicationServerKey: string }) => {
      this.made += 1;
      const endpoint = `https://push.test/${this.made}`;
      this.subscription = {
        endpoint,
        options: {
          applicationServerKey: Uint8Array.from(
            atob(applicationServerKey.replaceAll("-", "+").replaceAll("_", "/")),
            (c) => c.charCodeAt(0),
          ).buffer,
        },
        toJSON: () => ({ endpoint, keys: { p256dh: "p", auth: "a" } }),
        unsubscribe: async () => {
          this.subscription = null;
          return true;
        },
      };
      return this.subscription;
    },
  };

  push(over: Partial<PushPlace> = {}): DevicePush {
    const registration = {
      active: {},
      pushManager: this.manager,
      ...this.state,
    } as unknown as ServiceWorkerRegistration;
    const alerts = {
      pushKey: async () => this.key,
      subscribeToPush: async (...call: unknown[]) => void this.subscribed.push(call),
      unsubscribeFromPush: async (endpoint: string) => void this.unsubscribed.push(endpoint),
    } as unknown as AlertApi;
    return new DevicePush(alerts, {
      worker: { register: async () => registration, getRegistration: async () => registration },
      hasPush: true,
      permission: () => this.permission,
      ask: async () => {
        this.asked += 1;
        this.permission = this.answer;
        return this.answer;
      },
      storage: {
        getItem: (key) => this.kept.get(key) ?? null,
        setItem: (key, value) => void this.kept.set(key, value),
        removeItem: (key) => void this.kept.delete(key),
      },
      ...over,
    });
  }
}

let device: FakeDevice;

beforeEach(() => {
  device = new FakeDevice();
});

describe("pages of a device", () => {
  it("are off until enabled, and then ask for permission", async () => {
    expect(await device.push().renew()).toBe("off");
    expect(device.asked).toBe(0);
    expect(await device.push().turnOn()).toBe("on");
    expect(device.asked).toBe(1);
    expect(device.subscribed).toEqual([
      [{ endpoint: "https://push.test/1", keys: { p256dh: "p", auth: "a" } }, "guards"],
    ]);
  });

  it("wait until the service worker is active", async () => {
    let changed = () => {};
    const worker = { state: "installing", addEventListener: (_: string, listener: () => void) => (changed = listener) };
    device.state = { active: null, installing: worker };
    const turned = device.push().turnOn();
    await new Promise((resolve) => setTimeout(resolve));
    expect(device.made).toBe(0);
    worker.state = "activated";
    changed();
    expect(await turned).toBe("on");
    expect(device.made).toBe(1);
  });

  it("do not start if the service worker cannot be installed", async () => {
    let changed = () => {};
    const worker = { state: "installing", addEventListener: (_: string, listener: () => void) => (changed = listener) };
    device.state = { active: null, installing: worker };
    const turned = device.push().turnOn();
    await new Promise((resolve) => setTimeout(resolve));
    worker.state = "redundant";
    changed();
    await expect(turned).rejects.toThrow("not installed");
    expect([device.made, device.kept.size]).toEqual([0, 0]);
  });

  it("are renewed on every page load, with the existing subscription", async () => {
    await device.push().turnOn();
    expect(await device.push().renew()).toBe("on");
    expect(device.subscribed).toHaveLength(2);
    expect(device.made).toBe(1);
  });

  it("are subscribed to anew when the server has another key", async () => {
    await device.push().turnOn();
    device.key = "BBBBBBBB";
    expect(await device.push().renew()).toBe("on");
    expect(device.made).toBe(2);
  });

  it("end when the permission is revoked, and do not start without it", async () => {
    await device.push().turnOn();
    device.permission = "denied";
    expect(await device.push().renew()).toBe("blocked");
    expect(device.unsubscribed).toEqual(["https://push.test/1"]);
    expect(device.subscription).toBeNull();
    expect(await device.push().turnOn()).toBe("blocked");
    device.permission = "default";
    device.answer = "default";
    expect(await device.push().turnOn(), "the question was waved away").toBe("off");
  });

  it("end when a user who is no guard signs in", async () => {
    await device.push().retire();
    expect(device.unsubscribed).toEqual([]);
    await device.push().turnOn();
    await device.push().retire();
    expect(device.unsubscribed).toEqual(["https://push.test/1"]);
    expect(await device.push().renew()).toBe("off");
  });

  it("stay off if the server did not register the device", async () => {
    const push = device.push();
    vi.spyOn(push.alerts, "subscribeToPush").mockRejectedValue(new Error("503"));
    await expect(push.turnOn()).rejects.toThrow();
    expect(device.kept.size).toBe(0);
  });

  it("are unavailable where the browser lacks support", async () => {
    expect(await device.push({ worker: undefined }).renew()).toBe("unavailable");
    expect(await device.push({ hasPush: false }).turnOn()).toBe("unavailable");
  });
});
