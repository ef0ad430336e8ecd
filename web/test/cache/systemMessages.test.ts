import { describe, expect, it } from "vitest";
import { ANA, liveCache } from "../support/liveCache";
import { ServerModel } from "../support/serverModel";
import { created } from "../support/world";

describe("a message of the system", () => {
  it("reads nothing and is no news, also if the user's own act caused it", async () => {
    const model = new ServerModel(ANA.user_id);
    for (const sender of ["8", "8", "8"]) model.send(sender);
    model.read(1);
    model.flush();
    const cache = liveCache({
      inbox: () => [model.fetched()],
      conversation: () => model.fetched(),
      messages: () => model.newestPage(),
    });
    await cache.live.loadInbox();
    await cache.live.loadMessages("c");
    const shown = () => {
      const { unread_count, last_read_seq, last_message } = cache.store.conversation("c") ?? {};
      return { unread_count, last_read_seq, last: last_message?.id };
    };
    const before = shown();
    expect(before).toMatchObject({ unread_count: 2 });
    for (const [seq, sender_id] of [
      [4, ANA.user_id],
      [5, "8"],
    ] as const) {
      const metadata = { kind: "joined", actor_id: sender_id, user_id: "9" };
      cache.listener().onEvent(created(seq, { type: "system", body: "", sender_id, metadata }));
      expect(cache.store.messageIds("c")).toContain(`m${seq}`);
      expect(shown()).toEqual(before);
    }
  });
});
