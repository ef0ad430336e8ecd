import { describe, expect, it } from "vitest";
import { endTime } from "../../src/app/format";
import { draftOf } from "../../src/app/InviteLink";
import { refusalOf } from "../../src/app/InvitePane";
import {
  mayChangeRole,
  mayInvite,
  mayMentionAll,
  mayModerate,
  mayPin,
  mayPost,
  maySeeEarlier,
  moderates,
  type Standing,
} from "../../src/app/moderation";
import { adoptPath, routeOf } from "../../src/app/route";
import { strings } from "../../src/app/strings";
import { type ConversationType, Problem, type Role } from "../../src/client";

const ROLES: Role[] = ["owner", "moderator", "member"];
const ADMIN: Standing = { role: null, isAdmin: true };
const as = (role: Role | null): Standing => ({ role, isAdmin: false });

describe("offered actions", () => {
  it("nobody moderates an equal, but for administrators", () => {
    const targets = (standing: Standing) => ROLES.filter((target) => mayModerate(standing, target));
    expect(targets(ADMIN)).toEqual(ROLES);
    expect(targets(as("owner"))).toEqual(["moderator", "member"]);
    expect(targets(as("moderator"))).toEqual(["member"]);
    expect(targets(as("member"))).toEqual([]);
    expect([moderates(as("moderator")), moderates(as(null))]).toEqual([true, false]);
  });

  it("only owners and administrators change roles", () => {
    const may = (standing: Standing) => mayChangeRole(standing, "member", "moderator");
    expect([ADMIN, as("owner"), as("moderator"), as("member")].map(may)).toEqual([true, true, false, false]);
    expect(mayChangeRole(as("owner"), "moderator", "member")).toBe(true);
  });

  it("members invite to a public room, and only moderators to a private one", () => {
    const may = (standing: Standing, room_visibility: "public" | "private") => mayInvite(standing, { room_visibility });
    expect([may(as("member"), "public"), may(as("member"), "private")]).toEqual([true, false]);
    expect([may(as("moderator"), "private"), may(ADMIN, "private"), may(as(null), "public")]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe("offered actions on messages", () => {
  const STANDINGS = [ADMIN, as("owner"), as("moderator"), as("member")];

  it("administrators moderate rooms, and no direct conversations or groups", () => {
    const pins = (type: ConversationType) => STANDINGS.map((standing) => mayPin(standing, { type }));
    expect(pins("room")).toEqual([true, true, true, false]);
    expect(pins("group")).toEqual([false, true, true, false]);
    expect(pins("dm")).toEqual([true, true, true, true]);
  });

  it("all members are mentioned by moderators of a room or group", () => {
    const may = (type: ConversationType) => STANDINGS.map((standing) => mayMentionAll(standing, { type }));
    expect([may("room"), may("group"), may("dm")]).toEqual([
      [true, true, true, false],
      [false, true, true, false],
      [false, false, false, false],
    ]);
    expect(mayMentionAll(ADMIN, undefined)).toBe(false);
  });

  it("earlier texts are for the author, and for moderators of a room or group", () => {
    const may = (type: ConversationType, isOwn: boolean) =>
      STANDINGS.map((standing) => maySeeEarlier(standing, { type }, isOwn));
    expect(may("room", false)).toEqual([true, true, true, false]);
    expect(may("dm", false)).toEqual([false, false, false, false]);
    expect(may("dm", true)).toEqual([true, true, true, true]);
  });

  it("in a room for announcements only moderators write", () => {
    const may = (post: "all" | "moderators") => STANDINGS.map((standing) => mayPost(standing, { post }));
    expect(may("all")).toEqual([true, true, true, true]);
    expect(may("moderators")).toEqual([true, true, true, false]);
    expect(mayPost(as("member"), undefined)).toBe(true);
  });
});

describe("an invite", () => {
  it("is for as long and for as many as was chosen", () => {
    const now = Date.UTC(2026, 0, 1);
    expect(draftOf("day", "", now)).toEqual({ expires_at: "2026-01-02T00:00:00.000Z" });
    expect(draftOf("ever", "5", now)).toEqual({ expires_at: null, max_uses: 5 });
  });

  it("that cannot be accepted has a reason, and a temporary failure has none", () => {
    const page = strings.invites.page;
    for (const slug of ["invite-expired", "invite-revoked", "invite-declined", "invite-used-up", "not-found"]) {
      expect(refusalOf(new Problem(slug, 410, "title"))).toBe(page.refused[slug]);
    }
    expect(refusalOf(new Problem("banned", 403, "title"))).toBe(page.banned);
    const until = new Date(2030, 5, 1, 12).toISOString();
    expect(refusalOf(new Problem("banned", 403, "title", undefined, undefined, until))).toContain("2030");
    expect(refusalOf(Problem.unreachable())).toBeUndefined();
  });

  it("says how often it was used", () => {
    const { used } = strings.inviting;
    expect([used(0, null), used(1, null), used(3, null), used(1, 5)]).toEqual([
      "not used yet",
      "used once",
      "used 3 times",
      "1 of 5 used",
    ]);
  });
});

describe("the end of something", () => {
  it("is a time today, a day with it later, and a day alone in a week", () => {
    const now = new Date(2026, 10, 21, 9, 30);
    const text = (...parts: [number, number, number, number]) => endTime(new Date(...parts).toISOString(), now);
    expect(text(2026, 10, 21, 23)).toMatch(/^\d\d:00/);
    expect(text(2026, 10, 22, 1)).toMatch(/22.*01:00/);
    expect(text(2026, 10, 28, 1)).toMatch(/28$/);
    expect(text(2027, 0, 2, 1)).toContain("2027");
  });
});

describe("the address", () => {
  it("names an inbox, a conversation or an invite", () => {
    expect(routeOf("")).toEqual({ place: "inbox" });
    expect(routeOf("#/c/a%20b")).toEqual({ place: "conversation", id: "a b" });
    expect(routeOf("#/invite/t0-_k")).toEqual({ place: "invite", token: "t0-_k" });
    expect(routeOf("#/invite/%E0%A4%A")).toEqual({ place: "inbox" });
  });

  it("of a link to an invite becomes a place in the page", () => {
    const addresses: unknown[] = [];
    const replaceState = (_: unknown, __: string, address: string) => void addresses.push(address);
    const known = globalThis.history;
    globalThis.history = { replaceState } as unknown as History;
    try {
      adoptPath({ pathname: "/invite/abc", search: "?as=ana" } as Location);
      adoptPath({ pathname: "/", search: "?as=ana" } as Location);
    } finally {
      globalThis.history = known;
    }
    expect(addresses).toEqual(["/?as=ana#/invite/abc"]);
  });
});
