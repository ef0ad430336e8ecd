import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Block, type Inline, parseMarkdown, plainText } from "../../src/app/markdown";

interface Vector {
  rule: string;
  text: string;
  tree: Block[];
}

const file = new URL("../../../docs/markdown-vectors.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vector[];

/** All texts of a tree, in their order. */
function content(blocks: Block[]): string {
  const inside = (parts: Inline[]): string =>
    parts.map((part) => ("text" in part ? part.text : inside(part.children))).join("");
  return blocks
    .map((block) => {
      if (block.type === "code") return block.text;
      return block.type === "list" ? block.items.map(inside).join("") : inside(block.children);
    })
    .join("");
}

/** How many parts are inside of each other. */
function depth(parts: Inline[]): number {
  return Math.max(0, ...parts.map((part) => 1 + ("children" in part ? depth(part.children) : 0)));
}

/** Whether the characters of a text are in another one, in the same order. */
function isWithin(part: string, whole: string): boolean {
  let at = 0;
  for (const character of part) {
    at = whole.indexOf(character, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

describe("the test vectors", () => {
  it("are many, and no text is in two", () => {
    expect(vectors.length).toBeGreaterThan(100);
    expect(new Set(vectors.map(({ text }) => text)).size).toBe(vectors.length);
  });

  it.each(vectors)("$rule: $text", ({ text, tree }) => {
    expect(parseMarkdown(text)).toEqual(tree);
  });
});

describe("any text", () => {
  const piece = fc.constantFrom(
    ..."*_~`[]()<>\\-@! \n1.aé🙂",
    "**",
    "***",
    "~~",
    "``",
    "```",
    "```\n",
    "\n> ",
    "\n- ",
    "\r\n",
    "\n2. ",
    "https://a.example/",
    "](https://b.example/)",
    "@[7]",
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
    fc.string({ unit: "binary" }),
  );

  it("has a tree with its characters only, in their order", () => {
    fc.assert(fc.property(text, (any) => isWithin(content(parseMarkdown(any)), any)));
  });

  it("has marks of bounded depth, links to http and https only, and no text without characters", () => {
    const check = (parts: Inline[], isInLink: boolean) => {
      for (const part of parts) {
        if (part.type === "link") {
          expect(isInLink).toBe(false);
          expect(new URL(part.url).protocol).toMatch(/^https?:$/);
        }
        if ("text" in part) expect(part.text).not.toBe("");
        else check(part.children, isInLink || part.type === "link");
      }
    };
    fc.assert(
      fc.property(text, (any) => {
        for (const block of parseMarkdown(any)) {
          if (block.type === "code") continue;
          for (const parts of block.type === "list" ? block.items : [block.children]) {
            expect(depth(parts)).toBeLessThanOrEqual(10);
            check(parts, false);
          }
        }
      }),
    );
  });
});

describe("a text of 100,000 characters", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const LENGTH = 100_000;
  it.each([
    ..."*_~`[](\\@>-h",
    "> ",
    "**a ",
    "*a **b ",
    "***",
    "[a](https://x",
    "[a](https://x.example ",
    "[a](https://x.example) ",
    "@[",
    "https://[ ",
    "`a``",
    "\n```\n",
    "```\n> ",
    "*a*b_c~~d`",
  ])("%j over and over is read in linear time", (piece) => {
    const read = String.prototype.charCodeAt;
    let steps = 0;
    String.prototype.charCodeAt = function charCodeAt(this: string, index) {
      steps += 1;
      return read.call(this, index);
    };
    try {
      parseMarkdown(piece.repeat(Math.ceil(LENGTH / piece.length)));
    } finally {
      String.prototype.charCodeAt = read;
    }
    expect(steps).toBeLessThan(5 * LENGTH);
  });

  it("with runs of backticks of every length is read in linear time", () => {
    const runs = Array.from({ length: 440 }, (_, length) => "`".repeat(length + 1));
    const text = runs.join(" ");
    const read = vi.spyOn(String.prototype, "charCodeAt");
    expect(plainText(parseMarkdown(text))).toContain("`");
    expect(read.mock.calls.length).toBeLessThan(5 * text.length);
  });
});

describe("a text without marks", () => {
  it.each([
    ["**Bring** the _ladder_, ~~now~~ `today`", "Bring the ladder, now today"],
    ["[the plan](https://example.org/)", "the plan"],
    ["> you said\nyes", "you said\nyes"],
    ["- a\n- *b*\n3. c\n4. d", "- a\n- b\n3. c\n4. d"],
    ["see\n```js\nlet a;\n```", "see\nlet a;"],
    ["2 * 3 \\* 4", "2 * 3 * 4"],
  ])("%j", (text, expected) => {
    expect(plainText(parseMarkdown(text))).toBe(expected);
  });
});
