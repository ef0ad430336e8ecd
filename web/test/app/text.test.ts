import { describe, expect, it } from "vitest";
import { dayName, initials, shortTime } from "../../src/app/format";
import { linkParts } from "../../src/app/linkify";
import { bodyLength } from "../../src/client";

describe("addresses in a text", () => {
  const links = (text: string) => linkParts(text).flatMap(({ href }) => href ?? []);

  it.each([
    ["see https://example.org/a?b=c#d now", ["https://example.org/a?b=c#d"]],
    ["(https://example.org/a).", ["https://example.org/a"]],
    ["https://example.org/x_(y), and http://b.test!", ["https://example.org/x_(y)", "http://b.test/"]],
    ["javascript:alert(1) data:text/html,x ftp://a.test", []],
    ["https:// and http://", []],
    ["https://[ https://example.org/**", ["https://example.org/"]],
    ['<a href="https://example.org">', ["https://example.org/"]],
  ])("%s", (text, expected) => {
    expect(links(text)).toEqual(expected);
  });

  it("loses nothing of the text", () => {
    const text = "a https://example.org/b. c (http://d.test) \n e";
    expect(
      linkParts(text)
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
  });
});

describe("times", () => {
  const now = new Date(2026, 10, 21, 9, 30);
  const local = (...parts: [number, number, number, number]) => new Date(...parts).toISOString();

  it("names days as people do", () => {
    expect(dayName(local(2026, 10, 21, 1), now)).toBe("Today");
    expect(dayName(local(2026, 10, 20, 23), now)).toBe("Yesterday");
    expect(dayName(local(2026, 10, 17, 12), now)).toBe("Tuesday");
    expect(dayName(local(2026, 10, 1, 12), now)).toContain("November");
    expect(dayName(local(2025, 10, 1, 12), now)).toContain("2025");
  });

  it("is short in the inbox", () => {
    expect(shortTime(local(2026, 10, 21, 8), now)).toMatch(/^\d\d:00/);
    expect(shortTime(local(2026, 10, 20, 8), now)).toBe("Yesterday");
  });
});

describe("names", () => {
  it("are short on an avatar", () => {
    expect([initials("Ana"), initials("Ana María López"), initials(""), initials("🙂 x")]).toEqual([
      "A",
      "AL",
      "?",
      "🙂X",
    ]);
  });
});

describe("the length of a message", () => {
  it("counts characters, not code units, without white space at the ends", () => {
    expect(bodyLength("  añ🙂\n ")).toBe(3);
  });
});
