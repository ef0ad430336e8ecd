import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keys } from "../../src/cache";
import { loadQuote, quoteOf } from "../../src/cache/quotes";
import type { CachedMessage } from "../../src/cache/types";
import type { MessageView } from "../../src/client";
import { liveCache } from "../support/liveCache";
import { type Sent, ServerModel } from "../support/serverModel";

type Step =
  | { do: "send"; by: string }
  | ({ do: "refer" | "referMine"; by: string } & Sent)
  | { do: "edit"; index: number; mention: Sent["mention"] }
  | { do: "delete" | "pin" | "thread" | "olderReplies"; index: number }
  | { do: "unread"; back: number }
  | { do: "react"; index: number; who: string; emoji: string }
  | { do: "toggle"; who: string }
  | { do: (typeof plain)[number] }
  | { do: "deliver"; count: number }
  | { do: "read"; back: number };

function mention(): fc.Arbitrary<Sent["mention"]> {
  return fc.constantFrom(undefined, undefined, "me", "all");
}

const plain = [
  "rename",
  "flush",
  "older",
  "sendMine",
  "sendMine",
  "acknowledge",
  "acknowledge",
  "otherTab",
  "reset",
  "reload",
  "refetch",
] as const;

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("send" as const), by: fc.constantFrom("8", "9") }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("refer" as const, "refer" as const, "referMine" as const),
      by: fc.constantFrom("8", "9"),
      mention: mention(),
      parent: fc.option(fc.nat(60), { nil: undefined }),
      alsoInChannel: fc.boolean(),
      quote: fc.option(fc.nat(60), { nil: undefined }),
      isSystem: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("edit" as const), index: fc.nat(60), mention: mention() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), index: fc.nat(60) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("pin", "thread", "olderReplies"), index: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unread" as const), back: fc.nat(6) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("react" as const),
      index: fc.nat(60),
      who: fc.constantFrom("7", "8", "9"),
      emoji: fc.constantFrom(":a:", ":b:"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("toggle" as const), who: fc.constantFrom("9", "10") }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("deliver" as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("read" as const), back: fc.nat(3) }) },
  { weight: 9, arbitrary: fc.record({ do: fc.constantFrom(...plain) }) },
);

describe("a cached conversation", () => {
  it("equals a fresh fetch after any history of events, pages and resets", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30, size: "max" }),
        fc.array(step, { maxLength: 40, size: "max" }),
        check,
      ),
      { numRuns: 1_000 },
    );
  }, 120_000);
});

