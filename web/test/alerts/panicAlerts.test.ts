import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PanicAlerts } from "../../src/alerts";
import { CampanaClient } from "../../src/client";
import {
  type Answers,
  alertOf,
  deskWelcome,
  openOnes,
  Refusal,
  resolvedAt,
  serverWith,
  takenAt,
  triggered,
  updated,
} from "../support/alerts";
import { settle } from "../support/connection";
import { FakeWorld } from "../support/world";

let world: FakeWorld;

beforeEach(() => {
  vi.useFakeTimers();
  world = new FakeWorld();
});

afterEach(() => {
  vi.useRealTimers();
});

async function alerts(answers: Answers = {}) {
  const server = serverWith({ "GET /api/security/alerts/active": { data: [] }, ...answers });
  world.fetch.mockImplementation(server.fetch);
  const client = new CampanaClient({ getToken: async () => "token", environment: world });
  const store = new PanicAlerts({ client });
  const received = vi.fn();
  store.subscribe(received);
  await store.init();
  const ids = () => store.activeAlerts.map(({ id }) => id);
  return { store, received, ids, asked: server.asked };
}

/** Connected, with these alerts open. */
async function live(open: ReturnType<typeof alertOf>[] = [], head = 10, answers: Answers = {}) {
  const started = await alerts(answers);
  world.socket.opens();
  world.socket.says(deskWelcome(head), openOnes(open));
  await settle();
  started.received.mockClear();
  return started;
}

async function reconnected(head: number, open: ReturnType<typeof alertOf>[], epoch = "e1") {
  world.socket.closes();
  await vi.advanceTimersByTimeAsync(4_000);
  world.socket.opens();
  world.socket.says(deskWelcome(head, epoch), openOnes(open));
  await settle();
}

