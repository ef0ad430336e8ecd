// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setStrings } from "../../src/app/strings";
import { systemLine, systemNews } from "../../src/app/systemMessages";
import { english } from "../../src/app/texts/english";
import { spanish } from "../../src/app/texts/spanish";
import type { Metadata } from "../../src/client";

const NAMES: Record<string, string> = { "1": "Admin", "7": "Ana", "8": "Ben", "9": "Carla", "10": "David" };

function line(metadata: Metadata | null, body: string | null = null): string {
  return systemLine(systemNews({ metadata }), body, (id) => NAMES[id]);
}

beforeEach(() => {
  document.documentElement.lang = "en";
});

afterEach(() => setStrings(english));

describe("a message of the system", () => {
  it.each([
    [{ kind: "joined", actor_id: "7", user_id: "7" }, "Ana joined"],
    [{ kind: "joined", actor_id: "7" }, "Ana joined"],
    [{ kind: "joined", user_ids: ["7", "8"] }, "Ana and Ben joined"],
    [{ kind: "joined", actor_id: "1", user_id: "7" }, "Admin added Ana"],
    [
      { kind: "joined", actor_id: "1", user_ids: ["7", "8", "9", "10", "x"] },
      "Admin added Ana, Ben, Carla, and 2 more",
    ],
    [{ kind: "left", actor_id: "8", user_id: "8" }, "Ben left"],
    [{ kind: "left", user_id: "unknown" }, "Somebody left"],
    [{ kind: "removed", actor_id: "1", user_id: "8" }, "Admin removed Ben"],
    [{ kind: "renamed", actor_id: "7", name: "Night shift" }, "Ana changed the name to “Night shift”"],
    [{ kind: "visibility", actor_id: "7", visibility: "private" }, "Ana made the room private"],
    [{ kind: "visibility", actor_id: "7", visibility: "public" }, "Ana made the room public"],
    [{ kind: "pinned", actor_id: "7", message_id: "m" }, "Ana pinned a message"],
  ])("%j: %s", (metadata, expected) => {
    expect(line(metadata)).toBe(expected);
  });

  it("is neutral for what this page does not know, or what its application has written", () => {
    expect(line({ kind: "painted", actor_id: "7" })).toBe("Something changed here");
    expect(line({ kind: "visibility", visibility: 7 })).toBe("Something changed here");
    expect(line(null, "Order 12 was paid.")).toBe("Order 12 was paid.");
    expect(line({ kind: 7, user_ids: [7, {}], actor_id: [] }, "")).toBe("Something changed here");
  });

  it("is in the page's language", () => {
    setStrings(spanish);
    document.documentElement.lang = "es";
    expect(line({ kind: "joined", actor_id: "1", user_ids: ["7", "8"] })).toBe("Admin añadió a Ana y Ben");
    expect(line({ kind: "joined", user_ids: ["7", "8"] })).toBe("Ana y Ben se unieron");
    expect(line({ kind: "joined", actor_id: "7", user_id: "7" })).toBe("Ana se unió");
  });
});