/** Answers of the fake server that nothing waits for: about threads and mentions. */
async function answersArrive(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

/** First the server alone, then the client looks, and both go on. */
async function check(before: Step[], after: Step[]): Promise<void> {
  const server = new ServerModel("7");
  const cache = liveCache({
    conversation: () => server.fetched(),
    messages: (cursor) => (cursor ? server.olderPage(cursor) : server.newestPage()),
    replies: (id, cursor) => server.repliesPage(id, cursor),
    message: (id) => server.message(id),
    unread: (seq) => server.unread(seq),
  });
  const { store, live } = cache;
  for (const { ...each } of before) {
    if (each.do === "send") server.send(each.by);
    if (each.do === "refer") server.send(each.by, null, undefined, each);
    if (each.do === "edit") server.edit(each.index, each.mention);
    if (each.do === "delete") server.delete(each.index);
    if (each.do === "react") server.react(each.index, each.who, each.emoji);
    if (each.do === "pin") server.pin(each.index);
    if (each.do === "toggle") server.toggleMember(each.who);
    if (each.do === "otherTab") {
      // Where one has read is known from the record alone if that message is on no page yet.
      server.send("7");
      server.flush();
    }
    if (each.do === "flush") server.flush();
  }
  await cache.live.loadConversation("c");
  await cache.live.loadMessages("c");
  const position = () => cache.position.known?.seq ?? 0;
  let acknowledged = 0;

  const acknowledge = (upTo: number) => {
    // The oldest not yet acknowledged, though events before it may not have come.
    while (acknowledged < upTo) {
      const own = cache.sent[acknowledged];
      const known = server.all().find((each) => each.client_msg_id === own?.client_msg_id);
      acknowledged += 1;
      if (known) cache.acknowledge(known);
    }
  };
  const sendMine = ({ mention, parent, alsoInChannel, quote }: Sent = {}) => {
    const answered = server.present(parent);
    // The page answers the first message of a thread whose replies are loaded.
    const root = answered && store.get(keys.replies(answered.id)) ? parent : undefined;
    const body = `text ${server.head + 1}${mention ? ` @${mention}` : ""}`;
    const threadId = root === undefined ? undefined : answered?.id;
    live.send("c", body, threadId, { quoteId: server.present(quote)?.id, alsoInChannel: alsoInChannel ?? false });
    server.send("7", cache.sent.at(-1)?.client_msg_id, "tab", { mention, parent: root, alsoInChannel, quote });
  };
  const deliver = (count: number) => {
    for (const event of server.log.slice(position(), position() + count)) {
      cache.position.known = { epoch: "e1", seq: event.seq };
      if (event.origin_client_id === "tab") {
        const key = event.event === "message.created" ? event.partial.client_msg_id : null;
        acknowledge(cache.sent.findIndex((each) => each.client_msg_id === key) + 1);
      } else {
        cache.listener().onEvent(event);
      }
    }
  };

  for (const each of after) {
    switch (each.do) {
      case "send":
        server.send(each.by);
        break;
      case "otherTab":
        server.send("7", `other ${server.head}`);
        break;
      case "refer":
        server.send(each.by, null, undefined, each);
        break;
      case "referMine":
        sendMine(each);
        break;
      case "edit":
        server.edit(each.index, each.mention);
        break;
      case "thread": {
        const root = server.present(each.index);
        if (root && !root.thread_id) await live.replies.load("c", root.id);
        break;
      }
      case "olderReplies": {
        const root = server.present(each.index);
        if (root) await live.replies.loadOlder(root.id);
        break;
      }
      case "unread": {
        // The page knows the messages that it has sent, and so does the server.
        deliver(server.head);
        const shown = store.messageIds("c")?.at(-1 - each.back);
        const message = shown ? store.message(shown) : undefined;
        if (message && !message.delivery) await live.unread(message);
        break;
      }
      case "delete":
        server.delete(each.index);
        break;
      case "react":
        server.react(each.index, each.who, each.emoji);
        break;
      case "pin":
        server.pin(each.index);
        break;
      case "toggle":
        server.toggleMember(each.who);
        break;
      case "rename":
        server.rename();
        break;
      case "flush":
        server.flush();
        break;
      case "older":
        await cache.live.histories.loadOlder("c");
        break;
      case "sendMine":
        sendMine();
        break;
      case "acknowledge":
        acknowledge(cache.sent.length);
        break;
      case "deliver":
        deliver(each.count);
        break;
      case "read": {
        const newest = cache.store.messageIds("c")?.findLast((id) => !cache.store.message(id)?.delivery);
        const seq = Math.max(0, (newest ? (cache.store.message(newest)?.seq ?? 0) : 0) - each.back);
        // The marker is of a message that was loaded, as when a person reads.
        const oldest = cache.store.message(cache.store.messageIds("c")?.[0] ?? "")?.seq ?? 0;
        if (seq < oldest || oldest === 0) break;
        cache.live.read("c", seq);
        server.read(seq);
        break;
      }
      case "reset":
        // Events are kept back until the page is there; acknowledgements are not.
        await cache.live.loadConversation("c");
        cache.position.known = undefined;
        {
          const loading = cache.live.loadMessages("c");
          sendMine();
          acknowledge(cache.sent.length);
          await loading;
          // Threads are loaded again. Events come in turns of their own, not between an answer and its use.
          await answersArrive();
        }
        break;
      case "reload": {
        // A page on its way while events arrive: when it comes, it is the older one.
        deliver(server.head);
        const loading = cache.live.loadMessages("c");
        server.send("8");
        server.edit(server.head);
        server.delete(server.head + 1);
        server.send("8", null, undefined, { parent: server.head + 2, alsoInChannel: server.head % 2 === 0 });
        deliver(server.head);
        await loading;
        break;
      }
      case "refetch":
        // As with the inbox, when the person's own channel comes back.
        await cache.live.loadConversation("c");
        break;
    }
  }
  deliver(server.head);
  await answersArrive();

  const ids = cache.store.messageIds("c") ?? [];
  const all = server.messages();
  const expected = all.slice(all.length - ids.length);
  const nameless = <T extends { sender_name: string }>(message: T | undefined) =>
    message && { ...message, sender_name: "" };
  const quoted = <T extends CachedMessage>(message: T) =>
    nameless({ ...message, quote: message.quote && { ...message.quote, sender_name: "" } });
  const shownAs = async (id: string) => {
    const message = store.message(id);
    if (!message) return undefined;
    // As the row does that shows it.
    if (quoteOf(store, message) === undefined) {
      store.set(keys.quote("c", message.quote_id ?? ""), await loadQuote(live.client.api, message));
    }
    return quoted({ ...message, quote: quoteOf(store, message) ?? null });
  };
  expect(ids).toEqual(expected.map(({ id }) => id));
  expect(await Promise.all(ids.map(shownAs))).toEqual(expected.map(quoted));
  for (const root of server.all()) {
    const loaded = store.get<string[]>(keys.replies(root.id));
    if (!loaded) continue;
    const replies = server.replies(root.id);
    const newest = replies.slice(replies.length - loaded.length);
    expect(await Promise.all([root.id, ...loaded].map(shownAs))).toEqual([root, ...newest].map(quoted));
  }
  const shown = cache.store.conversation("c");
  const truth = server.view();
  // The newest message may have reactions and a pin, which nothing shows in a list of conversations.
  const unshown = { reactions: [], pinned_at: null, pinned_by: null, reply_count: 0, last_reply_at: null, quote: null };
  const plain = (message: Partial<MessageView> | undefined) => message && { ...message, ...unshown };
  const comparable = (view: typeof truth | undefined) =>
    view && { ...view, last_message: plain(nameless(view.last_message ?? undefined)), last_seq: 0 };
  // A deleted message that was never loaded cannot be told from one that was read; see `unread.test.ts`.
  const isLoaded = ids.length === all.length || (expected[0]?.seq ?? 0) <= truth.last_read_seq + 1;
  const unread = isLoaded ? {} : { unread_count: truth.unread_count, mention_count: truth.mention_count };
  expect({ ...comparable(shown), ...unread }).toEqual(comparable(truth));
}