describe("alerts for guards", () => {
  it("are fetched and connected immediately, and live only when all open ones have arrived", async () => {
    const { store, ids } = await alerts({ "GET /api/security/alerts/active": { data: [alertOf(1)] } });
    await settle();
    expect(ids()).toEqual(["a1"]);
    world.socket.opens();
    world.socket.says(deskWelcome(10), openOnes([alertOf(2)], false));
    await settle();
    expect(store.isConnected).toBe(false);
    world.socket.says(openOnes([alertOf(1)]));
    await settle();
    expect(store.isConnected).toBe(true);
    expect(store.snapshot().isComplete).toBe(true);
    expect(ids()).toEqual(["a2", "a1"]);
  });

  it("are newest first, and a frame of many notifies once", async () => {
    const { received, ids } = await live();
    world.socket.says(...[3, 1, 2].map((n) => triggered(alertOf(n), 10 + n)));
    await settle();
    expect(ids()).toEqual(["a3", "a2", "a1"]);
    expect(received).toHaveBeenCalledOnce();
  });

  it("do not change by duplicate or late events", async () => {
    const { store, received } = await live([alertOf(1)]);
    world.socket.says(updated(takenAt(1, 20), 12));
    await settle();
    received.mockClear();
    world.socket.says(updated(takenAt(1, 20), 12), triggered(alertOf(1), 11), triggered(alertOf(1)));
    await settle();
    expect(received).not.toHaveBeenCalled();
    expect(store.get("a1")?.status).toBe("acknowledged");
  });

  it("are not reverted by events older than a response", async () => {
    const { store, ids } = await live([alertOf(1)], 10, {
      "POST /api/security/alerts/a1/resolve": resolvedAt(1, 30),
    });
    await store.resolve("a1");
    world.socket.says(updated(takenAt(1, 20), 11));
    await settle();
    expect(ids()).toEqual([]);
    expect(store.get("a1")?.status).toBe("resolved");
    world.socket.says(updated(resolvedAt(1, 30), 12));
    await settle();
    expect(store.snapshot().closedAlerts.map(({ id }) => id)).toEqual(["a1"]);
  });

  it("are fetched if the desk no longer lists them as open", async () => {
    const { ids, store } = await live([alertOf(2), alertOf(1)], 10, {
      "GET /api/security/alerts/a1": resolvedAt(1, 40),
    });
    await reconnected(15, [alertOf(2)]);
    expect(ids()).toEqual(["a2"]);
    expect(store.get("a1")?.status).toBe("resolved");
  });

  it("are removed on 404, and fetched again after a failed request", async () => {
    const state = { fails: true };
    const { ids } = await live([alertOf(3), alertOf(2), alertOf(1)], 10, {
      "GET /api/security/alerts/a1": () => {
        if (state.fails) throw new Refusal(503);
        return resolvedAt(1, 40);
      },
    });
    await reconnected(15, [alertOf(3)]);
    expect(ids()).toEqual(["a3", "a1"]);
    state.fails = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(ids()).toEqual(["a3"]);
  });

  it("resume after the last event until nothing is missing", async () => {
    await live([alertOf(1)]);
    world.socket.says(updated(takenAt(1, 20), 12));
    await reconnected(15, [takenAt(1, 20)]);
    expect(world.socket.sent("resume")).toEqual([{ type: "resume", epoch: "e1", seq: 12 }]);
    await reconnected(16, [takenAt(1, 20)]);
    expect(world.socket.sent("resume"), "it was never answered").toEqual([{ type: "resume", epoch: "e1", seq: 12 }]);
    world.socket.says({ type: "resumed", head: 16 });
    await reconnected(16, [takenAt(1, 20)]);
    expect(world.socket.sent("resume")).toEqual([]);
  });

  it("follow a desk with a new epoch", async () => {
    const { store } = await live([alertOf(1)], 500);
    await reconnected(1, [alertOf(1)], "e2");
    expect(world.socket.sent("resume")).toEqual([]);
    world.socket.says(updated(takenAt(1, 20), 2));
    await settle();
    expect(store.get("a1")?.status).toBe("acknowledged");
  });

  it("are not reopened by the fallback's old answer", async () => {
    let answer = (_: unknown) => {};
    const { store, ids } = await (async () => {
      const server = serverWith({
        "GET /api/security/alerts/active": () =>
          new Promise((resolve) => {
            answer = resolve;
          }),
      });
      world.fetch.mockImplementation(server.fetch);
      const client = new CampanaClient({ getToken: async () => "token", environment: world });
      const store = new PanicAlerts({ client });
      void store.init();
      await settle();
      return { store, ids: () => store.activeAlerts.map(({ id }) => id) };
    })();
    world.socket.opens();
    world.socket.says(deskWelcome(10), openOnes([]));
    await settle();
    answer({ data: [alertOf(1)] });
    await settle();
    expect(store.isConnected).toBe(true);
    expect(ids()).toEqual([]);
  });

  it("come from the fallback every 30 s without a connection", async () => {
    const { ids, asked } = await alerts({ "GET /api/security/alerts/active": { data: [alertOf(1)] } });
    const asks = () => asked.filter(({ call }) => call.endsWith("/active")).length;
    await vi.advanceTimersByTimeAsync(61_000);
    expect(asks()).toBe(3);
    expect(ids()).toEqual(["a1"]);
    world.socket.opens();
    world.socket.says(deskWelcome(10), openOnes([alertOf(1)]));
    for (let minute = 0; minute < 3; minute += 1) {
      await vi.advanceTimersByTimeAsync(20_000);
      world.socket.pongs();
    }
    expect(asks(), "none while connected").toBe(3);
  });

  it("share one connection, which the last cleanup closes", async () => {
    const { store } = await live();
    await store.init();
    store.cleanup();
    expect(world.socket.isClosed).toBe(false);
    store.cleanup();
    await settle();
    expect(world.socket.isClosed).toBe(true);
    expect(store.isConnected).toBe(false);
    store.cleanup();
    await store.init();
    await settle();
    expect(world.sockets).toHaveLength(2);
  });

  it("get one batched receipt as delivered, and another as seen", async () => {
    const { store } = await live([alertOf(1)]);
    world.socket.says(triggered(alertOf(2), 11), triggered(alertOf(3), 12));
    await settle();
    world.socket.says(updated(takenAt(3, 30), 13));
    await settle();
    expect(world.socket.sent("receipt")).toEqual([
      { type: "receipt", ids: ["a1"], state: "delivered" },
      { type: "receipt", ids: ["a2", "a3"], state: "delivered" },
    ]);
    store.seen(["a3", "a2"]);
    store.seen(["a3"]);
    await settle();
    expect(world.socket.sent("receipt").slice(2)).toEqual([{ type: "receipt", ids: ["a3", "a2"], state: "seen" }]);
  });

  it("show which guard was first", async () => {
    const { store } = await live([alertOf(1)], 10, {
      "POST /api/security/alerts/a1/acknowledge": () => {
        throw new Refusal(409, { type: "/problems/conflict", title: "Conflict", alert: takenAt(1, 20) });
      },
    });
    await expect(store.acknowledge("a1")).rejects.toMatchObject({ status: 409 });
    await settle();
    expect(store.activeAlerts[0]?.acknowledged_by?.name).toBe("Ben");
  });

  it("are cleared when the user loses the permission", async () => {
    const { store, ids } = await live([alertOf(1)]);
    world.socket.closes(4403);
    await settle();
    expect(store.snapshot().state).toBe("forbidden");
    expect(ids()).toEqual([]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(world.sockets).toHaveLength(1);
  });
});
