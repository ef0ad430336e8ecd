import { describe, expect, it, vi } from "vitest";
import { CampanaClient } from "../../src/client";
import { QUIET } from "../support/userListener";
import { FakeWorld } from "../support/world";

describe("a user's own channel", () => {
  it("dispatches known events, and ignores unknown ones", async () => {
    const world = new FakeWorld();
    const client = new CampanaClient({ getToken: async () => "token", environment: world });
    const listener = {
      onState: vi.fn(),
      onMissed: vi.fn(),
      onInboxUpdated: vi.fn(),
      onPreferences: vi.fn(),
      onDraft: vi.fn(),
      onSaved: vi.fn(),
      onThread: vi.fn(),
      onNotificationsRead: vi.fn(),
      onFile: vi.fn(),
      onScheduled: vi.fn(),
      onNotification: vi.fn(),
      onInvite: vi.fn(),
      onMembership: vi.fn(),
    };
    const socket = client.me(listener);
    socket.open();
    await vi.waitFor(() => expect(world.sockets).toHaveLength(1));
    world.socket.opens();
    world.socket.says({ type: "welcome", you: { user_id: "7", name: "Ana" } });
    const names = [
      "inbox.updated",
      "invite.created",
      "invite.updated",
      "invite.revoked",
      "member.joined",
      "member.updated",
      "member.left",
      "member.removed",
      "preferences.updated",
      "draft.updated",
      "saved.updated",
      "thread.read",
      "notification.created",
      "notification.read",
      "file.updated",
      "scheduled.sent",
      "scheduled.failed",
    ];
    world.socket.says(...names.map((event) => ({ event, conversation_id: "c", partial: {} })));
    const heard = (received: { mock: { calls: unknown[][] } }) =>
      received.mock.calls.map(([event]) => (event as { event: string }).event);
    expect(listener.onMissed).toHaveBeenCalledOnce();
    expect(heard(listener.onInboxUpdated)).toEqual(names.slice(0, 1));
    expect(heard(listener.onInvite)).toEqual(names.slice(1, 4));
    expect(heard(listener.onMembership)).toEqual(names.slice(4, 8));
    expect(heard(listener.onPreferences)).toEqual(["preferences.updated"]);
    expect(heard(listener.onDraft)).toEqual(["draft.updated"]);
    expect(heard(listener.onSaved)).toEqual(["saved.updated"]);
    expect(heard(listener.onThread)).toEqual(["thread.read"]);
    expect(heard(listener.onNotification)).toEqual(["notification.created"]);
    expect(heard(listener.onNotificationsRead)).toEqual(["notification.read"]);
    expect(heard(listener.onFile)).toEqual(["file.updated"]);
    expect(heard(listener.onScheduled)).toEqual(["scheduled.sent", "scheduled.failed"]);
    socket.close();
  });

  it("does not report other users' alerts as the user's own", async () => {
    const world = new FakeWorld();
    const client = new CampanaClient({ getToken: async () => "token", environment: world });
    const onNews = vi.fn();
    client.subscribeToOwnAlerts({ onWelcome: vi.fn(), onNews });
    const socket = client.me(QUIET);
    socket.open();
    await vi.waitFor(() => expect(world.sockets).toHaveLength(1));
    world.socket.opens();
    world.socket.says({ type: "welcome", you: { user_id: "7", name: "Ana" } });
    const news = (id: string, user: number) => ({
      event: "panic-alert.triggered",
      id,
      partial: { id, user: { id: user, name: "" } },
    });
    world.socket.says(news("theirs", 8), news("own", 7));
    expect(onNews.mock.calls.map(([{ id }]) => id)).toEqual(["own"]);
    socket.close();
  });

  it("reports missed events by their numbers", async () => {
    vi.useFakeTimers();
    const world = new FakeWorld();
    const client = new CampanaClient({ getToken: async () => "token", environment: world });
    const missed = vi.fn();
    const socket = client.me({ ...QUIET, onMissed: missed });
    socket.open();
    await vi.advanceTimersByTimeAsync(0);
    const welcome = (rev: number) => ({
      type: "welcome",
      you: { user_id: "7", name: "Ana" },
      keep_alive_ms: 25_000,
      rev,
    });
    const event = (rev?: number) => ({ event: "inbox.updated", conversation_id: "c", partial: {}, rev });
    const reconnect = async (rev: number) => {
      const before = world.sockets.length;
      world.socket.closes();
      while (world.sockets.length === before) await vi.advanceTimersByTimeAsync(500);
      world.socket.opens();
      world.socket.says(welcome(rev));
    };
    world.socket.opens();
    world.socket.says(welcome(5));
    expect(missed, "the lists may be older than the first welcome").toHaveBeenCalledTimes(1);
    world.socket.says(event(6), { type: "rev", rev: 7 }, event(), event(8));
    expect(missed, "every number followed").toHaveBeenCalledTimes(1);
    world.socket.says(event(10));
    expect(missed, "9 is missing").toHaveBeenCalledTimes(2);
    await reconnect(10);
    expect(missed, "nothing happened while disconnected").toHaveBeenCalledTimes(2);
    await reconnect(12);
    expect(missed).toHaveBeenCalledTimes(3);
    world.socket.says({ type: "rev", rev: 14 });
    expect(missed).toHaveBeenCalledTimes(4);
    socket.close();
    vi.useRealTimers();
  });
});
