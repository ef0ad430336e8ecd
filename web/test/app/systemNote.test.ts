import { afterEach, describe, expect, it } from "vitest";
import { wordsOf } from "../../src/app/SystemNote";
import { setStrings } from "../../src/app/strings";
import { english } from "../../src/app/texts/english";
import { spanish } from "../../src/app/texts/spanish";

const nameOf = (userId: unknown) => ({ "7": "Ana", "8": "Ben" })[String(userId)];
const words = (metadata: Record<string, unknown> | null) => wordsOf({ sender_name: "Ana", metadata }, nameOf);

describe("what a system message says", () => {
  afterEach(() => setStrings(english));

  it.each([
    [{ kind: "joined", actor_id: "8", user_id: "8" }, "Ben joined"],
    [{ kind: "joined", actor_id: "7", user_id: "8" }, "Ana added Ben"],
    [{ kind: "left", actor_id: "8", user_id: "8" }, "Ben left"],
    [{ kind: "removed", actor_id: "7", user_id: "9" }, "Ana removed Somebody"],
    [{ kind: "renamed", actor_id: "7", name: "Front desk" }, "Ana changed the name to “Front desk”"],
    [{ kind: "visibility", actor_id: "7", visibility: "private" }, "Ana made this room private"],
    [{ kind: "visibility", actor_id: "7", visibility: "public" }, "Ana made this room public"],
    [{ kind: "pinned", actor_id: "7", message_id: "m" }, "Ana pinned a message"],
    [{ kind: "of a later server", actor_id: "7" }, "Ana changed something here"],
    [null, "Message deleted"],
  ])("%o", (metadata, expected) => {
    expect(words(metadata)).toBe(expected);
  });

  it("says it in Spanish", () => {
    setStrings(spanish);
    expect(words({ kind: "removed", actor_id: "7", user_id: "8" })).toBe("Ana sacó a Ben");
  });
});
