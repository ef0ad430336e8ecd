// @vitest-environment happy-dom
import { QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MessageList } from "../../src/app/MessageList";
import { keys, LiveProvider, useConversation, useConversationMessages } from "../../src/cache";
import type { Durable, User } from "../../src/client";
import { liveCache } from "../support/liveCache";
import { ServerModel } from "../support/serverModel";
import { created } from "../support/world";

const server = () => {
  const model = new ServerModel("7");
  for (const sender of ["8", "7", "8"]) model.send(sender);
  model.read(1);
  return model;
};

let root: Root;
let place: HTMLElement;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  place = document.body.appendChild(document.createElement("div"));
  root = createRoot(place);
});

afterEach(async () => {
  await act(async () => root.unmount());
  place.remove();
  vi.unstubAllGlobals();
});

function Page() {
  const conversation = useConversation("c");
  const { ids, ...history } = useConversationMessages("c");
  if (!conversation || !ids) return null;
  return (
    <MessageList
      conversation={conversation}
      ids={ids}
      history={history}
      isCovered={false}
      onEdit={() => {}}
      onQuote={() => {}}
    />
  );
}

async function shown() {
  const model = server();
  const cache = liveCache({
    conversation: () => model.fetched(),
    messages: () => model.newestPage(),
    user: (id) => ({ id, name: "Carla" }) as User,
  });
  await act(async () => {
    root.render(
      <QueryClientProvider client={cache.store.queries}>
        <LiveProvider value={cache.live}>
          <Page />
        </LiveProvider>
      </QueryClientProvider>,
    );
  });
  const rows = () => [...place.querySelectorAll(".message")];
  const row = (text: string) => rows().find((each) => each.textContent?.includes(text));
  return { cache, rows, row };
}

