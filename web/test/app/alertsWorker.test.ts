import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";

const SOURCE = readFileSync(new URL("../../public/alerts-worker.js", import.meta.url), "utf8");

/** The service worker in a fake environment. */
function worker(pages: object[] = []) {
  const handlers = new Map<string, (event: object) => void>();
  const scope = {
    addEventListener: (name: string, handler: (event: object) => void) => void handlers.set(name, handler),
    location: { origin: "https://edge.test" },
    registration: { showNotification: vi.fn(async (_title: string, _options: Record<string, unknown>) => {}) },
    clients: { matchAll: vi.fn(async () => pages), openWindow: vi.fn(async (_url: string) => {}), claim: vi.fn() },
    skipWaiting: vi.fn(),
  };
  new Function("self", SOURCE)(scope);
  const happens = async (name: string, event: object) => {
    const waits: Promise<unknown>[] = [];
    handlers.get(name)?.({ ...event, waitUntil: (work: Promise<unknown>) => void waits.push(work) });
    await Promise.all(waits);
  };
  const shown = () => scope.registration.showNotification.mock.calls;
  const pushed = (text: string) => happens("push", { data: { json: () => JSON.parse(text) } });
  const clicked = (data?: object) => {
    const close = vi.fn();
    return happens("notificationclick", { notification: { close, data } }).then(() => close);
  };
  return { scope, happens, shown, pushed, clicked };
}

const PAGE = {
  title: "Panic alert: Ana",
  body: "Needs help now. Open to see where.",
  tag: "a-1",
  renotify: true,
  silent: false,
  requireInteraction: true,
  data: { alert_id: "a-1", url: "/?alert=a-1" },
};

describe("the worker that shows pages", () => {
  it("shows the server's text, and sounds again for a repeated page", async () => {
    const { pushed, shown } = worker();
    await pushed(JSON.stringify(PAGE));
    expect(shown()[0]).toEqual([
      "Panic alert: Ana",
      expect.objectContaining({ tag: "a-1", renotify: true, silent: false }),
    ]);
  });

  it("replaces it silently when the alert is acknowledged", async () => {
    const { pushed, shown } = worker();
    await pushed(JSON.stringify({ ...PAGE, body: "Ben has taken it.", renotify: true, silent: true }));
    const options = shown()[0]?.[1];
    expect(options).toMatchObject({ tag: "a-1", renotify: false, silent: true, body: "Ben has taken it." });
    expect(options?.["vibrate"], "a silent notification must not shake").toBeUndefined();
  });

  it("shows something for a message that cannot be read: a browser that shows nothing is no longer paged", async () => {
    const { happens, pushed, shown } = worker();
    await pushed("{");
    await pushed("[]");
    await happens("push", { data: null });
    expect(shown().map(([title]) => title)).toEqual(["Panic alert", "Panic alert", "Panic alert"]);
  });

  it("navigates an open page to the alert, a visible one first", async () => {
    const page = (visibilityState: string) => ({ visibilityState, postMessage: vi.fn(), focus: vi.fn() });
    const [hidden, visible] = [page("hidden"), page("visible")];
    const { clicked, scope } = worker([hidden, visible]);
    const close = await clicked({ alert_id: 42, url: "/?alert=42" });
    expect(close).toHaveBeenCalledOnce();
    expect(visible.postMessage).toHaveBeenCalledWith({ type: "open-alert", id: "42" });
    expect(visible.focus).toHaveBeenCalledOnce();
    expect(hidden.focus).not.toHaveBeenCalled();
    expect(scope.clients.openWindow).not.toHaveBeenCalled();
  });

  it("opens a page if there is none, and never one of another origin", async () => {
    const { clicked, scope } = worker();
    await clicked(PAGE.data);
    await clicked({ url: "https://elsewhere.example/" });
    await clicked();
    expect(scope.clients.openWindow.mock.calls.flat()).toEqual([
      "https://edge.test/?alert=a-1",
      "/security",
      "https://edge.test/security",
    ]);
  });

  it("has an open page renew a subscription that the browser has changed", async () => {
    const postMessage = vi.fn();
    await worker([{ postMessage }]).happens("pushsubscriptionchange", {});
    expect(postMessage).toHaveBeenCalledWith({ type: "renew-push" });
  });
});
