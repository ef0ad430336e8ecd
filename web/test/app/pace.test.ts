import { describe, expect, it } from "vitest";
import { isQuiet, mutedUntil } from "../../src/app/notifications";
import { countdown, nextAt, spanOf } from "../../src/app/pace";
import type { CachedMessage } from "../../src/cache";
import { at, message } from "../support/world";

describe("slow mode", () => {
  const slow = { slow_mode_s: 30, updated_at: at(5) };
  const ms = (seq: number) => Date.parse(at(seq));
  const failed: CachedMessage = { ...message(50), delivery: "failed" };

  it.each([
    ["without slow mode", { ...slow, slow_mode_s: 0 }, message(10), ms(100), 0],
    ["after the last message", slow, message(10), 0, ms(40)],
    ["after a refusal that ends later", slow, message(10), ms(60), ms(60)],
    ["before any message", slow, undefined, 0, 0],
    ["after a message from before slow mode", slow, message(4), 0, 0],
    ["in a room that was never changed", { ...slow, updated_at: null }, message(4), 0, ms(34)],
    ["after a message that was not sent", slow, failed, 0, 0],
  ])("allows the next message %s", (_, room, last, refusedUntil, expected) => {
    expect(nextAt(room, last, refusedUntil)).toBe(expected);
  });

  it.each([
    [1, "1 second"],
    [90, "90 seconds"],
    [60, "1 minute"],
    [21_600, "6 hours"],
  ])("names %i s", (seconds, words) => {
    expect(spanOf(seconds)).toBe(words);
  });

  it.each([
    [400, "0:01"],
    [61_000, "1:01"],
    [3_600_000, "1:00:00"],
    [7_325_000, "2:02:05"],
  ])("counts down from %i ms", (left, words) => {
    expect(countdown(left)).toBe(words);
  });
});

describe("notifications", () => {
  const preferences = { notifications_muted_until: null, notify: "all" as const, favorite: false, archived: false };

  it("are muted until the time has passed", () => {
    const muted = { ...preferences, notifications_muted_until: at(10) };
    expect(mutedUntil(muted, Date.parse(at(9)))).toBe(at(10));
    expect(mutedUntil(muted, Date.parse(at(11)))).toBeUndefined();
    expect(mutedUntil(preferences)).toBeUndefined();
    expect(mutedUntil(null)).toBeUndefined();
    expect([muted, preferences].map((each) => isQuiet(each, Date.parse(at(9))))).toEqual([true, false]);
  });

  it("of nothing are as good as muted, those of mentions are not", () => {
    expect(isQuiet({ ...preferences, notify: "none" })).toBe(true);
    expect(isQuiet({ ...preferences, notify: "mentions" })).toBe(false);
  });
});