describe("the list of messages", () => {
  it("keeps the DOM row of a message when the server answers", async () => {
    const { cache, row } = await shown();
    await act(async () => cache.live.send("c", "hello"));
    const pending = row("hello");
    expect(pending?.classList).toContain("pending");
    const client_msg_id = cache.sent[0]?.client_msg_id ?? "";
    await act(async () => cache.acknowledge({ client_msg_id, id: "m5", seq: 5, created_at: new Date().toISOString() }));
    expect(row("hello")).toBe(pending);
    expect(pending?.classList).not.toContain("pending");
    expect(cache.store.messageIds("c")).toContain("m5");
  });

  it("shows a message once, though its acknowledgement was lost and it came back as an event", async () => {
    const { cache, rows, row } = await shown();
    await act(async () => cache.live.send("c", "hello"));
    const pending = row("hello");
    const client_msg_id = cache.sent[0]?.client_msg_id ?? "";
    await act(async () =>
      cache.listener().onEvent(created(4, { client_msg_id, sender_id: "7", body: "hello" }, "tab")),
    );
    expect(rows().filter((each) => each.textContent?.includes("hello"))).toEqual([pending]);
  });

  it("draws a line before the first unread message, and keeps it while the user reads", async () => {
    const { row, cache } = await shown();
    expect(row("text 3")?.querySelector(".unread-divider")).not.toBeNull();
    expect(cache.reads).toEqual([3]);
    await act(async () => cache.listener().onEvent(created(4, { body: "another" })));
    expect(place.querySelectorAll(".unread-divider")).toHaveLength(1);
    expect(row("text 3")?.querySelector(".unread-divider")).not.toBeNull();
  });

  it("announces new messages, and not loaded ones", async () => {
    const { cache } = await shown();
    const spoken = () => place.querySelector("[aria-live=polite]")?.textContent;
    expect(spoken()).toBe("");
    await act(async () => cache.listener().onEvent(created(4, { body: "news" })));
    expect(spoken()).toBe("Ben: news");
  });

  it("hides messages of blocked people until they are shown, and does not announce them", async () => {
    const { cache, rows, row } = await shown();
    const blocks = [{ user_id: "8", name: "Ben", avatar: null, created_at: "" }];
    await act(async () => cache.store.set(keys.blocks, blocks));
    expect(row("text 1")).toBeUndefined();
    expect(row("text 2"), "of the user").toBeDefined();
    await act(async () => cache.listener().onEvent(created(4, { body: "news" })));
    expect(place.querySelector("[aria-live=polite]")?.textContent).toBe("");
    await act(async () => rows()[0]?.querySelector<HTMLElement>(".bubble button")?.click());
    expect(row("text 1")).toBeDefined();
    expect(row("text 3")).toBeUndefined();
    await act(async () => cache.store.set(keys.blocks, []));
    expect(row("text 3")).toBeDefined();
  });

  it("gives a message that a jump leads to the focus", async () => {
    const { cache, row } = await shown();
    Element.prototype.scrollIntoView = () => {};
    await act(async () => cache.store.set(keys.jump("c"), { messageId: "m1" }));
    expect(row("text 1")?.classList).toContain("target");
    expect(document.activeElement).toBe(row("text 1"));
    await act(async () => cache.store.set(keys.jump("c"), { messageId: "unknown" }));
    expect(cache.store.get(keys.jump("c"))).toBeNull();
  });

  it("offers a retry for a failed message", async () => {
    const { cache, row } = await shown();
    await act(async () => cache.live.send("c", "hello"));
    const client_msg_id = cache.sent[0]?.client_msg_id ?? "";
    const { Problem } = await import("../../src/client");
    await act(async () => cache.listener().onRefused(client_msg_id, new Problem("muted", 403, "You are muted here")));
    expect(row("hello")?.textContent).toContain("Not sent. You are muted here.");
    const retry = [...(row("hello")?.querySelectorAll("button") ?? [])].find((it) => it.textContent === "Try again");
    await act(async () => retry?.click());
    expect(row("hello")?.classList).toContain("pending");
  });

  it("shows markup as text", async () => {
    const { cache, row } = await shown();
    await act(async () => cache.listener().onEvent(created(4, { body: "<img src=x onerror=alert(1)>" })));
    expect(row("<img src=x")?.querySelector("img")).toBeNull();
  });

  it("shows messages of the system as lines, without sender, menu and effect on what is unread", async () => {
    const { cache, row } = await shown();
    const metadata = { kind: "removed", actor_id: "7", user_id: "9" };
    const system = { type: "system" as const, sender_id: "8", body: null, metadata };
    const before = cache.store.conversation("c")?.unread_count;
    const last = cache.store.conversation("c")?.last_message?.id;
    await act(async () => cache.listener().onEvent(created(4, system)));
    const line = place.querySelector(".message.system");
    expect(line?.querySelector(".system-line span")?.textContent).toBe("Ana removed Carla");
    expect(line?.querySelector("button, .bubble, .sender, .line-avatar")).toBeNull();
    expect(place.querySelector("[aria-live=polite]")?.textContent).toBe("");
    expect(cache.store.conversation("c")?.unread_count).toBe(before);
    expect(cache.store.conversation("c")?.last_message?.id).toBe(last);
    // The next message of the same sender stands for itself.
    await act(async () => cache.listener().onEvent(created(5, { body: "news", sender_id: "8" })));
    expect(row("news")?.classList).toContain("first");
  });

  it("shows previews of links that are safe to open", async () => {
    const { cache, row } = await shown();
    const previews = [
      { url: "https://news.test/a", title: "A title", description: "Some words", image: "https://news.test/a.png" },
      { url: "https://plain.test/", title: "Plain", image: "http://plain.test/a.png", site_name: "Plain site" },
      { url: "javascript:alert(1)", title: "Evil" },
      { url: "https://untitled.test/" },
    ];
    await act(async () => cache.listener().onEvent(created(4, { body: "see this" })));
    const metadata = { link_previews: [...previews, "x", null, { url: 7, title: [] }] };
    const partial = { body: "see this", edited_at: null, version: 1, metadata, updated_at: new Date().toISOString() };
    const event = { event: "message.updated", conversation_id: "c", seq: 5, id: "m4", partial, at: partial.updated_at };
    await act(async () => cache.listener().onEvent(event as unknown as Durable));
    const cards = [...(row("see this")?.querySelectorAll<HTMLAnchorElement>("a.preview") ?? [])];
    expect(cards.map(({ href, rel, target }) => [href, rel, target])).toEqual([
      ["https://news.test/a", "noopener noreferrer nofollow", "_blank"],
      ["https://plain.test/", "noopener noreferrer nofollow", "_blank"],
    ]);
    expect(cards.map((card) => card.querySelector("img")?.getAttribute("loading"))).toEqual(["lazy", undefined]);
    expect(cards[0]?.textContent).toBe("news.testA titleSome words");
    expect(row("see this")?.textContent).not.toContain("edited");
    const gone = { body: null, metadata: null, deleted_at: partial.updated_at, updated_at: partial.updated_at };
    const deleted = { ...event, event: "message.deleted", seq: 6, partial: gone };
    await act(async () => cache.listener().onEvent(deleted as unknown as Durable));
    expect(place.querySelector("a.preview")).toBeNull();
  });
});
