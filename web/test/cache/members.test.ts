import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keys } from "../../src/cache";
import { type Durable, type Member, type OwnMembershipEvent, Problem, type Room } from "../../src/client";
import { ANA, liveCache } from "../support/liveCache";
import { ServerModel } from "../support/serverModel";
import { at } from "../support/world";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(at(0)) });
});

afterEach(() => {
  vi.useRealTimers();
});

function member(user_id: string, name: string, over: Partial<Member> = {}): Member {
  return {
    user_id,
    name,
    avatar: null,
    role: "member",
    joined_at: at(0),
    last_read_seq: 0,
    last_read_message_id: null,
    last_read_at: null,
    muted_until: null,
    ...over,
  };
}

const BEN = member("8", "Ben", { role: "moderator" });
const CARLA = member("9", "Carla");
const MYSELF = member(ANA.user_id, ANA.name);

type MemberEvent = "member.joined" | "member.updated" | "member.left" | "member.removed";

function durable(seq: number, event: MemberEvent, partial: object): Durable {
  return { event, conversation_id: "c", seq, id: "x", partial, at: at(seq) } as Durable;
}

function own(event: MemberEvent, partial: Partial<OwnMembershipEvent["partial"]>, seq = 1): OwnMembershipEvent {
  const about = { user_id: ANA.user_id, room_id: "r", ...partial };
  return { event, conversation_id: "c", rev: seq, id: ANA.user_id, partial: about, at: at(seq) };
}

/** A room with three members, open. */
async function opened(members: () => Promise<Member[]> | Member[] = () => [MYSELF, CARLA, BEN]) {
  const server = new ServerModel("7");
  const cache = liveCache({
    inbox: () => [server.fetched()],
    conversation: () => server.fetched(),
    messages: () => server.newestPage(),
    members,
  });
  await cache.live.loadInbox();
  await cache.live.loadMessages("c");
  const load = () => cache.live.members.load("c", "r");
  const ids = () => cache.store.memberIds("c");
  const mute = () => cache.store.member("c", ANA.user_id)?.muted_until ?? null;
  return { cache, load, ids, mute };
}

describe("the members of a room", () => {
  it("are sorted by role and name, and follow the room's events", async () => {
    const { cache, load, ids } = await opened();
    await load();
    expect(ids()).toEqual(["8", "7", "9"]);
    cache
      .listener()
      .onEvent(durable(1, "member.joined", { user_id: "10", name: "Bea", role: "member", joined_at: at(1) }));
    expect(ids()).toEqual(["8", "7", "10", "9"]);
    cache.listener().onEvent(durable(2, "member.updated", { user_id: "9", role: "owner" }));
    expect(ids()).toEqual(["9", "8", "7", "10"]);
    cache.listener().onEvent(durable(3, "member.removed", { user_id: "8", banned: true }));
    cache.listener().onEvent(durable(4, "member.left", { user_id: "10" }));
    expect(ids()).toEqual(["9", "7"]);
  });

  it("keep events that arrive while they are being fetched", async () => {
    let answer = (_: Member[]) => {};
    const { cache, load, ids } = await opened(() => new Promise<Member[]>((resolve) => (answer = resolve)));
    const loaded = load();
    await vi.advanceTimersByTimeAsync(0);
    cache.listener().onEvent(durable(1, "member.left", { user_id: "9" }));
    cache.listener().onEvent(durable(2, "member.updated", { user_id: "8", muted_until: at(60) }));
    answer([MYSELF, CARLA, BEN]);
    await loaded;
    expect(ids()).toEqual(["8", "7"]);
    expect(cache.store.member("c", "8")?.muted_until).toBe(at(60));
  });

  it("keep their mute when they leave and rejoin", async () => {
    const { cache, load } = await opened(() => [MYSELF, { ...CARLA, muted_until: at(60) }]);
    await load();
    cache.listener().onEvent(durable(1, "member.left", { user_id: "9" }));
    cache
      .listener()
      .onEvent(durable(2, "member.joined", { user_id: "9", name: "Carla", role: "member", joined_at: at(2) }));
    expect(cache.store.member("c", "9")?.muted_until).toBe(at(60));
  });
});

