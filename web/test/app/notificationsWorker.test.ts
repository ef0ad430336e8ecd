import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";

const SOURCE = readFileSync(new URL("../../public/notifications-worker.js", import.meta.url), "utf8");

/** The service worker in a fake environment. */
function worker(pages: object[] = [], language = "en-US") {
  const handlers = new Map<string, (event: object) => void>();
  const scope = {
    addEventListener: (name: string, handler: (event: object) => void) => void handlers.set(name, handler),
    location: { origin: "https://edge.test" },
    navigator: { language },
    registration: { showNotification: vi.fn(async (_title: string, _options: Record<string, unknown>) => {}) },
    clients: { matchAll: vi.fn(async () => pages), openWindow: vi.fn(async (_url: string) => {}) },
    skipWaiting: vi.fn(),
  };
  new Function("self", SOURCE)(scope);
  const happens = async (name: string, event: object) => {
    const waits: Promise<unknown>[] = [];
    handlers.get(name)?.({ ...event, waitUntil: (work: Promise<unknown>) => void waits.push(work) });
    await Promise.all(waits);
  };
  const shown = () => scope.registration.showNotification.mock.calls;
  const pushed = (message: object) => happens("push", { data: { json: () => message } });
  const clicked = (data?: object) => happens("notificationclick", { notification: { close: vi.fn(), data } });
  return { scope, happens, shown, pushed, clicked, opened: () => scope.clients.openWindow.mock.calls.flat() };
}

const MENTION = {
  type: "notification",
  id: "n-1",
  kind: "mention",
  title: "Ben",
  body: "@Ana, come down",
  actor: "Ben",
  url: null,
  conversation_id: "c",
  message_id: "m",
  at: "2026-01-31T09:00:00.000Z",
};

describe("the worker that shows notifications", () => {
  it("says what happened, and news of a notification take its place without a sound", async () => {
    const { pushed, shown } = worker();
    await pushed(MENTION);
    expect(shown()[0]).toEqual([
      "Ben mentioned you",
      expect.objectContaining({
        body: "@Ana, come down",
        tag: "notification-n-1",
        timestamp: Date.parse(MENTION.at),
        data: { id: "n-1", url: null, conversation_id: "c" },
      }),
    ]);
    expect(shown()[0]?.[1]).not.toHaveProperty("renotify");
  });

  it.each([
    ["en", { kind: "direct_message" }, "Ben"],
    ["en", { kind: "invite", title: "Garden", body: null }, "Ben invites you to Garden"],
    ["es-MX", { kind: "reply" }, "Ben respondió en un hilo"],
    ["de", { kind: "scheduled_failed", title: null, actor: null }, "A scheduled message was not sent"],
    ["en", { kind: "order.shipped", title: "On its way", actor: null }, "On its way"],
    ["en", { kind: "later-than-this-page" }, "Ben"],
    ["en", { kind: "app", title: null, actor: null }, "New notification"],
    ["en", { kind: "constructor" }, "Ben"],
  ])("in %s, of %j: %s", async (language, over, title) => {
    const { pushed, shown } = worker([], language);
    await pushed({ ...MENTION, ...over });
    expect(shown()[0]?.[0]).toBe(title);
  });

  it("shows a test, and something for what it cannot read", async () => {
    const { happens, pushed, shown } = worker();
    await pushed({ type: "test", at: MENTION.at });
    await happens("push", { data: null });
    await pushed([] as unknown as object);
    expect(shown().map(([title, { body, tag }]) => [title, body, tag])).toEqual([
      ["Campana", "Notifications reach this device.", "notification-test"],
      ["New notification", "", "notification"],
      ["New notification", "", "notification"],
    ]);
  });

  it("opens it in an open page, a visible one first, or in a new one", async () => {
    const page = (visibilityState: string) => ({ visibilityState, postMessage: vi.fn(), focus: vi.fn() });
    const [hidden, visible] = [page("hidden"), page("visible")];
    const { clicked, opened } = worker([hidden, visible]);
    await clicked({ id: "n-1" });
    expect(visible.postMessage).toHaveBeenCalledWith({ type: "open-notification", id: "n-1" });
    expect([visible.focus.mock.calls.length, hidden.focus.mock.calls.length, opened()]).toEqual([1, 0, []]);
    const alone = worker();
    await alone.clicked({ id: "n 1" });
    await alone.clicked();
    expect(alone.opened()).toEqual(["/#/n/n%201", "/"]);
  });

  it("opens addresses of a backend that are of this origin or go by HTTPS", async () => {
    const page = { visibilityState: "hidden", postMessage: vi.fn(), focus: vi.fn() };
    const { clicked, opened } = worker([page]);
    await clicked({ id: "n-1", url: "/orders/12" });
    expect(page.postMessage).toHaveBeenCalledWith({ type: "read-notification", id: "n-1" });
    await clicked({ id: "n-1", url: "https://shop.test/12" });
    for (const url of ["http://shop.test/", "javascript:alert(1)", "https://edge.test@evil.test/", "//[", 7]) {
      await clicked({ id: "n-1", url });
    }
    expect(opened()).toEqual(["https://edge.test/orders/12", "https://shop.test/12"]);
    expect(page.focus).toHaveBeenCalledTimes(5);
  });

  it("has an open page renew a subscription that the browser has changed", async () => {
    const postMessage = vi.fn();
    await worker([{ postMessage }]).happens("pushsubscriptionchange", {});
    expect(postMessage).toHaveBeenCalledWith({ type: "renew-chat-push" });
  });
});
