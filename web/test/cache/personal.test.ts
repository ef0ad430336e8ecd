import { describe, expect, it, vi } from "vitest";
import { createQueryClient, keys } from "../../src/cache";
import { OwnLists } from "../../src/cache/ownLists";
import { changePreferences } from "../../src/cache/preferences";
import { Rooms } from "../../src/cache/rooms";
import { Saved } from "../../src/cache/saved";
import { Store } from "../../src/cache/store";
import {
  type Api,
  type ConversationUpdated,
  type ModerationApi,
  type PersonalApi,
  type Preferences,
  Problem,
  type Room,
  type SavedMessage,
  type SavedUpdated,
} from "../../src/client";
import { liveCache } from "../support/liveCache";
import { ServerModel } from "../support/serverModel";
import { at, message } from "../support/world";

const DEFAULTS: Preferences = { notifications_muted_until: null, notify: "all", favorite: false, archived: false };

describe("preferences", () => {
  const cached = async () => {
    const cache = liveCache({ inbox: () => [new ServerModel("7").view()] });
    await cache.live.loadInbox();
    return { cache, shown: () => cache.store.conversation("c")?.preferences };
  };

  it("show a change immediately, and go back when it is refused", async () => {
    const { cache, shown } = await cached();
    const api = { changePreferences: () => Promise.reject(Problem.unreachable()) } as unknown as PersonalApi;
    const change = changePreferences(api, cache.store, "c", { favorite: true });
    expect(shown()?.favorite).toBe(true);
    await expect(change).rejects.toThrow();
    expect(shown()).toEqual(DEFAULTS);
  });

  it("follow another device, also while the inbox or an answer is on its way", async () => {
    const { cache, shown } = await cached();
    const event = (partial: Preferences) =>
      cache
        .user()
        .onPreferences({ event: "preferences.updated", conversation_id: "c", id: "c", partial, rev: 1, at: at(1) });
    const loading = cache.live.loadInbox();
    event({ ...DEFAULTS, archived: true });
    await loading;
    expect(shown()?.archived).toBe(true);
    const newer = { ...DEFAULTS, notify: "none" as const };
    const api = { changePreferences: async () => DEFAULTS } as unknown as PersonalApi;
    const change = changePreferences(api, cache.store, "c", { favorite: true });
    event(newer);
    await change;
    expect(shown()).toEqual(newer);
  });
});

describe("saved messages", () => {
  function saved(load: () => SavedMessage[]) {
    const store = new Store(createQueryClient());
    const list = new Saved({ allSaved: async () => load() } as unknown as PersonalApi, store);
    const ids = () => store.get<SavedMessage[]>(keys.saved)?.map((one) => one.message.id);
    const event = (id: string, saved_at: string | null): SavedUpdated => ({
      ...{ event: "saved.updated", conversation_id: "c", id, partial: { saved_at }, rev: 1, at: at(9) },
    });
    return { store, list, ids, event };
  }

  it("follow another device; a message that is not loaded is fetched with the list", async () => {
    let stored = [{ message: message(1), saved_at: at(1) }];
    const { store, list, ids, event } = saved(() => stored);
    list.apply(event("m9", at(9)));
    expect(ids(), "the list is not wanted yet").toBeUndefined();
    await list.load();
    store.set(keys.message("m2"), message(2));
    list.apply(event("m2", at(2)));
    expect(ids()).toEqual(["m2", "m1"]);
    list.apply(event("m1", null));
    expect(ids()).toEqual(["m2"]);
    stored = [3, 2].map((seq) => ({ message: message(seq), saved_at: at(seq) }));
    list.apply(event("m3", at(3)));
    await vi.waitFor(() => expect(ids()).toEqual(["m3", "m2"]));
  });
});

describe("a jump", () => {
  it("loads older pages until the message is there, or the beginning is reached", async () => {
    const model = new ServerModel("7");
    for (let n = 0; n < 20; n += 1) model.send("8");
    model.flush();
    const cache = liveCache({
      inbox: () => [model.fetched()],
      messages: (before) => (before ? model.olderPage(before) : model.newestPage()),
    });
    await cache.live.loadInbox();
    await cache.live.loadMessages("c");
    const scrolling = cache.live.histories.loadOlder("c");
    expect(await cache.live.histories.loadBackTo("c", "m3"), "also while a page is being loaded").toBe(true);
    await scrolling;
    expect(cache.store.messageIds("c")).toContain("m3");
    expect(cache.store.messageIds("c")).not.toContain("m0");
    expect(await cache.live.histories.loadBackTo("c", "unknown")).toBe(false);
    expect(cache.store.messageIds("c")).toHaveLength(20);
  });
});

describe("a message of a thread", () => {
  it("is sent with the thread's first message", () => {
    const cache = liveCache({});
    cache.live.send("c", "in the thread", "m1");
    cache.live.send("c", "outside");
    expect(cache.sent).toMatchObject([{ body: "in the thread", parent_id: "m1" }, { body: "outside" }]);
    expect(cache.sent[1]).not.toHaveProperty("parent_id");
    cache.live.send("c", "in both", "m1", { alsoInChannel: true, quoteId: "m0" });
    expect(cache.sent[2]).toMatchObject({ parent_id: "m1", also_in_channel: true, quote_id: "m0" });
  });
});

describe("rules of a room", () => {
  it("follow events, also those that arrive while the room is fetched", async () => {
    const model = new ServerModel("7");
    const cache = liveCache({ inbox: () => [model.view()] });
    await cache.live.loadInbox();
    const fetched = { id: "r", conversation_id: "c", post: "all", slow_mode_s: 0 } as Room;
    const rooms = new Rooms({ room: async () => fetched } as unknown as Api, {} as ModerationApi, cache.store);
    const changed = (partial: ConversationUpdated["partial"]): ConversationUpdated => ({
      ...{ event: "conversation.updated", conversation_id: "c", id: "c", seq: 1, at: at(1), partial },
    });
    const loading = rooms.load("r");
    rooms.apply(changed({ slow_mode_s: 30 }));
    expect(await loading).toMatchObject({ post: "all", slow_mode_s: 30 });
    rooms.apply(changed({ post: "moderators" }));
    expect(cache.store.get(keys.room("r"))).toMatchObject({ post: "moderators", slow_mode_s: 30 });
  });
});

describe("lists of the own channel", () => {
  it("are fetched once more for any number of gaps during a fetch, and only those that are wanted", async () => {
    const store = new Store(createQueryClient());
    store.set(keys.saved, []);
    const loads = { saved: 0, blocks: 0 };
    const lists = new OwnLists(store, [
      { key: keys.saved, load: async () => (loads.saved += 1) },
      { key: keys.blocks, load: async () => (loads.blocks += 1) },
    ]);
    await Promise.all([lists.refresh(), lists.refresh(), lists.refresh()]);
    await vi.waitFor(() => expect(loads).toEqual({ saved: 2, blocks: 0 }));
  });
});
