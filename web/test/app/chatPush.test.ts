import { beforeEach, describe, expect, it, vi } from "vitest";
import { ChatPush } from "../../src/app/chatPush";
import type { PushPlace } from "../../src/app/security/push";
import { isOver } from "../../src/app/useChatPush";
import type { NotificationApi } from "../../src/client";

const SCOPE = "https://edge.test/notifications/";

/** A fake browser with Web Push, on which guards can be paged too. */
class FakeDevice {
  permission: NotificationPermission = "default";
  answer: NotificationPermission = "granted";
  asked = 0;
  subscription: object | null = null;
  registered: unknown[][] = [];
  readonly kept = new Map<string, string>();
  readonly calls: string[] = [];
  shown: { data: object; close: () => void }[] = [];

  readonly manager = {
    getSubscription: async () => this.subscription,
    subscribe: async () => {
      const endpoint = "https://push.test/1";
      this.subscription = {
        endpoint,
        options: {},
        toJSON: () => ({ endpoint, keys: {} }),
        unsubscribe: async () => {
          this.subscription = null;
          return true;
        },
      };
      return this.subscription;
    },
  };
  registration: object | undefined = {
    scope: SCOPE,
    active: {},
    pushManager: this.manager,
    getNotifications: async () => this.shown,
  };

  of(user: string, over: Partial<PushPlace> = {}): ChatPush {
    const api = {
      pushKey: async () => "BAcdef-_",
      subscribeToPush: async () => void this.calls.push(`subscribe ${user}`),
      unsubscribeFromPush: async (endpoint: string) => void this.calls.push(`unsubscribe ${endpoint}`),
    } as unknown as NotificationApi;
    const worker = {
      register: async (...call: unknown[]) => {
        this.registered.push(call);
        return this.registration;
      },
      getRegistration: async () => this.registration,
    };
    return new ChatPush(api, user, {
      worker: worker as unknown as NonNullable<PushPlace["worker"]>,
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

describe("notifications of a device", () => {
  it("are off until the user turns them on, and only then the browser asks", async () => {
    expect(await device.of("7").renew()).toBe("off");
    expect([device.asked, device.registered]).toEqual([0, []]);
    expect(await device.of("7").turnOn()).toBe("on");
    expect([device.asked, device.calls]).toEqual([1, ["subscribe 7"]]);
    expect(device.registered, "a subscription of its own").toEqual([
      ["/notifications-worker.js", { scope: "/notifications/" }],
    ]);
  });

  it("are renewed on page load for their user, and for nobody else", async () => {
    await device.of("7").turnOn();
    expect(await device.of("7").renew()).toBe("on");
    expect(await device.of("8").renew()).toBe("off");
    await device.of("8").retire();
    expect(device.calls).toEqual(["subscribe 7", "subscribe 7"]);
    await device.of("7").retire();
    expect(device.calls.at(-1)).toBe("unsubscribe https://push.test/1");
    expect(await device.of("7").renew()).toBe("off");
  });

  it("end with the permission, and stay off without it", async () => {
    await device.of("7").turnOn();
    device.permission = "denied";
    expect(await device.of("7").renew()).toBe("blocked");
    expect(device.subscription).toBeNull();
    expect(await device.of("7").turnOn()).toBe("blocked");
    device.permission = "default";
    device.answer = "default";
    expect(await device.of("7").turnOn(), "the question was waved away").toBe("off");
    expect(device.kept.size).toBe(0);
  });

  it("end when the user signs out while they are being renewed", async () => {
    await device.of("7").turnOn();
    await Promise.all([device.of("7").renew(), device.of("7").retire()]);
    expect(device.calls.at(-1)).toBe("unsubscribe https://push.test/1");
    expect(device.kept.size).toBe(0);
  });

  it("leave the subscription for pages of panic alerts alone", async () => {
    await device.of("7").turnOn();
    device.registration = { ...device.registration, scope: "https://edge.test/" };
    await device.of("7").turnOff();
    expect(device.subscription).not.toBeNull();
    expect(device.calls).toEqual(["subscribe 7"]);
  });

  it("wait until the worker is installed", async () => {
    const worker = new EventTarget() as EventTarget & { state: string };
    device.registration = { ...device.registration, active: null, installing: worker };
    const turnedOn = device.of("7").turnOn();
    await vi.waitFor(() => expect(device.registered).toHaveLength(1));
    expect(device.calls).toEqual([]);
    worker.state = "activated";
    worker.dispatchEvent(new Event("statechange"));
    expect(await turnedOn).toBe("on");
  });

  it("are unavailable where the browser lacks support", async () => {
    expect(await device.of("7", { worker: undefined }).renew()).toBe("unavailable");
    expect(await device.of("7", { hasPush: false }).turnOn()).toBe("unavailable");
  });

  it("close when they are read elsewhere", async () => {
    await device.of("7").turnOn();
    const close = vi.fn();
    device.shown = ["a", "b"].map((id) => ({ data: { id }, close: () => close(id) }));
    await device.of("8").close(() => true);
    expect(close).not.toHaveBeenCalled();
    await device.of("7").close(({ id }) => id === "b");
    expect(close.mock.calls).toEqual([["b"]]);
  });
});

describe("a shown notification", () => {
  const shown = { id: "n5", conversation_id: "c" };
  it.each([
    [{ partial: { ids: ["n4"] } }, false],
    [{ partial: { ids: ["n5"], withdrawn: true } }, true],
    [{ partial: { up_to: "n4" } }, false],
    [{ partial: { up_to: "n5" } }, true],
    [{ partial: { up_to_seq: 9 }, conversation_id: "d" }, false],
    [{ partial: { up_to_seq: 9 }, conversation_id: "c" }, true],
  ])("after %j is over: %s", (over, expected) => {
    expect(isOver(over, shown)).toBe(expected);
    expect(isOver(over, {})).toBe(false);
  });
});
