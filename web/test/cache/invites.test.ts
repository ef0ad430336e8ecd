import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keys } from "../../src/cache";
import { type Invite, type InviteCard, type OwnInviteEvent, Problem, type Room } from "../../src/client";
import { liveCache } from "../support/liveCache";
import { ServerModel } from "../support/serverModel";
import { at } from "../support/world";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(at(0)) });
});

afterEach(() => {
  vi.useRealTimers();
});

function card(id: string, over: Partial<InviteCard> = {}): InviteCard {
  return {
    id,
    room: { id: "r", name: "Night shift", description: "", visibility: "private", member_count: 2 },
    invited_by: { user_id: "8", name: "Ben" },
    role: "member",
    expires_at: null,
    created_at: at(1),
    is_member: false,
    ...over,
  };
}

function arrives(id: string, over: Partial<InviteCard> = {}): OwnInviteEvent {
  return { event: "invite.created", conversation_id: "c", rev: 1, id, partial: card(id, over), at: at(1) };
}

function ends(id: string, how: "accepted_at" | "declined_at" | "revoked_at"): OwnInviteEvent {
  const partial = { accepted_at: null, declined_at: null, revoked_at: null, [how]: at(2) };
  const event = how === "revoked_at" ? "invite.revoked" : "invite.updated";
  return { event, conversation_id: "c", rev: 2, id, partial, at: at(2) };
}

describe("invites for the user", () => {
  const ids = (cache: ReturnType<typeof liveCache>) => cache.store.get(keys.myInvites);

  it("arrive newest first, with their cards", async () => {
    const cache = liveCache({ invites: () => [card("i1")] });
    await cache.live.invites.load();
    cache.user().onInvite(arrives("i2"));
    expect(ids(cache)).toEqual(["i2", "i1"]);
    expect(cache.store.invite("i2")?.room.name).toBe("Night shift");
  });

  it.each(["accepted_at", "declined_at", "revoked_at"] as const)(
    "go when another device or the room says so: %s",
    async (how) => {
      const cache = liveCache({ invites: () => [card("i1"), card("i2")] });
      await cache.live.invites.load();
      cache.user().onInvite(ends("i1", how));
      expect(ids(cache)).toEqual(["i2"]);
    },
  );

  it("keep changes that arrive while the list is being fetched", async () => {
    let answer = (_: InviteCard[]) => {};
    const cache = liveCache({ invites: () => new Promise<InviteCard[]>((resolve) => (answer = resolve)) });
    const loaded = cache.live.invites.load();
    cache.user().onInvite(arrives("i2"));
    cache.user().onInvite(ends("i1", "revoked_at"));
    answer([card("i1")]);
    await loaded;
    expect(ids(cache)).toEqual(["i2"]);
  });

  it("expire at their end time", async () => {
    const cache = liveCache({ invites: () => [card("i1", { expires_at: at(10) }), card("i2")] });
    await cache.live.invites.load();
    cache.user().onInvite(arrives("i3", { expires_at: at(20) }));
    await vi.advanceTimersByTimeAsync(11_000);
    expect(ids(cache)).toEqual(["i3", "i2"]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ids(cache)).toEqual(["i2"]);
  });

  it("expire also beyond the maximum delay of a timer", async () => {
    const later = new Date(Date.parse(at(0)) + 60 * 86_400_000).toISOString();
    const cache = liveCache({ invites: () => [card("i1", { expires_at: later })] });
    await cache.live.invites.load();
    await vi.advanceTimersByTimeAsync(59 * 86_400_000);
    expect(ids(cache)).toEqual(["i1"]);
    await vi.advanceTimersByTimeAsync(2 * 86_400_000);
    expect(ids(cache)).toEqual([]);
  });

  it("are fetched again when the own channel reconnects", async () => {
    let latest = [card("i1")];
    const cache = liveCache({ invites: () => latest });
    await cache.live.invites.load();
    latest = [card("i2")];
    cache.user().onMissed();
    await vi.advanceTimersByTimeAsync(0);
    expect(ids(cache)).toEqual(["i2"]);
  });

  it("are removed once accepted or closed", async () => {
    const room = { id: "r", conversation_id: "c" } as Room;
    const answers = [Promise.resolve(room), Promise.reject(new Problem("invite-revoked", 410, "Revoked"))];
    const cache = liveCache({
      invites: () => [card("i1"), card("i2"), card("i3")],
      acceptInvite: () => answers.shift() ?? Promise.reject(Problem.unreachable()),
    });
    await cache.live.invites.load();
    await cache.live.invites.accept("i1");
    await expect(cache.live.invites.accept("i2")).rejects.toMatchObject({ slug: "invite-revoked" });
    await expect(cache.live.invites.accept("i3")).rejects.toMatchObject({ slug: "unreachable" });
    expect(ids(cache)).toEqual(["i3"]);
  });
});

describe("a room's invites, for its moderators", () => {
  const invite = (id: string, over: Partial<Invite> = {}): Invite => ({
    id,
    room_id: "r",
    user_id: null,
    user_name: null,
    role: "member",
    max_uses: 2,
    uses: 0,
    expires_at: null,
    created_by: "8",
    created_at: at(1),
    accepted_at: null,
    declined_at: null,
    revoked_at: null,
    ...over,
  });

  async function opened() {
    const server = new ServerModel("7");
    const over = [invite("i0", { revoked_at: at(1) }), invite("i1", { uses: 2 }), invite("i2", { expires_at: at(-1) })];
    const cache = liveCache({
      conversation: () => server.fetched(),
      messages: () => server.newestPage(),
      roomInvites: () => [invite("i4"), invite("i3", { expires_at: at(60) }), ...over],
    });
    await cache.live.loadMessages("c");
    await cache.live.roomInvites.load("c", "r");
    const tell = (event: "invite.created" | "invite.updated" | "invite.revoked", partial: Invite) =>
      cache.listener().onEphemeral({ event, conversation_id: "c", id: partial.id, partial, at: at(2) });
    return { tell, ids: () => cache.store.get(keys.roomInvites("c")), cache };
  }

  it("are only those that can still be accepted", async () => {
    const { ids } = await opened();
    expect(ids()).toEqual(["i4", "i3"]);
    await vi.advanceTimersByTimeAsync(61_000);
    expect(ids()).toEqual(["i4"]);
  });

  it("follow the events of the room's socket", async () => {
    const { tell, ids, cache } = await opened();
    tell("invite.created", invite("i5", { user_id: "9", max_uses: null }));
    expect(ids()).toEqual(["i5", "i4", "i3"]);
    tell("invite.updated", invite("i4", { uses: 1 }));
    expect(cache.store.get<Invite>(keys.roomInvite("i4"))?.uses).toBe(1);
    tell("invite.updated", invite("i4", { uses: 2 }));
    tell("invite.updated", invite("i5", { user_id: "9", declined_at: at(2) }));
    tell("invite.revoked", invite("i3", { revoked_at: at(2) }));
    expect(ids()).toEqual([]);
  });
});
