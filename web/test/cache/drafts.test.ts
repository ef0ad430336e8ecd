import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueryClient } from "../../src/cache";
import { Drafts } from "../../src/cache/drafts";
import { Store } from "../../src/cache/store";
import { type DraftUpdated, type PersonalApi, Problem } from "../../src/client";
import { at } from "../support/world";

const PLACE = { conversationId: "c" };

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A server with the draft of one place, as storage keeps it, and a device. */
function device(stored: { body: string | null; rev: number } = { body: null, rev: 0 }) {
  const server = { ...stored, saves: [] as [string, number][], isDown: false };
  const answer = () => ({
    conversation_id: "c",
    parent_id: null,
    updated_at: at(1),
    body: server.body,
    rev: server.rev,
  });
  const reach = () => {
    if (server.isDown) throw Problem.unreachable();
  };
  const api = {
    draft: async () => {
      reach();
      return answer();
    },
    drafts: async () => (server.body === null ? [] : [answer()]),
    saveDraft: async (_: unknown, text: string, rev: number) => {
      reach();
      server.saves.push([text, rev]);
      if (rev <= server.rev) throw new Problem("conflict", 409, "Conflict");
      Object.assign(server, { body: text === "" ? null : text, rev });
      return answer();
    },
    clearDraft: async (_: unknown, rev: number) => {
      reach();
      if (rev >= server.rev) Object.assign(server, { body: null, rev });
    },
  };
  const drafts = new Drafts(api as unknown as PersonalApi, new Store(createQueryClient()));
  return { server, drafts, text: () => drafts.textOf(PLACE) };
}

/** Another device has saved. */
function updated(body: string | null, rev: number): DraftUpdated {
  const partial = { body, rev, parent_id: null, updated_at: at(rev) };
  return { event: "draft.updated", conversation_id: "c", id: "c", partial, rev: 1, at: at(rev) };
}

const pause = () => vi.advanceTimersByTimeAsync(1_000);

describe("a draft", () => {
  it("is saved once, a moment after typing stops, with a higher number than the stored one", async () => {
    const { server, drafts } = device({ body: null, rev: 4 });
    for (const text of ["H", "He", "Hello"]) {
      drafts.write(PLACE, text);
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(server.saves).toEqual([]);
    await pause();
    expect(server.saves).toEqual([["Hello", 5]]);
    drafts.write(PLACE, "  ");
    await pause();
    expect(server.saves.at(-1), "an empty text clears").toEqual(["", 6]);
  });

  it("is saved at once when the user leaves the conversation, and restored there", async () => {
    const one = device();
    one.drafts.write(PLACE, "Half a thou");
    one.drafts.leave(PLACE);
    await vi.advanceTimersByTimeAsync(0);
    expect(one.server.body).toBe("Half a thou");
    const two = device(one.server);
    await two.drafts.open(PLACE);
    expect(two.text()).toBe("Half a thou");
  });

  it("follows another device, but keeps what is not saved yet", async () => {
    const { server, drafts, text } = device();
    await drafts.open(PLACE);
    drafts.apply(updated("from the phone", 1));
    expect(text()).toBe("from the phone");
    drafts.write(PLACE, "typed here");
    drafts.apply(updated("from the phone, later", 2));
    expect(text()).toBe("typed here");
    Object.assign(server, { body: "from the phone, later", rev: 2 });
    await pause();
    expect(server).toMatchObject({ body: "typed here", rev: 3 });
    drafts.apply(updated("an old state", 2));
    expect(text()).toBe("typed here");
    drafts.apply(updated(null, 3));
    expect(text(), "a message clears the draft up to its number").toBe("");
  });

  it("wins over a state with the same number, with the next one", async () => {
    const { server, drafts } = device();
    await drafts.open(PLACE);
    drafts.write(PLACE, "typed here");
    Object.assign(server, { body: "from the phone", rev: 1 });
    await pause();
    expect(server.saves).toEqual([
      ["typed here", 1],
      ["typed here", 2],
    ]);
  });

  it("is saved again after a failure", async () => {
    const { server, drafts, text } = device();
    await drafts.open(PLACE);
    server.isDown = true;
    drafts.write(PLACE, "in the tunnel");
    await pause();
    expect(text()).toBe("in the tunnel");
    server.isDown = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(server.body).toBe("in the tunnel");
    expect(drafts.hasUnsaved(PLACE)).toBe(false);
  });

  it("is cleared when its message is acknowledged, and a newer one stays", async () => {
    const { server, drafts, text } = device();
    drafts.write(PLACE, "the first");
    await pause();
    drafts.sent(PLACE, "m1");
    expect(text()).toBe("");
    expect(server.body, "the message may still be lost").toBe("the first");
    drafts.settled("m1");
    await pause();
    expect(server).toMatchObject({ body: null, rev: 1 });
    drafts.write(PLACE, "the second");
    await pause();
    drafts.sent(PLACE, "m2");
    drafts.write(PLACE, "the third");
    await pause();
    drafts.settled("m2");
    await pause();
    expect(server).toMatchObject({ body: "the third", rev: 3 });
  });

  it("is not saved after it was sent before a save", async () => {
    const { server, drafts } = device();
    drafts.write(PLACE, "quick");
    drafts.sent(PLACE, "m1");
    drafts.settled("m1");
    await pause();
    expect(server.saves).toEqual([]);
  });

  it("disappears from the list if another device cleared it while this one was away", async () => {
    const { server, drafts, text } = device({ body: "old", rev: 2 });
    await drafts.load();
    expect(text()).toBe("old");
    Object.assign(server, { body: null, rev: 7 });
    await drafts.load();
    expect(text()).toBe("");
    drafts.write(PLACE, "new");
    await pause();
    expect(server, "the number of the cleared state is fetched").toMatchObject({ body: "new", rev: 8 });
  });
});
