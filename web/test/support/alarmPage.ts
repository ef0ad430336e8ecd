// The user's own alert on a page: fake environment, storage and location.
import { afterEach, beforeEach, vi } from "vitest";
import { Alarm, LocationTracker, type Positions } from "../../src/alerts";
import { CampanaClient } from "../../src/client";
import { type Answers, alertOf, serverWith } from "./alerts";
import { at, FakeWorld } from "./world";

export const RAISE = "POST /api/security/alerts";

/** The fake environment of the running test, new for each. */
export let world: FakeWorld;
/** What the device stores. */
export let kept: Map<string, string>;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(new Date(at(0)));
  world = new FakeWorld();
  kept = new Map();
});

afterEach(() => {
  vi.useRealTimers();
});

const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
};

/** A device that tells where it is when the test says so. */
class FakePositions implements Positions {
  tell: ((lat: number, lng: number) => void) | undefined;
  #failed: (() => void) | undefined;
  watchPosition(found: Parameters<Positions["watchPosition"]>[0], failed: () => void): number {
    this.#failed = failed;
    this.tell = (latitude, longitude) =>
      found({ coords: { latitude, longitude, accuracy: 12 }, timestamp: Date.now() });
    return 1;
  }
  denies(): void {
    this.#failed?.();
  }
  clearWatch(): void {
    this.tell = undefined;
  }
}

interface PageOptions {
  userId?: string;
  isAllowed?: boolean;
  apartment?: { address: string };
}

/** A page of a user with an `Alarm`, and a server with these answers. */
export function page(answers: Answers, { userId = "7", isAllowed = false, apartment }: PageOptions = {}) {
  const server = serverWith({ "GET /api/me/alerts": { data: [], next_cursor: null }, ...answers });
  world.fetch.mockImplementation(server.fetch);
  const client = new CampanaClient({ getToken: async () => "token", environment: world });
  const positions = new FakePositions();
  const locationTracker = new LocationTracker({ positions, isAllowed: async () => isAllowed, now: Date.now });
  const alarm = new Alarm({ client, userId, storage, locationTracker, ...(apartment && { apartment }) });
  alarm.start();
  const raised = () => server.asked.filter(({ call }) => call === RAISE).map(({ body }) => body as { id: string });
  const places = () => server.asked.filter(({ call }) => call.endsWith("/location")).map(({ body }) => body);
  return { alarm, client, positions, raised, places, asked: server.asked };
}

/** The server takes it as its own first alert. */
export const taken = (body: unknown) => ({ ...alertOf(1), id: (body as { id: string }).id });
