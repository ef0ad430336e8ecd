import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goesOn, partsOf } from "../../src/app/search/highlight";

const shown = (...args: Parameters<typeof partsOf>) =>
  partsOf(...args)
    .map(({ text, isHit }) => (isHit ? `[${text}]` : text))
    .join("");

describe("highlights", () => {
  it.each<[string, Parameters<typeof partsOf>, string]>([
    ["nothing", [{ start: 0, text: "Hello" }, []], "Hello"],
    ["a word", [{ start: 0, text: "¿Cuándo? Mañana a las 9" }, [[9, 6]]], "¿Cuándo? [Mañana] a las 9"],
    ["after characters of two code units", [{ start: 0, text: "👍🏽 muy bien" }, [[3, 3]]], "👍🏽 [muy] bien"],
    [
      "in an excerpt",
      [
        { start: 100, text: "the red door" },
        [
          [104, 3],
          [2, 3],
        ],
      ],
      "the [red] door",
    ],
    [
      "cut by the excerpt",
      [
        { start: 10, text: "abcdef" },
        [
          [8, 4],
          [15, 9],
        ],
      ],
      "[ab]cde[f]",
    ],
    [
      "that overlap or touch",
      [
        { start: 0, text: "abcdef" },
        [
          [0, 2],
          [1, 2],
          [3, 1],
        ],
      ],
      "[abcd]ef",
    ],
    ["outside", [{ start: 0, text: "abc" }, [[7, 2]]], "abc"],
  ])("%s", (_, given, expected) => {
    expect(shown(...given)).toBe(expected);
  });

  it("never lose or change text", () => {
    const place = fc.tuple(fc.nat(40), fc.nat(10));
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(20), fc.array(place), (text, start, places) => {
        const parts = partsOf({ start, text }, places);
        expect(parts.map((part) => part.text).join("")).toBe(text);
        expect(parts.every((part, index) => index === 0 || part.isHit !== parts[index - 1]?.isHit)).toBe(true);
      }),
    );
  });

  it("say whether the text goes on after its excerpt", () => {
    expect(goesOn("👍👍ab", { start: 0, text: "👍👍ab" })).toBe(false);
    expect(goesOn("👍👍ab", { start: 1, text: "👍a" })).toBe(true);
  });
});
