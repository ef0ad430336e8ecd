import { describe, expect, it, vi } from "vitest";
import { CampanaClient } from "../../src/client";
import { FakeWorld } from "../support/world";

describe("a user's own channel", () => {
  it("dispatches known events, and ignores unknown ones", async () => {
    const world = new FakeWorld();
    const client = new CampanaClient({ getToken: async () => "token", environment: world });
    const listener = {
      onState: vi.fn(),
      onWelcome: vi.fn(),
      onInboxUpdated: vi.fn(),
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
      "notification.created",
    ];
    world.socket.says(...names.map((event) => ({ event, conversation_id: "c", partial: {} })));
    const heard = (received: { mock: { calls: unknown[][] } }) =>
      received.mock.calls.map(([event]) => (event as { event: string }).event);
    expect(listener.onWelcome).toHaveBeenCalledOnce();
    expect(heard(listener.onInboxUpdated)).toEqual(names.slice(0, 1));
    expect(heard(listener.onInvite)).toEqual(names.slice(1, 4));
    expect(heard(listener.onMembership)).toEqual(names.slice(4, 8));
    socket.close();
  });

  it("does not report other users' alerts as the user's own", async () => {
    const world = new FakeWorld();
    const client = new CampanaClient({ getToken: async () => "token", environment: world });
    const onNews = vi.fn();
    client.subscribeToOwnAlerts({ onWelcome: vi.fn(), onNews });
    const nothing = vi.fn();
    const listener = { onState: nothing, onWelcome: nothing, onInboxUpdated: nothing };
    const socket = client.me({ ...listener, onInvite: nothing, onMembership: nothing });
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
});
