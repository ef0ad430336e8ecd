// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { openMessage, placeOf, safeAddress, titleOfNotification } from "../../src/app/notificationPlace";
import { routeOf } from "../../src/app/route";
import { keys, type LiveCache } from "../../src/cache";
import type { Notification } from "../../src/client";
import { liveCache } from "../support/liveCache";
import { at, message } from "../support/world";

function notification(over: Partial<Notification>): Notification {
  const texts = { title: null, body: null, url: null, data: null };
  const base = { id: "n", kind: "app", actor: null, conversation_id: null, message: null };
  return { ...base, ...texts, created_at: at(1), updated_at: at(1), read_at: null, ...over };
}

const about = (parent_id: string | null) => ({
  conversation_id: "c",
  message: { id: "m", seq: 1, sender_id: "8", sender_name: "Ben", type: "text" as const, body: "x", parent_id },
});

describe("the address of a notification", () => {
  const page = "https://app.test/#/c/1";
  it.each([
    ["/orders/12", { href: "https://app.test/orders/12", isOfPage: true }],
    ["https://app.test/a", { href: "https://app.test/a", isOfPage: true }],
    ["https://shop.test/12", { href: "https://shop.test/12", isOfPage: false }],
    ["//shop.test/12", { href: "https://shop.test/12", isOfPage: false }],
    ["http://shop.test/12", undefined],
    ["https://app.test@shop.test/", undefined],
    ["javascript:alert(1)", undefined],
    ["data:text/html,x", undefined],
    ["https://", undefined],
  ])("%s leads to %j", (url, expected) => {
    expect(safeAddress(url, page)).toEqual(expected);
  });
});

describe("the place of a notification", () => {
  it.each([
    [
      { kind: "mention", ...about(null) },
      { to: "message", conversationId: "c", messageId: "m", isReply: false },
    ],
    [
      { kind: "reply", ...about("p") },
      { to: "message", conversationId: "c", messageId: "m", isReply: true },
    ],
    [
      { kind: "invite", data: { invite_id: "i" } },
      { to: "invite", name: "i" },
    ],
    [{ kind: "invite", data: { invite_id: 7 } }, { to: "nothing" }],
    [
      { kind: "report", ...about(null) },
      { to: "panel", panel: "reports" },
    ],
    [
      { kind: "scheduled_failed", data: {} },
      { to: "panel", panel: "scheduled" },
    ],
    [
      { kind: "order", url: "https://a.test/" },
      { to: "address", href: "https://a.test/", isOfPage: false },
    ],
    [{ kind: "order", url: "http://a.test/" }, { to: "nothing" }],
    [
      { kind: "later", conversation_id: "c" },
      { to: "conversation", conversationId: "c" },
    ],
    [{ kind: "order" }, { to: "nothing" }],
  ])("%j is %j", (over, expected) => {
    expect(placeOf(notification(over))).toEqual(expected);
  });

  it("has a route for those that a device shows", () => {
    expect(routeOf("#/n/0190a7c0-1")).toEqual({ place: "notification", id: "0190a7c0-1" });
    expect(routeOf("#/n/%E0")).toEqual({ place: "inbox" });
  });
});

describe("what a notification says", () => {
  const actor = { user_id: "8", name: "Ben" };
  it.each([
    [{ kind: "mention", actor }, "Ben mentioned you"],
    [{ kind: "mention", actor, data: { mention: "room" } }, "Ben mentioned @room"],
    [{ kind: "direct_message", ...about(null) }, "Ben wrote to you"],
    [{ kind: "invite", actor, title: "Garden" }, "Ben invites you to Garden"],
    [{ kind: "invite", title: null }, "Somebody invites you to a room"],
    [{ kind: "reaction", actor, data: { emoji: "👍" } }, "Ben reacted 👍 to your message"],
    [{ kind: "scheduled_failed" }, "A scheduled message was not sent"],
    [{ kind: "order", title: "On its way" }, "On its way"],
    [{ kind: "order", title: "" }, "Notification"],
  ])("%j: %s", (over, expected) => {
    expect(titleOfNotification(notification(over))).toBe(expected);
  });
});

describe("the message of a notification", () => {
  const place = { conversationId: "c", messageId: "m2" };
  async function opened(isReply: boolean, cache: { live: LiveCache }) {
    await openMessage(cache.live, { ...place, isReply });
    const jumps = ["c", "m1"].filter((id) => cache.live.store.get(keys.jump(id)));
    return [window.location.hash, jumps];
  }

  it("is opened in its conversation, a reply in its thread", async () => {
    const reply = message(2, { thread_id: "m1", parent_id: "m1" });
    const cache = liveCache({
      replies: (id) => ({ data: id === "m2" ? [reply] : [], next_cursor: null, prev_cursor: null }) as never,
    });
    expect(await opened(false, cache)).toEqual(["#/c/c", ["c"]]);
    expect(await opened(true, liveCache({ replies: () => ({ data: [] }) as never }))).toEqual(["#/c/c", ["c"]]);
    expect(await opened(true, cache)).toEqual(["#/c/c/t/m1", ["c", "m1"]]);
    const loaded = liveCache({});
    loaded.store.set(keys.message("m2"), reply);
    expect(await opened(true, loaded), "without a look-up").toEqual(["#/c/c/t/m1", ["m1"]]);
  });
});
