import { describe, expect, it, vi } from "vitest";
import { conversation, settle, world } from "../support/connection";
import { created, message, welcome } from "../support/world";

describe("where sockets do not open", () => {
  /** HTTP works; the stream stays open and its chunks come from the test. */
  function httpOnly() {
    const streams: ReadableStreamDefaultController<Uint8Array>[] = [];
    const requests: { path: string; headers: Headers; body: unknown }[] = [];
    world.fetch.mockImplementation(async (input, init) => {
      const url = new URL(String(input));
      const body = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
      requests.push({ path: url.pathname, headers: new Headers(init?.headers), body });
      if (url.pathname.endsWith("/events")) {
        return new Response(new ReadableStream<Uint8Array>({ start: (it) => void streams.push(it) }));
      }
      if (url.pathname.endsWith("/messages")) {
        return Response.json(message(6, { client_msg_id: body.client_msg_id, sender_id: "7" }));
      }
      return Response.json({});
    });
    const write = (text: string) => streams.at(-1)?.enqueue(new TextEncoder().encode(text));
    return { streams, requests, write };
  }

  async function socketsFail(): Promise<void> {
    while (!world.fetch.mock.calls.some(([input]) => String(input).includes("/events"))) {
      if (world.sockets.length > 10) throw new Error("no stream was opened");
      world.socket.closes();
      await vi.advanceTimersByTimeAsync(30_000);
    }
  }

  it("reads the event stream, and sends by HTTP", async () => {
    const { requests, write } = httpOnly();
    const { socket, received } = await conversation();
    socket.startFrom({ epoch: "e1", seq: 3 });
    await socketsFail();
    const opened = requests.find(({ path }) => path.endsWith("/events"));
    expect(opened?.headers.get("authorization")).toBe("Bearer token");
    expect(opened?.headers.get("last-event-id")).toBe("e1:3");
    write(`event: welcome\ndata: ${JSON.stringify(welcome(4))}\n\n`);
    await settle();
    expect(received.onState).toHaveBeenLastCalledWith("live");
    const text = `id: e1:4\ndata: ${JSON.stringify(created(4))}\n\n: still here\n\n`;
    write(text.slice(0, 25));
    write(text.slice(25));
    await settle();
    expect(received.seqs()).toEqual([4]);
    socket.send({ client_msg_id: "a", body: "one" });
    await settle();
    expect(received.onAcknowledged).toHaveBeenCalledWith(expect.objectContaining({ id: "m6", seq: 6 }));
    const posted = requests.find(({ body }) => body !== undefined);
    expect(posted?.body).toMatchObject({ client_msg_id: "a", origin_client_id: "tab", type: "text" });
  });

  it("resumes from its position when the stream breaks", async () => {
    const { requests, streams, write } = httpOnly();
    const { socket, received } = await conversation();
    socket.startFrom({ epoch: "e1", seq: 3 });
    await socketsFail();
    write(`data: ${JSON.stringify(welcome(4))}\n\ndata: ${JSON.stringify(created(4))}\n\n`);
    await settle();
    streams.at(-1)?.close();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(received.seqs()).toEqual([4]);
    expect(requests.at(-1)?.headers.get("last-event-id")).toBe("e1:4");
  });

  it.each([5_000, 300_000])("waits for two comments that the server announced every %i ms", async (keep_alive_ms) => {
    const { streams, write } = httpOnly();
    const { socket, received } = await conversation();
    socket.startFrom({ epoch: "e1", seq: 3 });
    await socketsFail();
    const opened = streams.length;
    write(`event: welcome\ndata: ${JSON.stringify(welcome(3, { keep_alive_ms }))}\n\n`);
    await settle();
    for (let comment = 0; comment < 3; comment += 1) {
      await vi.advanceTimersByTimeAsync(2 * keep_alive_ms);
      write(": still here\n\n");
      await settle();
    }
    expect([received.onState.mock.lastCall, streams.length]).toEqual([["live"], opened]);
    await vi.advanceTimersByTimeAsync(2 * keep_alive_ms + 5_000);
    expect(received.onState).toHaveBeenLastCalledWith("reconnecting");
    await settle();
    expect(streams).toHaveLength(opened + 1);
  });

  it("reads events with any line ending, split at any byte", async () => {
    const { write } = httpOnly();
    const { socket, received } = await conversation();
    socket.startFrom({ epoch: "e1", seq: 3 });
    await socketsFail();
    const text = `event: welcome\r\ndata: ${JSON.stringify(welcome(5))}\r\n\r\nid: e1:4\r\ndata: ${JSON.stringify(created(4))}\r\n\r\n`;
    for (const character of text) write(character);
    write(`id: e1:5\ndata: ${JSON.stringify(created(5))}\n\n`);
    await settle();
    expect(received.seqs()).toEqual([4, 5]);
  });

  it("does not retry a request that the server rejects as invalid", async () => {
    const { received } = await conversation();
    world.fetch.mockImplementation(async (input) => {
      const isStream = String(input).includes("/events");
      return Response.json({ errors: [{ field: "Last-Event-ID" }] }, { status: isStream ? 422 : 200 });
    });
    await socketsFail();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(received.onState).toHaveBeenLastCalledWith("invalid");
    expect(world.fetch.mock.calls.filter(([input]) => String(input).includes("/events"))).toHaveLength(1);
  });

  it("keeps trying sockets while the server is down", async () => {
    world.fetch.mockRejectedValue(new TypeError("down"));
    await conversation();
    for (let failure = 0; failure < 6; failure += 1) {
      world.socket.closes();
      await vi.advanceTimersByTimeAsync(30_000);
    }
    expect(world.sockets.length).toBeGreaterThanOrEqual(7);
    expect(world.fetch.mock.calls.some(([input]) => String(input).includes("/events"))).toBe(false);
  });
});
