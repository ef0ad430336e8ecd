import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keys } from "../../src/cache";
import type { Conversation, InboxUpdated } from "../../src/client";
import { ANA, liveCache } from "../support/liveCache";
import { ServerModel } from "../support/serverModel";
import { at, created, welcome } from "../support/world";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A conversation with five unread messages of Ben, open. */
async function opened() {
  const server = new ServerModel("7");
  for (let count = 0; count < 5; count += 1) server.send("8");
  server.flush();
  const cache = liveCache({
    inbox: () => [server.fetched()],
    conversation: () => server.fetched(),
    messages: (cursor) => (cursor ? server.olderPage(cursor) : server.newestPage()),
    message: (id) => server.message(id),
    unread: (seq) => server.unread(seq),
  });
  await cache.live.loadInbox();
  await cache.live.loadMessages("c");
  const unread = () => cache.store.conversation("c")?.unread_count;
  return { server, cache, unread };
}

describe("the unread count", () => {
  it("is 0 immediately when the user reads, before the server answers", async () => {
    const { cache, unread } = await opened();
    expect(unread()).toBe(5);
    cache.live.read("c", 5);
    expect(unread()).toBe(0);
    expect(cache.reads).toEqual([5]);
  });

  it("does not count the user's own messages, from this or another tab", async () => {
    const { cache, unread } = await opened();
    cache.live.read("c", 5);
    cache.listener().onEvent(created(6, { sender_id: ANA.user_id }));
    cache.live.send("c", "hello");
    expect(unread()).toBe(0);
  });

  it("becomes 0 when the user sends, in this tab or elsewhere", async () => {
    const { cache, unread, server } = await opened();
    cache.listener().onEvent(created(6, { sender_id: ANA.user_id }));
    expect(unread()).toBe(0);
    const other = await opened();
    other.cache.live.send("c", "hello");
    const client_msg_id = other.cache.sent[0]?.client_msg_id ?? "";
    other.cache.acknowledge({ ...server.send(ANA.user_id), client_msg_id });
    expect(other.unread()).toBe(0);
  });

  it("becomes 0 when the user reads on another device", async () => {
    const { cache, unread } = await opened();
    const partial = { ...ANA, seq: 5 };
    cache
      .listener()
      .onEphemeral({ event: "message.read", conversation_id: "c", id: partial.user_id, partial, at: at(6) });
    expect(unread()).toBe(0);
  });

  it("does not change when others read", async () => {
    const { cache, unread } = await opened();
    const partial = { user_id: "8", name: "Ben", seq: 5 };
    cache
      .listener()
      .onEphemeral({ event: "message.read", conversation_id: "c", id: partial.user_id, partial, at: at(6) });
    expect(unread()).toBe(5);
    expect(cache.store.get(keys.receipts("c"))).toEqual({ "8": 5 });
  });

  it("counts the rest when only a part was read", async () => {
    const { cache, unread } = await opened();
    cache.live.read("c", 3);
    expect(unread()).toBe(2);
    cache.live.read("c", 2);
    expect(unread()).toBe(2);
  });

  it("is not restored by an inbox update counted before the read", async () => {
    const { cache, unread, server } = await opened();
    cache.live.read("c", 5);
    cache.user().onInboxUpdated(server.inboxUpdate());
    expect(unread()).toBe(0);
  });

  it("is not restored by an inbox fetched before the read", async () => {
    const { cache, unread } = await opened();
    cache.live.read("c", 5);
    await cache.live.loadInbox();
    expect(unread()).toBe(0);
  });

  it("follows the read marker of the welcome", async () => {
    const { cache, unread } = await opened();
    const you = { ...ANA, role: "member" as const, last_read_seq: 5 };
    cache.listener().onWelcome(welcome(5, { you }));
    expect(unread()).toBe(0);
  });
});

describe("a reply that is shown in its thread only, and a system message", () => {
  it("count as nothing, and do not move the marker", async () => {
    const { cache, unread } = await opened();
    const shown = () => cache.store.conversation("c");
    cache.listener().onEvent(created(6, { parent_id: "m1", thread_id: "m1", also_in_channel: false }));
    cache.listener().onEvent(created(7, { type: "system" }));
    cache.listener().onEvent(created(8, { sender_id: ANA.user_id, thread_id: "m1", also_in_channel: false }));
    cache.live.send("c", "in the thread", "m1");
    cache.acknowledge({ id: "m9", seq: 9, created_at: at(9), client_msg_id: cache.sent[0]?.client_msg_id ?? null });
    expect(unread()).toBe(5);
    expect(shown()).toMatchObject({ last_read_seq: 0, last_message: { id: "m5" } });
    expect(cache.store.messageIds("c")).toEqual(["m2", "m3", "m4", "m5", "m7"]);
    cache.listener().onEvent(created(10, { thread_id: "m1", also_in_channel: true }));
    expect(unread()).toBe(6);
  });
});

