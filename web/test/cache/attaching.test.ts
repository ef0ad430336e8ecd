import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Attachings } from "../../src/cache/attaching";
import { type Attachment, CampanaClient } from "../../src/client";
import { liveCache } from "../support/liveCache";
import { FakeWorld } from "../support/world";

const PLACE = { conversationId: "c" };

function attachmentOf(id: string, type = "image/png"): Attachment {
  return { id, type, name: id, status: "ready", variants: [] } as unknown as Attachment;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A place whose uploads the test answers, in their order. */
function attaching() {
  const world = new FakeWorld();
  const answers: ((response: Response) => void)[] = [];
  world.transfer.mockImplementation(() => new Promise((resolve) => answers.push(resolve)));
  const { files } = new CampanaClient({ getToken: async () => "token", environment: world });
  const send = vi.fn();
  const place = new Attachings(files, send).of(PLACE);
  const answer = async (at: number, response: Response) => {
    answers[at]?.(response);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { place, send, answer };
}

const taken = (id: string) => Response.json(attachmentOf(id), { status: 201 });
const fileOf = (name: string) => new File(["text"], name);

describe("a message with files", () => {
  it("is sent once, when the server has every file", async () => {
    const { place, send, answer } = attaching();
    place.uploads.add([fileOf("a"), fileOf("b")]);
    await vi.advanceTimersByTimeAsync(0);
    place.hold({ text: "look" });
    await answer(1, taken("b"));
    expect(send).not.toHaveBeenCalled();
    expect(place.state()).toMatchObject({ isHeld: true, sent: 0 });
    await answer(0, taken("a"));
    const message = { text: "look", attachments: [{ id: "a" }, { id: "b" }] };
    expect(send.mock.calls).toMatchObject([[PLACE, message]]);
    expect(place.state()).toEqual({ uploads: [], interrupted: [], isHeld: false, sent: 1 });
  });

  it("is sent at once if the server has its files", async () => {
    const { place, send, answer } = attaching();
    place.uploads.add([fileOf("a")]);
    await vi.advanceTimersByTimeAsync(0);
    await answer(0, taken("a"));
    place.hold({ text: "", quoteId: "m1" });
    expect(send.mock.calls).toMatchObject([[PLACE, { text: "", quoteId: "m1", attachments: [{ id: "a" }] }]]);
  });

  it("goes back to the user if an upload fails, or the last file is removed", async () => {
    const { place, send, answer } = attaching();
    place.uploads.add([fileOf("a")]);
    await vi.advanceTimersByTimeAsync(0);
    place.hold({ text: "look" });
    await answer(0, new Response("{}", { status: 413 }));
    expect(place.state()).toMatchObject({ isHeld: false, uploads: [{ status: "failed" }] });
    place.uploads.clear();
    place.uploads.add([fileOf("b")]);
    place.hold({ text: "look" });
    place.uploads.clear();
    expect(place.state()).toEqual({ uploads: [], interrupted: [], isHeld: false, sent: 0 });
    expect(send).not.toHaveBeenCalled();
  });

  it("shows its files before it is acknowledged, and sends their ids", async () => {
    const { live, store, sent, acknowledge } = liveCache({
      messages: () => ({ data: [], next_cursor: null, prev_cursor: null }),
    });
    await live.loadMessages("c");
    live.send("c", " ", undefined, { attachments: [attachmentOf("a"), attachmentOf("b")] });
    const [pending] = (store.messageIds("c") ?? []).map((id) => store.message(id));
    expect(pending).toMatchObject({ type: "image", body: "", attachments: [{ id: "a" }, { id: "b" }] });
    expect(sent).toMatchObject([{ body: "", attachments: ["a", "b"] }]);
    acknowledge({
      id: "m1",
      seq: 1,
      created_at: "2026-01-01T00:00:01.000Z",
      client_msg_id: sent[0]?.client_msg_id ?? "",
    });
    expect(store.message("m1")).toMatchObject({ attachments: [{ id: "a" }, { id: "b" }] });
    live.send("c", " ");
    expect(sent).toHaveLength(1);
  });
});
