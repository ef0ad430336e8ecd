import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueryClient, keys, type NotificationList } from "../../src/cache";
import { Notifications } from "../../src/cache/notifications";
import { Store } from "../../src/cache/store";
import { type Notification, type NotificationApi, type NotificationRead, Problem } from "../../src/client";
import { at } from "../support/world";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function notification(id: string, over: Partial<Notification> = {}): Notification {
  const created_at = at(Number.parseInt(id.slice(1), 16));
  const texts = { title: null, body: null, url: null, data: null };
  const base = { id, kind: "mention", actor: { user_id: "8", name: "Ben" }, conversation_id: "c", message: null };
  return { ...base, ...texts, created_at, updated_at: created_at, read_at: null, ...over };
}

const about = (seq: number) => ({
  message: {
    id: `m${seq}`,
    seq,
    sender_id: "8",
    sender_name: "Ben",
    type: "text" as const,
    body: "x",
    parent_id: null,
  },
});

async function notified(stored: Notification[], over: Partial<NotificationApi> = {}) {
  const store = new Store(createQueryClient());
  const server = { stored, counts: 0, reads: [] as unknown[] };
  const unread = () => server.stored.filter(({ read_at }) => read_at === null);
  const api = {
    list: async ({ isUnread, cursor }: { isUnread?: boolean; cursor?: string } = {}) => {
      const older = (isUnread ? unread() : server.stored).filter(({ id }) => cursor === undefined || id < cursor);
      const page = older.slice(0, 3);
      return { data: page, next_cursor: older.length > 3 ? (page.at(-1)?.id ?? null) : null };
    },
    count: async () => {
      server.counts += 1;
      return unread().length;
    },
    read: async (id: string) => void server.reads.push(id),
    readUpTo: async (id: string) => void server.reads.push(`up to ${id}`),
    ...over,
  } as unknown as NotificationApi;
  const notifications = new Notifications(api, store);
  await Promise.all([notifications.load("all"), notifications.load("unread"), notifications.count()]);
  const ids = (filter = "all") => store.get<NotificationList>(keys.notifications(filter))?.ids.join(" ");
  const count = () => store.get<number>(keys.notificationCount);
  const created = (partial: Notification) =>
    notifications.apply({ event: "notification.created", id: partial.id, partial, rev: 1, at: partial.updated_at });
  const read = (partial: NotificationRead["partial"], conversation_id?: string) =>
    notifications.apply({
      ...{ event: "notification.read", partial, rev: 1, at: at(99) },
      ...(conversation_id && { conversation_id }),
    });
  return { notifications, store, server, ids, count, created, read };
}