describe("the count of mentions", () => {
  const mentions = [{ type: "user" as const, user_id: ANA.user_id }];
  const all = [{ type: "room" as const, user_id: null }];

  it("follows events, leaves out threads and blocked people, and is 0 after reading", async () => {
    const { cache } = await opened();
    const counts = () => cache.store.conversation("c")?.mention_count;
    cache.store.set(keys.blocks, [{ user_id: "9", name: "", avatar: null, created_at: at(0) }]);
    cache.listener().onEvent(created(6, { mentions: [...mentions, ...all] }));
    cache.listener().onEvent(created(7, { mentions, thread_id: "m1" }));
    cache.listener().onEvent(created(8, { mentions, sender_id: "9" }));
    expect(counts()).toBe(2);
    const partial = { body: "", mentions, version: 2, edited_at: at(9), updated_at: at(9) };
    const updated = { event: "message.updated" as const, conversation_id: "c", id: "m6", seq: 9, partial, at: at(9) };
    cache.listener().onEvent(updated);
    expect(counts()).toBe(1);
    cache.live.read("c", 9);
    expect(counts()).toBe(0);
  });

  it("comes with the inbox update of a conversation that is not open", async () => {
    const { cache, server } = await opened();
    server.send("8", null, undefined, { mention: "me" });
    cache.user().onInboxUpdated(server.inboxUpdate());
    expect(cache.store.conversation("c")).toMatchObject({ unread_count: 6, mention_count: 1 });
  });
});

describe("messages that the user marks as unread", () => {
  it("are counted again, also after a reload of the page and after a read", async () => {
    const { cache, unread, server } = await opened();
    cache.live.read("c", 5);
    server.read(5);
    const message = cache.store.message("m4");
    if (!message) throw new Error("not loaded");
    expect(await cache.live.unread(message)).toBe(true);
    expect([unread(), cache.store.conversation("c")?.last_read_seq]).toEqual([2, 3]);
    cache.position.known = undefined;
    await cache.live.loadMessages("c");
    await cache.live.loadInbox();
    expect([unread(), cache.store.conversation("c")?.last_read_seq]).toEqual([2, 3]);
    cache.live.read("c", 5);
    expect(unread()).toBe(0);
  });

  it("stay counted when a receipt from before arrives, and are read with one from another device", async () => {
    const { cache, unread, server } = await opened();
    cache.live.read("c", 5);
    server.read(5);
    const message = cache.store.message("m4");
    if (message) await cache.live.unread(message);
    const receipt = { event: "message.read" as const, conversation_id: "c", id: "7", partial: { ...ANA, seq: 5 } };
    cache.listener().onEphemeral({ ...receipt, at: at(6) });
    expect(unread()).toBe(2);
    await vi.advanceTimersByTimeAsync(4_000);
    cache.listener().onEphemeral({ ...receipt, at: at(10) });
    expect(unread()).toBe(0);
  });

  it("stay counted though the user has sent a later message", async () => {
    const { cache, unread, server } = await opened();
    server.send(ANA.user_id);
    cache.listener().onEvent(server.log[5] as never);
    expect(unread()).toBe(0);
    const message = cache.store.message("m5");
    if (message) await cache.live.unread(message);
    cache.position.known = undefined;
    await cache.live.loadMessages("c");
    expect(unread()).toBe(1);
  });

  it("are counted on another device when its marker has reached the server", async () => {
    const { cache, unread, server } = await opened();
    cache.live.read("c", 5);
    server.read(5);
    await vi.advanceTimersByTimeAsync(5_000);
    server.unread(4);
    cache.user().onInboxUpdated(server.inboxUpdate());
    await vi.advanceTimersByTimeAsync(0);
    expect([unread(), cache.store.conversation("c")?.last_read_seq]).toEqual([2, 3]);
  });
});

