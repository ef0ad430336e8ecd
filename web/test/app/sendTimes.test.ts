import { describe, expect, it } from "vitest";
import { momentOf } from "../../src/app/format";
import { faultOf, fieldValue, offeredTimes, refusalOf } from "../../src/app/sendTimes";
import { Problem } from "../../src/client";

const TUESDAY = new Date(2026, 10, 17, 22, 30, 15);

describe("times to send a message at", () => {
  it("are on the clock of the user's time zone", () => {
    const shown = offeredTimes(TUESDAY).map(({ at }) => fieldValue(at));
    expect(shown).toEqual(["2026-11-17T23:30", "2026-11-18T09:00", "2026-11-23T09:00"]);
  });

  it("do not have Monday twice on a Sunday, and a week later on a Monday", () => {
    const [sunday, monday] = [new Date(2026, 10, 22, 8), new Date(2026, 10, 23, 8)];
    expect(offeredTimes(sunday).map(({ at }) => fieldValue(at))).toEqual(["2026-11-22T09:00", "2026-11-23T09:00"]);
    expect(fieldValue(offeredTimes(monday)[2]?.at ?? monday)).toBe("2026-11-30T09:00");
  });

  it("are in the future, and at most a year ahead", () => {
    const inDays = (days: number) => new Date(TUESDAY.getTime() + days * 86_400_000);
    expect(faultOf(TUESDAY, TUESDAY)).toBe("This time has passed.");
    expect(faultOf(new Date("no time"), TUESDAY)).toBe("This time has passed.");
    expect([faultOf(inDays(1), TUESDAY), faultOf(inDays(365), TUESDAY)]).toEqual([undefined, undefined]);
    expect(faultOf(inDays(366), TUESDAY)).toContain("a year ahead at most");
  });

  it("are named with the day, unless that is today, and with the year if that is another", () => {
    const named = (...parts: [number, number, number, number]) => momentOf(new Date(...parts).toISOString(), TUESDAY);
    expect(named(2026, 10, 17, 23)).toMatch(/^11:00/);
    expect(named(2026, 10, 18, 9)).toMatch(/Wed.*18/);
    expect(named(2027, 0, 4, 9)).toContain("2027");
  });
});

describe("a refusal to schedule a message", () => {
  const refusal = (slug: string, status: number, members = {}) =>
    new Problem(slug, status, "Title", "detail", undefined, undefined, members);
  const sendAt = { errors: [{ field: "send_at", detail: "…" }] };
  it.each([
    [Problem.unreachable(), "That did not work: the server cannot be reached."],
    [refusal("invalid", 422, sendAt), "This time has passed."],
    [refusal("conflict", 409), "You have 100 scheduled messages already. Cancel one first."],
    [refusal("announcement-only", 403), "Only moderators write in this room."],
    [
      refusal("invalid", 422, { errors: [{ field: "quote_id" }] }),
      "The message that it answers or quotes was deleted.",
    ],
    [refusal("too-large", 413), "That did not work: detail."],
  ])("%s: %s", (problem, words) => {
    // The page's clock is behind that of the server.
    expect(refusalOf(problem, new Date(TUESDAY.getTime() + 1_000), TUESDAY)).toBe(words);
  });
});