describe("the user's own mute", () => {
  it("comes from the list of members, and expires", async () => {
    const { load, mute } = await opened(() => [{ ...MYSELF, muted_until: at(60) }]);
    await load();
    expect(mute()).toBe(at(60));
    await vi.advanceTimersByTimeAsync(59_000);
    expect(mute()).toBe(at(60));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(mute()).toBeNull();
  });

  it("follows the own channel: extended, shortened and lifted", async () => {
    const { cache, mute } = await opened();
    cache.user().onMembership(own("member.updated", { muted_until: at(60), reason: "shouting" }, 1));
    expect(mute()).toBe(at(60));
    cache.user().onMembership(own("member.updated", { muted_until: at(600) }, 2));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(mute()).toBe(at(600));
    cache.user().onMembership(own("member.updated", { muted_until: null }, 3));
    expect(mute()).toBeNull();
  });

  it("is not restored by a late event of the own channel", async () => {
    const { cache, load, mute } = await opened();
    await load();
    cache.listener().onEvent(durable(1, "member.updated", { user_id: "7", muted_until: at(60) }));
    cache.listener().onEvent(durable(2, "member.updated", { user_id: "7", muted_until: null }));
    cache.user().onMembership(own("member.updated", { muted_until: at(60) }, 1));
    expect(mute()).toBeNull();
  });

  it("comes from a refused message or typing signal, without a notice", async () => {
    const { cache, mute } = await opened();
    const muted = new Problem("muted", 403, "You are muted here", undefined, undefined, at(60));
    cache.listener().onProblem(muted);
    expect(mute()).toBe(at(60));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(mute()).toBeNull();
    cache.live.send("c", "hello");
    const until = at(120);
    const again = new Problem("muted", 403, "You are muted here", undefined, undefined, until);
    cache.listener().onRefused(cache.sent[0]?.client_msg_id ?? "", again);
    expect(mute()).toBe(until);
  });
});

describe("the user's memberships", () => {
  it("a conversation appears when the user is added, and its room counts as joined", async () => {
    const server = new ServerModel("7");
    const cache = liveCache({ inbox: () => [], conversation: () => server.fetched() });
    cache.store.set(keys.rooms, [{ id: "r", role: null, member_count: 2 }] as Room[]);
    await cache.live.loadInbox();
    cache.user().onMembership(own("member.joined", { role: "member" }));
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.store.inboxIds()).toEqual(["c"]);
    expect(cache.store.get<Room[]>(keys.rooms)?.[0]).toMatchObject({ role: "member", member_count: 3 });
  });

  it("a conversation disappears when the user is banned, with the reason", async () => {
    const { cache } = await opened();
    cache.user().onMembership(own("member.removed", { banned: true, reason: "spam", until: at(60) }));
    expect(cache.store.inboxIds()).toEqual([]);
    expect(cache.store.get(keys.ending("c"))).toEqual({ how: "banned", reason: "spam", until: at(60) });
  });

  it.each([
    ["member.removed", "removed"],
    ["member.left", "left"],
  ] as const)("%s on another device ends it here", async (event, how) => {
    const { cache } = await opened();
    cache.user().onMembership(own(event, {}));
    expect(cache.store.inboxIds()).toEqual([]);
    expect(cache.store.get(keys.ending("c"))).toMatchObject({ how });
  });

  it("a user who rejoins while the conversation is shown is reconnected", async () => {
    const { cache } = await opened();
    cache.live.watch("c");
    cache.user().onMembership(own("member.removed", {}, 1));
    cache.listener().onState("forbidden");
    expect(cache.opened.times).toBe(1);
    cache.user().onMembership(own("member.joined", { role: "member" }, 2));
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.opened.times).toBe(2);
    expect(cache.store.get(keys.ending("c"))).toBeNull();
    expect(cache.store.inboxIds()).toEqual(["c"]);
  });

  it("a user who rejoins immediately gets a new socket, though the old one still looks open", async () => {
    const { cache } = await opened();
    cache.live.watch("c");
    cache.user().onMembership(own("member.removed", { banned: true }, 1));
    cache.user().onMembership(own("member.joined", { role: "member" }, 2));
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.opened).toEqual({ times: 2, now: true });
  });

  it("a late removal event leaves the connection open", async () => {
    const { cache } = await opened();
    cache.live.watch("c");
    cache.user().onMembership(own("member.joined", { role: "member" }, 2));
    cache.user().onMembership(own("member.removed", {}, 1));
    expect(cache.opened).toEqual({ times: 1, now: true });
  });

  it("a late removal event does not undo a rejoin", async () => {
    const { cache } = await opened();
    cache.user().onMembership(own("member.joined", { role: "member" }, 2));
    cache.user().onMembership(own("member.left", {}, 1));
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.store.inboxIds()).toEqual(["c"]);
  });

  it("a removal during an inbox fetch is not undone by the response", async () => {
    const { cache } = await opened();
    const loaded = cache.live.loadInbox();
    cache.user().onMembership(own("member.removed", {}));
    await loaded;
    expect(cache.store.inboxIds()).toEqual([]);
    await cache.live.loadInbox();
    expect(cache.store.inboxIds()).toEqual(["c"]);
    expect(cache.store.get(keys.ending("c"))).toBeNull();
  });

  it("a changed role applies immediately", async () => {
    const { cache } = await opened();
    cache.user().onMembership(own("member.updated", { role: "moderator" }));
    expect(cache.store.conversation("c")?.role).toBe("moderator");
  });
});
