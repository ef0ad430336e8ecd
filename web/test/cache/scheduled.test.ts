import { describe, expect, it, vi } from "vitest";
import { createQueryClient, keys } from "../../src/cache";
import type { Drafts } from "../../src/cache/drafts";
import { Scheduled } from "../../src/cache/scheduled";
import { Store } from "../../src/cache/store";
import type { PersonalApi, ScheduledMessage, ScheduledStatus } from "../../src/client";
import { at } from "../support/world";

function scheduled(id: string, minute: number, over: Partial<ScheduledMessage> = {}): ScheduledMessage {
  return {
    id,
    conversation_id: "c",
    send_at: at(minute * 60),
    status: "pending",
    body: `text ${id}`,
    parent_id: null,
    also_in_channel: false,
    quote_id: null,
    client_msg_id: id,
    message_id: null,
    problem: null,
    created_at: at(0),
    ended_at: null,
    ...over,
  };
}

async function list(stored: ScheduledMessage[]) {
  const store = new Store(createQueryClient());
  const calls = { loads: 0, cancelled: [] as string[], scheduled: [] as unknown[], settled: [] as string[] };
  const drafts = { sent: () => {}, settled: (id: string) => void calls.settled.push(id) };
  const api = {
    scheduled: async (status: ScheduledStatus) => {
      if (status === "pending") calls.loads += 1;
      return stored.filter((each) => each.status === status);
    },
    schedule: async (draft: unknown) => {
      calls.scheduled.push(draft);
      return scheduled("new", 2);
    },
    cancelScheduled: async (id: string) => void calls.cancelled.push(id),
  } as unknown as PersonalApi;
  const messages = new Scheduled(api, store, drafts as unknown as Drafts);
  await messages.load();
  const shown = () => store.get<ScheduledMessage[]>(keys.scheduled)?.map(({ id, status }) => `${id} ${status}`);
  const event = { conversation_id: "c", rev: 1, at: at(9) };
  const sent = (id: string) =>
    messages.apply({ ...event, event: "scheduled.sent", id, partial: { scheduled_id: id, message_id: "m" } });
  const failed = (id: string) =>
    messages.apply({ ...event, event: "scheduled.failed", id, partial: { scheduled_id: id, problem: "muted" } });
  return { messages, store, calls, shown, sent, failed };
}

describe("scheduled messages", () => {
  it("are in the order of their times, and those that failed stay", async () => {
    const { messages, calls, shown, sent, failed } = await list([
      scheduled("b", 3),
      scheduled("a", 1),
      scheduled("x", 0, { status: "failed", problem: "muted" }),
    ]);
    await messages.send(
      { conversationId: "c", parentId: undefined, clientMsgId: "k", body: " new " },
      new Date(at(120)),
    );
    expect(calls.scheduled).toMatchObject([{ body: "new", sendAt: at(120) }]);
    expect(calls.settled, "its draft is cleared").toEqual(["k"]);
    expect(shown()).toEqual(["x failed", "a pending", "new pending", "b pending"]);
    sent("a");
    failed("b");
    expect(shown()).toEqual(["x failed", "new pending", "b failed"]);
  });

  it("are fetched when one fails that this page does not know", async () => {
    const stored = [scheduled("a", 1)];
    const { calls, shown, failed } = await list(stored);
    stored.push(scheduled("b", 2, { status: "failed" }));
    failed("b");
    await vi.waitFor(() => expect(shown()).toEqual(["a pending", "b failed"]));
    expect(calls.loads).toBe(2);
  });

  it("keep what happens during a fetch, and go when they are cancelled", async () => {
    const { messages, calls, shown, sent } = await list([scheduled("a", 1), scheduled("b", 2)]);
    const loading = messages.load();
    sent("a");
    await loading;
    expect(shown()).toEqual(["b pending"]);
    await messages.cancel("b");
    expect([shown(), calls.cancelled]).toEqual([[], ["b"]]);
  });
});