describe("the inbox", () => {
  function conversation(id: string, seq: number): Conversation {
    const { last_message: _, ...view } = new ServerModel("7").view();
    return { ...view, id, last_message: null, last_message_at: at(seq), last_seq: seq };
  }

  function update(id: string, seq: number, unread_count: number): InboxUpdated {
    const partial = { last_message_at: at(seq), last_seq: seq, unread_count, mention_count: 0 };
    return { event: "inbox.updated", conversation_id: id, rev: seq, id, partial, at: at(seq) };
  }

  it("moves a conversation up on a new message", async () => {
    const cache = liveCache({ inbox: () => [conversation("a", 3), conversation("b", 2), conversation("c", 1)] });
    await cache.live.loadInbox();
    expect(cache.store.inboxIds()).toEqual(["a", "b", "c"]);
    cache.user().onInboxUpdated(update("c", 4, 1));
    expect(cache.store.inboxIds()).toEqual(["c", "a", "b"]);
    expect(cache.store.conversation("c")?.unread_count).toBe(1);
  });

  it("keeps its array while the order stays, so that nothing re-renders", async () => {
    const cache = liveCache({ inbox: () => [conversation("a", 3), conversation("b", 2)] });
    await cache.live.loadInbox();
    const before = cache.store.inboxIds();
    cache.user().onInboxUpdated(update("a", 5, 1));
    expect(cache.store.inboxIds()).toBe(before);
  });

  it("ignores a late update", async () => {
    const cache = liveCache({ inbox: () => [conversation("a", 3)] });
    await cache.live.loadInbox();
    cache.user().onInboxUpdated(update("a", 9, 4));
    cache.user().onInboxUpdated(update("a", 8, 3));
    expect(cache.store.conversation("a")).toMatchObject({ last_seq: 9, unread_count: 4 });
  });

  it("fetches only the conversation that is new", async () => {
    const cache = liveCache({
      inbox: () => [conversation("a", 3)],
      conversation: () => conversation("new", 7),
    });
    await cache.live.loadInbox();
    cache.user().onInboxUpdated(update("new", 7, 1));
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.store.inboxIds()).toEqual(["new", "a"]);
  });

  it("is fetched again when the own channel reconnects", async () => {
    let latest = [conversation("a", 3)];
    const cache = liveCache({ inbox: () => latest });
    await cache.live.loadInbox();
    latest = [conversation("b", 5), conversation("a", 3)];
    cache.user().onMissed();
    await vi.advanceTimersByTimeAsync(0);
    expect(cache.store.inboxIds()).toEqual(["b", "a"]);
  });

  it("drops a conversation after the user was removed", async () => {
    const cache = liveCache({ inbox: () => [conversation("c", 3)] });
    await cache.live.loadInbox();
    cache.live.watch("c");
    cache.listener().onState("forbidden");
    expect(cache.store.inboxIds()).toEqual([]);
  });
});

describe("typing", () => {
  const starts = (user_id = "8", expires_in_ms = 6_000) =>
    ({
      event: "typing.started",
      conversation_id: "c",
      id: user_id,
      partial: { user_id, name: "Ben", expires_in_ms },
      at: at(1),
    }) as const;

  it("ends when the server's expires_in_ms is over, or with its end", async () => {
    const { cache } = await opened();
    const typists = () => cache.store.get<unknown[]>(keys.typing("c"))?.length ?? 0;
    cache.listener().onEphemeral(starts("8", 1_000));
    await vi.advanceTimersByTimeAsync(1_100);
    expect(typists()).toBe(0);
    cache.listener().onEphemeral(starts());
    const person = { user_id: "8", name: "Ben" };
    cache.listener().onEphemeral({ ...starts(), event: "typing.stopped", partial: person });
    expect(typists()).toBe(0);
  });

  it("ends by TTL, with the message, and with the connection", async () => {
    const { cache } = await opened();
    const typists = () => cache.store.get<unknown[]>(keys.typing("c"))?.length ?? 0;
    cache.listener().onEphemeral(starts());
    expect(typists()).toBe(1);
    await vi.advanceTimersByTimeAsync(6_100);
    expect(typists()).toBe(0);
    cache.listener().onEphemeral(starts());
    cache.listener().onEvent(created(6));
    expect(typists()).toBe(0);
    cache.listener().onEphemeral(starts());
    cache.listener().onState("reconnecting");
    expect(typists()).toBe(0);
  });

  it("continues while it is renewed", async () => {
    const { cache } = await opened();
    for (let start = 0; start < 5; start += 1) {
      cache.listener().onEphemeral(starts());
      await vi.advanceTimersByTimeAsync(2_000);
    }
    expect(cache.store.get(keys.typing("c"))).toHaveLength(1);
  });

  it("does not show the user typing on another device", async () => {
    const { cache } = await opened();
    cache.listener().onEphemeral(starts(ANA.user_id));
    expect(cache.store.get<unknown[]>(keys.typing("c")) ?? []).toEqual([]);
  });
});
