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
  return { event, conversation_id: "c", id: ANA.user_id, partial: about, at: at(seq) };
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
  it("stand by rank and name, and follow the room's events", async () => {
    const { cache, load, ids } = await opened();
    await load();
    expect(ids()).toEqual(["8", "7", "9"]);
    cache.told().onEvent(durable(1, "member.joined", { user_id: "10", name: "Bea", role: "member", joined_at: at(1) }));
    expect(ids()).toEqual(["8", "7", "10", "9"]);
    cache.told().onEvent(durable(2, "member.updated", { user_id: "9", role: "owner" }));
    expect(ids()).toEqual(["9", "8", "7", "10"]);
    cache.told().onEvent(durable(3, "member.removed", { user_id: "8", banned: true }));
    cache.told().onEvent(durable(4, "member.left", { user_id: "10" }));
    expect(ids()).toEqual(["9", "7"]);
  });

  it("miss nothing that is told while they are on their way", async () => {
    let answer = (_: Member[]) => {};
    const { cache, load, ids } = await opened(() => new Promise<Member[]>((resolve) => (answer = resolve)));
    const loaded = load();
    await vi.advanceTimersByTimeAsync(0);
    cache.told().onEvent(durable(1, "member.left", { user_id: "9" }));
    cache.told().onEvent(durable(2, "member.updated", { user_id: "8", muted_until: at(60) }));
    answer([MYSELF, CARLA, BEN]);
    await loaded;
    expect(ids()).toEqual(["8", "7"]);
    expect(cache.store.member("c", "8")?.muted_until).toBe(at(60));
  });

  it("keep their mute when they leave and come back", async () => {
    const { cache, load } = await opened(() => [MYSELF, { ...CARLA, muted_until: at(60) }]);
    await load();
    cache.told().onEvent(durable(1, "member.left", { user_id: "9" }));
    cache
      .told()
      .onEvent(durable(2, "member.joined", { user_id: "9", name: "Carla", role: "member", joined_at: at(2) }));
    expect(cache.store.member("c", "9")?.muted_until).toBe(at(60));
  });
});

describe("one's own mute", () => {
  it("is known from the list of members, and ends by itself", async () => {
    const { load, mute } = await opened(() => [{ ...MYSELF, muted_until: at(60) }]);
    await load();
    expect(mute()).toBe(at(60));
    await vi.advanceTimersByTimeAsync(59_000);
    expect(mute()).toBe(at(60));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(mute()).toBeNull();
  });

  it("is told by the own channel, longer and shorter, and lifted", async () => {
    const { cache, mute } = await opened();
    cache.user().onMembership(own("member.updated", { muted_until: at(60), reason: "shouting" }, 1));
    expect(mute()).toBe(at(60));
    cache.user().onMembership(own("member.updated", { muted_until: at(600) }, 2));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(mute()).toBe(at(600));
    cache.user().onMembership(own("member.updated", { muted_until: null }, 3));
    expect(mute()).toBeNull();
  });

  it("does not come back with an own channel that is late", async () => {
    const { cache, load, mute } = await opened();
    await load();
    cache.told().onEvent(durable(1, "member.updated", { user_id: "7", muted_until: at(60) }));
    cache.told().onEvent(durable(2, "member.updated", { user_id: "7", muted_until: null }));
    cache.user().onMembership(own("member.updated", { muted_until: at(60) }, 1));
    expect(mute()).toBeNull();
  });

  it("is learnt from a refusal, of a message or of a key pressed, and is no notice then", async () => {
    const { cache, mute } = await opened();
    const muted = new Problem("muted", 403, "You are muted here", undefined, undefined, at(60));
    cache.told().onProblem(muted);
    expect(mute()).toBe(at(60));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(mute()).toBeNull();
    cache.live.send("c", "hello");
    const until = at(120);
    const again = new Problem("muted", 403, "You are muted here", undefined, undefined, until);
    cache.told().onRefused(cache.sent[0]?.client_msg_id ?? "", again);
    expect(mute()).toBe(until);
  });
});

describe("where one is in", () => {
  it("a conversation appears when somebody adds one, and its room is none to join", async () => {
    const server = new ServerModel("7");
    const cache = liveCache({ inbox: () => [], conversation: () => server.fetched() });
    cache.store.set(keys.rooms, [{ id: "r", role: null, member_count: 2 }] as Room[]);
    await cache.live.loadInbox();
    cache.user().onMembership(own("member.joined", { role: "member" }));
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.store.inboxIds()).toEqual(["c"]);
    expect(cache.store.get<Room[]>(keys.rooms)?.[0]).toMatchObject({ role: "member", member_count: 3 });
  });

  it("a conversation goes when one is banned, and it is known why", async () => {
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

  it("whoever comes back while they look is connected again", async () => {
    const { cache } = await opened();
    cache.live.watch("c");
    cache.user().onMembership(own("member.removed", {}, 1));
    cache.told().onState("forbidden");
    expect(cache.opened.times).toBe(1);
    cache.user().onMembership(own("member.joined", { role: "member" }, 2));
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.opened.times).toBe(2);
    expect(cache.store.get(keys.ending("c"))).toBeNull();
    expect(cache.store.inboxIds()).toEqual(["c"]);
  });

  it("whoever comes right back is connected anew, though the old socket still looks open", async () => {
    const { cache } = await opened();
    cache.live.watch("c");
    cache.user().onMembership(own("member.removed", { banned: true }, 1));
    cache.user().onMembership(own("member.joined", { role: "member" }, 2));
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.opened).toEqual({ times: 2, now: true });
  });

  it("a removal that is told late leaves the connection as it is", async () => {
    const { cache } = await opened();
    cache.live.watch("c");
    cache.user().onMembership(own("member.joined", { role: "member" }, 2));
    cache.user().onMembership(own("member.removed", {}, 1));
    expect(cache.opened).toEqual({ times: 1, now: true });
  });

  it("a removal that is told late does not undo the return", async () => {
    const { cache } = await opened();
    cache.user().onMembership(own("member.joined", { role: "member" }, 2));
    cache.user().onMembership(own("member.left", {}, 1));
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.store.inboxIds()).toEqual(["c"]);
  });

  it("a removal while the inbox is on its way is not undone by it", async () => {
    const { cache } = await opened();
    const loaded = cache.live.loadInbox();
    cache.user().onMembership(own("member.removed", {}));
    await loaded;
    expect(cache.store.inboxIds()).toEqual([]);
    await cache.live.loadInbox();
    expect(cache.store.inboxIds()).toEqual(["c"]);
    expect(cache.store.get(keys.ending("c"))).toBeNull();
  });

  it("another rank is known at once", async () => {
    const { cache } = await opened();
    cache.user().onMembership(own("member.updated", { role: "moderator" }));
    expect(cache.store.conversation("c")?.role).toBe("moderator");
  });
});
