import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Inline, parseMarkdown } from "../../src/app/markdown";
import { allMentions, mentionOf, textParts, typedMention } from "../../src/app/mentions";
import { routeOf } from "../../src/app/route";
import type { Mention } from "../../src/client";

const NAMES: Record<string, string> = { "7": "Ana Pérez", "8": "Ben", "9": "Carla" };
const user = (user_id: string): Mention => ({ type: "user", user_id });
const room: Mention = { type: "room", user_id: null };

/** The texts of a message that are neither code nor links. */
function texts(text: string): string[] {
  const inside = (parts: Inline[]): string[] =>
    parts.flatMap((part) => {
      if (part.type === "text") return part.text;
      return part.type === "code" || part.type === "link" ? [] : inside(part.children);
    });
  return parseMarkdown(text).flatMap((block) => {
    if (block.type === "code") return [];
    return block.type === "list" ? block.items.flatMap(inside) : inside(block.children);
  });
}

/** The marked parts of a text that Ana sees, her own mentions with a "!". */
function marked(text: string, mentions: Mention[], names = NAMES): string[] {
  return texts(text)
    .flatMap((part) => textParts(part, mentions, "7", (id) => names[id]))
    .filter(({ mention }) => mention)
    .map((part) => (part.mention === "me" ? "!" : "") + part.text);
}

describe("mentions in a text", () => {
  it("are those that the server has found", () => {
    expect(marked("@ben and @carla", [user("8")])).toEqual(["@ben"]);
    expect(marked("@ben", [])).toEqual([]);
    expect(marked("hi @Ana Pérez, and @[8]!", [user("7"), user("8")])).toEqual(["!@Ana Pérez", "@Ben"]);
    expect(marked("@perez look", [user("7")])).toEqual(["!@perez"]);
    expect(marked("@room: @here", [room])).toEqual(["!@room"]);
    expect(marked("@here, see @room.", [room, { type: "here", user_id: null }])).toEqual(["!@here", "!@room"]);
    expect(marked("(@ben)", [user("8")])).toEqual(["@ben"]);
    expect(marked("@ana @ben @ben", [user("7"), user("8")])).toEqual(["!@ana", "@ben", "@ben"]);
  });

  it("are no addresses, no code and no parts of words", () => {
    expect(marked("mail ben@ben.example", [user("8")])).toEqual([]);
    expect(marked("`@ben` and ```@[8]``` but @ben", [user("8")])).toEqual(["@ben"]);
    expect(marked("```\n@ben\n```\n@[8]", [user("8")])).toEqual(["@Ben"]);
    expect(marked("https://x.example/@ben @ben", [user("8")])).toEqual(["@ben"]);
  });

  it("are inside of marks, quotes and lists", () => {
    const text = "**@ben** _@[8]_ ~~@Ana Pérez~~\n> @ben\n- *@carla*";
    expect(marked(text, [user("7"), user("8"), user("9")])).toEqual(["@ben", "@Ben", "!@Ana Pérez", "@ben", "@carla"]);
    expect(marked("@[a_b_c] and @[_8_]", [user("_8_")], { _8_: "Ben" })).toEqual(["@Ben"]);
  });

  it("are marked by their first word if the name is not known", () => {
    expect(marked("@dan brown, hello", [user("10")])).toEqual(["@dan"]);
    expect(marked("@[10]", [user("10")])).toEqual(["@10"]);
  });

  it("are found in a text that is made to take long", () => {
    const begun = performance.now();
    const text = `${"@a.".repeat(30_000)} @ben`;
    const found = textParts(text, [user("8")], "7", (id) => NAMES[id]).filter(({ mention }) => mention);
    expect(found.map((part) => part.text)).toEqual(["@ben"]);
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(marked(`@ben${"!".repeat(200)} @carla`, [user("8"), user("9")])).toEqual(["@ben", "@carla"]);
  });

  it("leave the rest of the text as it is", () => {
    const piece = fc.constantFrom(
      "@",
      "ben",
      "Ana",
      " ",
      "\n",
      "`",
      ",",
      "https://a.example/",
      "@[8]",
      "[",
      "]",
      "room",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        const parts = textParts(text, [user("7"), user("8"), room], "7", (id) => (id === "8" ? "[8]" : NAMES[id]));
        expect(parts.map((part) => part.text).join("")).toBe(text);
      }),
    );
  });
});

describe("what is typed after an @", () => {
  it("is in front of the caret, and begins with a letter", () => {
    expect(typedMention("Hello @be", 9)).toEqual({ q: "be", start: 6 });
    expect(typedMention("Hello @be and", 9)).toEqual({ q: "be", start: 6 });
    expect(typedMention("@josé", 5)).toEqual({ q: "josé", start: 0 });
    for (const text of ["@", "a@b", "@ b", "no", "@@b"]) expect(typedMention(text, text.length)).toBeUndefined();
  });

  it("becomes a name if that means one member, else an id", () => {
    const ben = { user_id: "8", name: "Ben" };
    expect(mentionOf(ben, [ben, { user_id: "9", name: "Ben Hur" }])).toBe("@Ben");
    expect(mentionOf(ben, [ben, { user_id: "9", name: "bén" }])).toBe("@[8]");
    for (const name of ["room", "Ana (Tower 2)", "A B C D E", "", "Ana  B"]) {
      expect(mentionOf({ user_id: "1", name }, [])).toBe("@[1]");
    }
  });
});

describe("the route of a thread", () => {
  it("names the conversation and the first message", () => {
    expect(routeOf("#/c/a%2Fb/t/m1")).toEqual({ place: "conversation", id: "a/b", threadId: "m1" });
    expect(routeOf("#/c/a")).toEqual({ place: "conversation", id: "a" });
    expect(routeOf("#/threads")).toEqual({ place: "threads" });
  });
});

describe("mentions of all members", () => {
  it("are suggested by the beginning of their word", () => {
    expect([allMentions("h"), allMentions("RO"), allMentions("here"), allMentions("hero"), allMentions("")]).toEqual([
      ["here"],
      ["room"],
      ["here"],
      [],
      [],
    ]);
  });
});
