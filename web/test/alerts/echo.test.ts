import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type EchoLike, forgetEcho, PanicAlerts, useEcho } from "../../src/alerts";
import { CampanaClient } from "../../src/client";
import { type Answers, alertOf, resolvedAt, serverWith, takenAt } from "../support/alerts";
import { settle } from "../support/connection";
import { FakeWorld } from "../support/world";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  forgetEcho();
});

/** Fake Echo with its pusher-js connection. */
class FakeEcho implements EchoLike {
  readonly channels: string[] = [];
  readonly listeners = new Map<string, Set<(payload: never) => void>>();
  readonly subscription = { subscribed: false };
  #joined: (() => void) | undefined;
  #refused: ((status: unknown) => void) | undefined;
  #changed: ((change: { previous: string; current: string }) => void) | undefined;
  readonly connector = {
    pusher: {
      connection: {
        state: "connecting",
        bind: (_: string, callback: (change: { previous: string; current: string }) => void) => {
          this.#changed = callback;
        },
      },
    },
  };

  private(channel: string) {
    this.channels.push(channel);
    return {
      subscription: this.subscription,
      listen: (event: string, callback: (payload: never) => void) => {
        this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(callback));
      },
      stopListening: (event: string, callback?: (payload: never) => void) => {
        if (callback) this.listeners.get(event)?.delete(callback);
      },
      subscribed: (callback: () => void) => {
        this.#joined = callback;
      },
      error: (callback: (status: unknown) => void) => {
        this.#refused = callback;
      },
    };
  }

  becomes(current: string): void {
    const { connection } = this.connector.pusher;
    const previous = connection.state;
    connection.state = current;
    if (current !== "connected") this.subscription.subscribed = false;
    this.#changed?.({ previous, current });
  }

  joins(): void {
    this.subscription.subscribed = true;
    this.#joined?.();
  }

  refuses(): void {
    this.#refused?.({ status: 403 });
  }

  says(event: string, payload: object): void {
    for (const listener of this.listeners.get(event) ?? []) listener(payload as never);
  }
}

async function overEcho(answers: Answers = {}) {
  const echo = new FakeEcho();
  const world = new FakeWorld();
  const server = serverWith({
    "GET /api/security/alerts/active": { data: [] },
    "GET /api/security/alerts": { data: [], next_cursor: null },
    ...answers,
  });
  world.fetch.mockImplementation(server.fetch);
  const client = new CampanaClient({ getToken: async () => "token", environment: world });
  const store = new PanicAlerts({ client, source: () => useEcho(() => echo) });
  await store.init();
  const connect = async () => {
    echo.becomes("connected");
    echo.joins();
    await settle();
  };
  return { echo, store, world, connect, asked: server.asked, ids: () => store.activeAlerts.map(({ id }) => id) };
}

describe("the Echo of the page", () => {
  it("is created once, by the first call", () => {
    expect(() => useEcho()).toThrow();
    const make = vi.fn(() => new FakeEcho());
    const echo = useEcho(make);
    expect(useEcho(make)).toBe(echo);
    expect(useEcho()).toBe(echo);
    expect(make).toHaveBeenCalledOnce();
  });
});

describe("alerts over an application's Echo", () => {
  it("come from the private channel, without a native socket", async () => {
    const { echo, store, world, connect, ids } = await overEcho();
    await connect();
    expect(echo.channels).toEqual(["security-dashboard"]);
    expect(store.isConnected).toBe(true);
    echo.says(".panic-alert.triggered", alertOf(1));
    echo.says(".panic-alert.updated", takenAt(1, 20));
    echo.says(".panic-alert.triggered", alertOf(1));
    await settle();
    expect(ids()).toEqual(["a1"]);
    expect(store.get("a1")?.status).toBe("acknowledged");
    expect(world.sockets).toEqual([]);
  });

  it("are connected when pusher-js is connected and the channel subscribed", async () => {
    const { echo, store, connect } = await overEcho();
    await settle();
    expect(store.isConnected).toBe(false);
    echo.becomes("connected");
    await settle();
    expect(store.isConnected, "connected, and deaf").toBe(false);
    await connect();
    expect(store.isConnected).toBe(true);
    echo.becomes("unavailable");
    await settle();
    expect(store.snapshot().state).toBe("reconnecting");
    await connect();
    echo.refuses();
    await settle();
    expect(store.snapshot().state).toBe("forbidden");
  });

  it("are fetched after every subscription, and missing ones count as closed", async () => {
    const open = [alertOf(2), alertOf(1)];
    const { echo, connect, ids } = await overEcho({
      "GET /api/security/alerts": () => ({ data: open, next_cursor: null }),
      "GET /api/security/alerts/a1": resolvedAt(1, 40),
    });
    await connect();
    expect(ids()).toEqual(["a2", "a1"]);
    echo.becomes("unavailable");
    open.pop();
    await connect();
    expect(ids()).toEqual(["a2"]);
  });

  it("get receipts over HTTP", async () => {
    const { echo, connect, asked } = await overEcho({ "POST /api/security/alerts/a1/receipts": {} });
    await connect();
    echo.says(".panic-alert.triggered", alertOf(1));
    await settle();
    const receipts = asked.filter(({ call }) => call === "POST /api/security/alerts/a1/receipts");
    expect(receipts.map(({ body }) => body)).toEqual([{ state: "delivered" }]);
  });

  it("keep the channel and the listeners of other code", async () => {
    const { echo, store, connect } = await overEcho();
    const other = vi.fn();
    echo.private("security-dashboard").listen(".panic-alert.triggered", other);
    await connect();
    store.cleanup();
    echo.says(".panic-alert.triggered", alertOf(1));
    await settle();
    expect(other).toHaveBeenCalledOnce();
    expect(store.activeAlerts).toEqual([]);
    expect(store.isConnected).toBe(false);
    await store.init();
    await settle();
    expect(store.isConnected, "the channel was joined all the while").toBe(true);
  });
});
