import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueryClient, keys } from "../../src/cache";
import { FollowedThreads } from "../../src/cache/followedThreads";
import { Store } from "../../src/cache/store";
import type { Api, MessageView, Thread, ThreadRead } from "../../src/client";
import { ANA, liveCache } from "../support/liveCache";
import { ServerModel } from "../support/serverModel";
import { at, created, message } from "../support/world";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function thread(id: string, seq: number, over: Partial<Thread> = {}): Thread {
  const counts = { reply_count: 1, unread_count: 0, mention_count: 0 };
  return { id, message: message(1) as MessageView, last_read_seq: seq, last_reply_at: at(seq), ...counts, ...over };
}

function read(id: string, following: boolean, last_read_seq: number): ThreadRead {
  return { event: "thread.read", conversation_id: "c", id, partial: { following, last_read_seq }, rev: 1, at: at(9) };
}

async function followed(stored: Thread[]) {
  const store = new Store(createQueryClient());
  const calls = { loads: 0, reads: [] as unknown[] };
  const api = {
    allThreads: async () => {
      calls.loads += 1;
      return [...stored];
    },
    readReplies: async (id: string, seq: number) => void calls.reads.push([id, seq]),
    follow: async () => {},
  } as unknown as Api;
  const threads = new FollowedThreads(api, store, ANA.user_id);
  await threads.load();
  const list = () => store.get<Thread[]>(keys.threads) ?? [];
  return { threads, calls, list, ids: () => list().map(({ id }) => id) };
}

describe("the threads that the user follows", () => {
  const reply = (seq: number, over = {}) => message(seq, { thread_id: "a", parent_id: "a", ...over });
  const mentions = [{ type: "user" as const, user_id: ANA.user_id }];

  it("count replies of others, and are sorted by the newest one", async () => {
    const { threads, list, ids } = await followed([thread("b", 5), thread("a", 3)]);
    threads.replied(reply(6, { mentions }));
    expect(ids()).toEqual(["a", "b"]);
    expect(list()[0]).toMatchObject({ unread_count: 1, mention_count: 1, last_reply_at: at(6) });
    threads.replied(reply(7, { sender_id: ANA.user_id }));
    expect(list()[0]).toMatchObject({ unread_count: 0, mention_count: 0, last_read_seq: 7 });
    threads.replied(reply(6));
    expect(list()[0]?.unread_count, "a repeated event").toBe(0);
  });

  it("are fetched again once when the user begins to follow one, or a reply is deleted", async () => {
    const { threads, calls } = await followed([thread("b", 5)]);
    threads.replied(reply(6));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls.loads, "a thread of others").toBe(1);
    threads.replied(reply(7, { sender_id: ANA.user_id }));
    threads.replied(reply(8, { mentions }));
    const partial = { message_id: "b", reply_count: 0, last_reply_at: null };
    threads.counted({ event: "thread.updated", conversation_id: "c", id: "b", seq: 9, partial, at: at(9) });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls.loads).toBe(2);
  });

  it("follow the user's other devices", async () => {
    const { threads, calls, ids } = await followed([thread("b", 5, { unread_count: 2 }), thread("a", 3)]);
    threads.apply(read("a", false, 3));
    expect(ids()).toEqual(["b"]);
    threads.apply(read("b", true, 5));
    threads.apply(read("b", true, 9));
    threads.apply(read("new", true, 9));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls.loads).toBe(2);
  });

  it("are fetched again after an answer that is older than an event", async () => {
    const stored = [thread("b", 5, { unread_count: 2 }), thread("a", 3)];
    const { threads, calls, list, ids } = await followed(stored);
    const loading = threads.load();
    await threads.read("b", 9);
    threads.apply(read("b", true, 9));
    threads.apply(read("a", false, 3));
    await loading;
    expect(ids()).toEqual(["b"]);
    stored.splice(0, 2, thread("b", 9));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([calls.loads, list()[0]?.unread_count]).toEqual([3, 0]);
  });

  it("are marked as read once for each reply that is seen", async () => {
    const { threads, calls, list } = await followed([thread("a", 3, { unread_count: 2 })]);
    await threads.read("a", 5);
    await threads.read("a", 5);
    await threads.read("a", 4);
    expect(list()[0]).toMatchObject({ unread_count: 0, last_read_seq: 5 });
    expect(calls.reads).toEqual([["a", 5]]);
  });
});

describe("the replies of a thread", () => {
  it("have the user's own one until it is acknowledged and after, and are read to their beginning", async () => {
    const server = new ServerModel("7");
    server.send("8");
    for (let n = 0; n < 6; n += 1) server.send("8", null, undefined, { parent: 0 });
    server.flush();
    const cache = liveCache({
      conversation: () => server.fetched(),
      messages: (cursor) => (cursor ? server.olderPage(cursor) : server.newestPage()),
      replies: (id, cursor) => server.repliesPage(id, cursor),
    });
    await cache.live.loadConversation("c");
    await cache.live.loadMessages("c");
    await cache.live.replies.load("c", "m1");
    const ids = () => cache.store.get<string[]>(keys.replies("m1"));
    expect(ids()).toHaveLength(4);
    expect(await cache.live.replies.loadBackTo("m1", "m2")).toBe(true);
    expect(ids()).toHaveLength(6);
    cache.live.send("c", "mine", "m1");
    expect([ids()?.length, cache.store.messageIds("c")]).toEqual([7, ["m1"]]);
    const client_msg_id = cache.sent[0]?.client_msg_id ?? null;
    cache.acknowledge({ id: "m20", seq: 20, created_at: at(20), client_msg_id });
    expect(ids()?.at(-1)).toBe("m20");
    const partial = { body: null, metadata: null, deleted_at: at(22), updated_at: at(22) };
    const gone = { event: "message.deleted" as const, conversation_id: "c", id: "m1", seq: 22, partial, at: at(22) };
    cache.listener().onEvent(gone);
    cache.live.send("c", "the first message is deleted", "m1");
    expect(cache.sent[1]).toMatchObject({ parent_id: "m20" });
    cache.live.discard("c", cache.sent[1]?.client_msg_id ?? "");
    cache.listener().onEvent(created(21, { thread_id: "m1", also_in_channel: true }));
    expect([ids()?.at(-1), cache.store.messageIds("c")]).toEqual(["m21", ["m1", "m21"]]);
  });
});