describe("the list of notifications", () => {
  it("takes new ones and news of known ones, without a fetch", async () => {
    const { server, ids, count, created } = await notified([
      notification("n2"),
      notification("n1", { read_at: at(9) }),
    ]);
    created(notification("n3"));
    expect([ids(), ids("unread"), count()]).toEqual(["n3 n2 n1", "n3 n2", 2]);
    created(notification("n3", { updated_at: at(20) }));
    expect([ids(), count()], "edited").toEqual(["n3 n2 n1", 2]);
    created(notification("n1", { updated_at: at(20), title: "changed" }));
    expect([ids("unread"), count()], "unread again").toEqual(["n3 n2 n1", 3]);
    created(notification("n1", { read_at: at(9) }));
    expect(count(), "an old state").toBe(3);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.counts).toBe(1);
  });

  it("follows what was read and withdrawn elsewhere", async () => {
    const stored = [
      notification("n4", about(8)),
      notification("n3", { ...about(9), conversation_id: "d" }),
      notification("n2", about(5)),
      notification("n1"),
    ];
    const { ids, count, read, notifications } = await notified(stored);
    await notifications.loadOlder("all");
    const over = vi.fn();
    notifications.onOver(over);
    read({ up_to_seq: 7, read_at: at(9) }, "c");
    expect([ids(), ids("unread"), count()], "a conversation was read").toEqual(["n4 n3 n2 n1", "n4 n3", 3]);
    read({ ids: ["n4"], withdrawn: true });
    expect([ids(), count()], "withdrawn").toEqual(["n3 n2 n1", 2]);
    read({ up_to: "n3", read_at: at(9) });
    expect([ids(), ids("unread"), count()]).toEqual(["n3 n2 n1", "", 0]);
    expect(over).toHaveBeenCalledTimes(3);
  });

  it("counts again on the server when an event is about notifications that are not loaded", async () => {
    const stored = Array.from({ length: 6 }, (_, index) => notification(`n${9 - index}`));
    const { server, count, read, created } = await notified(stored);
    expect(count()).toBe(6);
    read({ ids: ["n4"], read_at: at(9) });
    server.stored = stored.slice(0, 5);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([count(), server.counts]).toEqual([5, 2]);
    created(notification("n2", { updated_at: at(50) }));
    created(notification("n3", { updated_at: at(50) }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([count(), server.counts], "one fetch for both").toEqual([5, 3]);
  });

  it("applies events that arrive during a fetch to its answer", async () => {
    const { notifications, ids, count, created, read, server } = await notified([notification("n1")]);
    const loading = Promise.all([notifications.load("all"), notifications.count()]);
    created(notification("n2"));
    read({ ids: ["n1"], read_at: at(9) });
    await loading;
    expect([ids(), ids("unread")]).toEqual(["n2 n1", "n2"]);
    server.stored = [notification("n2"), notification("n1", { read_at: at(9) })];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(count()).toBe(1);
  });

  it("has older pages, also after a failure, and one that is older than what is loaded comes with its page", async () => {
    const stored = Array.from({ length: 7 }, (_, index) => notification(`n${9 - index}`));
    const { notifications, ids, created, store, server } = await notified(stored);
    created(notification("n4", { updated_at: at(60) }));
    expect(ids()).toBe("n9 n8 n7");
    const list = server.stored;
    const fail = vi.spyOn(notifications.api, "list").mockRejectedValueOnce(Problem.unreachable());
    await notifications.loadOlder("all");
    expect(store.get<NotificationList>(keys.notifications("all"))).toMatchObject({ hasFailed: true, isLoading: false });
    fail.mockRestore();
    server.stored = list;
    await Promise.all([notifications.loadOlder("all"), notifications.loadOlder("all")]);
    expect(ids()).toBe("n9 n8 n7 n6 n5 n4");
    await notifications.loadOlder("all");
    await notifications.loadOlder("all");
    expect(ids()).toBe("n9 n8 n7 n6 n5 n4 n3");
    server.stored = [notification("na"), ...list];
    await notifications.load("all");
    expect(ids(), "as many as were loaded").toBe("na n9 n8 n7 n6 n5 n4 n3");
  });
});

describe("reading notifications", () => {
  it("shows at once, and is taken back if the server refuses", async () => {
    const refused = vi.fn(async () => Promise.reject(Problem.unreachable()));
    const { notifications, ids, count } = await notified([notification("n2"), notification("n1")], {
      read: refused,
      readUpTo: refused,
    });
    const one = notifications.read("n2");
    expect([ids("unread"), count()]).toEqual(["n1", 1]);
    await expect(one).rejects.toThrow();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([ids("unread"), count()]).toEqual(["n2 n1", 2]);
    const all = notifications.readAll();
    expect([ids("unread"), count()]).toEqual(["", 0]);
    await expect(all).rejects.toThrow();
    expect([ids("unread"), count()]).toEqual(["n2 n1", 2]);
  });

  it("marks all up to the newest that is known, and asks nothing for one that is read", async () => {
    const { notifications, server } = await notified([notification("n2"), notification("n1", { read_at: at(9) })]);
    await notifications.read("n1");
    expect(server.reads).toEqual([]);
    await notifications.readAll();
    expect(server.reads).toEqual(["up to n2"]);
  });

  it("finds one by its id, with a fetch if it is not loaded", async () => {
    const { notifications, server } = await notified([notification("n1")]);
    server.stored = [notification("n2"), notification("n1")];
    expect((await notifications.find("n2"))?.id).toBe("n2");
    expect(await notifications.find("n0")).toBeUndefined();
  });
});
