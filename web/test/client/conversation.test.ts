import { describe, expect, it, vi } from "vitest";
import { conversation, live, reconnected, settle, world } from "../support/connection";
import { ack, created, welcome } from "../support/world";

describe("the order of events", () => {
  it("delivers events in order, also those batched in one frame", async () => {
    const { received } = await live(3);
    world.socket.says(created(4));
    world.socket.says(created(5), created(6));
    expect(received.seqs()).toEqual([4, 5, 6]);
  });

  it("resumes after a gap, and delivers nothing twice", async () => {
    const { received } = await live(3);
    world.socket.says(created(6));
    expect(received.seqs()).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    expect(world.socket.sent("resume")).toEqual([{ type: "resume", epoch: "e1", seq: 3 }]);
    world.socket.says(created(4), created(5), created(6));
    world.socket.says(created(7));
    expect(received.seqs()).toEqual([4, 5, 6, 7]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.socket.sent("resume")).toHaveLength(1);
  });

  it("resumes when a head frame shows missing events", async () => {
    const { received } = await live(3);
    world.socket.says({ type: "head", epoch: "another", head: 9 });
    world.socket.says({ type: "head", epoch: "e1", head: 3 });
    await vi.advanceTimersByTimeAsync(500);
    expect(world.socket.sent("resume")).toEqual([]);
    world.socket.says({ type: "head", epoch: "e1", head: 5 });
    await vi.advanceTimersByTimeAsync(500);
    expect(world.socket.sent("resume")).toEqual([{ type: "resume", epoch: "e1", seq: 3 }]);
    world.socket.says(created(4), created(5));
    expect(received.seqs()).toEqual([4, 5]);
  });

  it("does not resume for an event that arrives a moment late", async () => {
    const { received } = await live(3);
    world.socket.says(created(5));
    await vi.advanceTimersByTimeAsync(100);
    world.socket.says(created(4));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(received.seqs()).toEqual([4, 5]);
    expect(world.socket.sent("resume")).toEqual([]);
  });

  it("counts an acknowledgement as its position, and waits for earlier events", async () => {
    const { socket, received } = await live(3);
    socket.send({ client_msg_id: "mine", body: "hi" });
    world.socket.says(ack("mine", 5));
    expect(received.onAcknowledged).toHaveBeenCalledOnce();
    world.socket.says(created(6));
    expect(received.seqs()).toEqual([]);
    world.socket.says(created(4));
    expect(received.seqs()).toEqual([4, 6]);
    expect(socket.position).toEqual({ epoch: "e1", seq: 6 });
  });

  it("opens another socket when resuming does not close the gap", async () => {
    await live(3);
    world.socket.says(created(5));
    await vi.advanceTimersByTimeAsync(400 + 3 * 2_500 + 1_000);
    expect(world.sockets).toHaveLength(2);
    expect(world.socket.url.searchParams.get("seq")).toBe("3");
  });

  it("buffers events until the page is loaded, and resumes for those in between", async () => {
    const { socket, received } = await conversation();
    world.socket.opens();
    world.socket.says(welcome(5));
    world.socket.says(created(6));
    expect(received.seqs()).toEqual([]);
    socket.startFrom({ epoch: "e1", seq: 4 });
    expect(world.socket.sent("resume")).toEqual([{ type: "resume", epoch: "e1", seq: 4 }]);
    world.socket.says(created(5));
    expect(received.seqs()).toEqual([5, 6]);
  });

  it("asks its owner to reload after a reset, and continues from the new position", async () => {
    const { socket, received } = await live(3);
    world.socket.says({ type: "reset", epoch: "e2", head: 40 });
    world.socket.says(created(41));
    expect(received.onReset).toHaveBeenCalledOnce();
    expect(received.seqs()).toEqual([]);
    socket.startFrom({ epoch: "e2", seq: 40 });
    expect(received.seqs()).toEqual([41]);
    expect(socket.position).toEqual({ epoch: "e2", seq: 41 });
  });

  it("keeps its position when an older page is loaded", async () => {
    const { socket, received } = await live(3);
    world.socket.says(created(4));
    socket.startFrom({ epoch: "e1", seq: 2 });
    expect(socket.position?.seq).toBe(4);
    world.socket.says(created(5));
    expect(received.seqs()).toEqual([4, 5]);
  });
});

describe("the connection", () => {
  it("offers the token as a subprotocol and never in the address", async () => {
    await live(3);
    expect(world.socket.protocols).toEqual(["campana.v1", "bearer.token"]);
    expect(world.socket.url.href).not.toContain("token");
    expect(world.socket.url.protocol).toBe("ws:");
    expect(world.socket.url.searchParams.get("client_id")).toBe("tab");
  });

  it("reconnects with its position", async () => {
    const { received } = await live(3);
    world.socket.says(created(4));
    world.socket.closes();
    await reconnected(6);
    expect(world.socket.url.searchParams.get("epoch")).toBe("e1");
    expect(world.socket.url.searchParams.get("seq")).toBe("4");
    world.socket.says(created(5), created(6));
    expect(received.seqs()).toEqual([4, 5, 6]);
  });

  it("backs off after every failure, and resets after a stable connection", async () => {
    await live();
    const waits: number[] = [];
    for (let failure = 0; failure < 9; failure += 1) {
      const known = world.sockets.length;
      const since = Date.now();
      world.socket.closes();
      while (world.sockets.length === known) await vi.advanceTimersByTimeAsync(50);
      waits.push(Date.now() - since);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    world.socket.opens();
    world.socket.says(welcome());
    await vi.advanceTimersByTimeAsync(11_000);
    world.socket.closes();
    await vi.advanceTimersByTimeAsync(500);
    expect(world.sockets).toHaveLength(11);
  });

  it("replaces a socket that does not answer a ping", async () => {
    const { received } = await live();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(world.socket.texts).toContain("ping");
    world.socket.pongs();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(world.sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(world.sockets).toHaveLength(2);
    expect(received.onState).toHaveBeenCalledWith("reconnecting");
  });

  it("answers the server's ping", async () => {
    await live();
    world.socket.says({ type: "ping" });
    expect(world.socket.sent("pong")).toEqual([{ type: "pong" }]);
  });

  it("pings at the interval of the welcome", async () => {
    await live(0, { keep_alive_ms: 5_000 });
    await vi.advanceTimersByTimeAsync(4_900);
    expect(world.socket.texts).not.toContain("ping");
    await vi.advanceTimersByTimeAsync(200);
    expect(world.socket.texts).toContain("ping");
  });

  it("retries immediately when the network returns or the page becomes visible", async () => {
    await live();
    world.online = false;
    world.happens("offline");
    expect(world.sockets[0]?.isClosed).toBe(true);
    world.online = true;
    world.happens("online");
    await settle();
    expect(world.sockets).toHaveLength(2);
    world.socket.closes();
    world.happens("visible");
    await settle();
    expect(world.sockets).toHaveLength(3);
  });

  it("gets a new token once when the old one has expired", async () => {
    const { getToken, received } = await live();
    world.socket.closes(4401);
    await settle();
    expect(getToken).toHaveBeenLastCalledWith({ fresh: true });
    expect(world.sockets).toHaveLength(2);
    world.socket.opens();
    world.socket.closes(4401);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(received.onState).toHaveBeenLastCalledWith("signed-out");
    expect(world.sockets).toHaveLength(2);
  });

  it("stops as forbidden when the user is removed", async () => {
    const { received } = await live();
    world.socket.closes(4403);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(received.onState).toHaveBeenLastCalledWith("forbidden");
    expect(world.sockets).toHaveLength(1);
  });

  it("does not retry a request that the server rejects as invalid", async () => {
    const { socket, received } = await conversation();
    world.socket.opens();
    world.socket.says({ type: "error", error: "invalid", title: "Not valid", status: 422, errors: [{ field: "seq" }] });
    world.socket.closes(4400);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(received.onState).toHaveBeenLastCalledWith("invalid");
    expect(world.sockets).toHaveLength(1);
    socket.open();
    await settle();
    expect(world.sockets).toHaveLength(2);
  });

  it("opens again for a user who was readmitted", async () => {
    const { socket, received } = await live(3);
    world.socket.closes(4403);
    socket.open();
    await settle();
    world.socket.opens();
    world.socket.says(welcome(4));
    expect(received.onState).toHaveBeenLastCalledWith("live");
    expect(world.socket.url.searchParams.get("seq")).toBe("3");
  });

  it("takes the reason of a refused connection from the close code", async () => {
    const { received } = await conversation();
    world.socket.opens();
    world.socket.says({ type: "error", error: "not-found", title: "Not found", status: 404 });
    world.socket.closes(4403);
    expect(received.onProblem).not.toHaveBeenCalled();
    expect(received.onState).toHaveBeenLastCalledWith("forbidden");
  });

  it("waits 5 s after it was closed for flooding", async () => {
    await live();
    world.socket.closes(4429);
    await vi.advanceTimersByTimeAsync(4_900);
    expect(world.sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(world.sockets).toHaveLength(2);
  });

  it("ignores frames that it cannot parse", async () => {
    const { received } = await live(3);
    world.socket.onmessage?.({ data: "{" });
    world.socket.onmessage?.({ data: "7" });
    world.socket.says({ type: "confetti" });
    world.socket.says(created(4));
    expect(received.seqs()).toEqual([4]);
  });
});

describe("the outbox", () => {
  it("resends unacknowledged messages with the same id, in the same order", async () => {
    const { socket, received } = await live();
    socket.send({ client_msg_id: "a", body: "one" });
    socket.send({ client_msg_id: "b", body: "two" });
    world.socket.says(ack("a", 1));
    expect(world.socket.sent("send").map((frame) => frame["client_msg_id"])).toEqual(["a", "b"]);
    world.socket.closes();
    socket.send({ client_msg_id: "c", body: "three" });
    await reconnected(1);
    world.socket.says(ack("b", 2));
    world.socket.says(ack("c", 3));
    expect(world.socket.sent("send").map((frame) => frame["client_msg_id"])).toEqual(["b", "c"]);
    expect(received.onAcknowledged).toHaveBeenCalledTimes(3);
    expect(socket.isBusy).toBe(false);
  });

  it("takes its own message in a replay as the lost acknowledgement", async () => {
    const { socket, received } = await live();
    socket.send({ client_msg_id: "a", body: "one" });
    world.socket.closes();
    await vi.advanceTimersByTimeAsync(1_000);
    world.socket.opens();
    world.socket.says(welcome(1));
    world.socket.says(created(1, { client_msg_id: "a", sender_id: "7" }, "tab"));
    expect(received.onAcknowledged).toHaveBeenCalledOnce();
    world.socket.says(ack("a", 1));
    expect(received.onAcknowledged).toHaveBeenCalledOnce();
    expect(socket.isBusy).toBe(false);
  });

  it("opens another socket when an acknowledgement is missing", async () => {
    const { socket } = await live();
    socket.send({ client_msg_id: "a", body: "one" });
    await vi.advanceTimersByTimeAsync(11_000);
    expect(world.sockets).toHaveLength(2);
    world.socket.opens();
    world.socket.says(welcome());
    expect(world.socket.sent("send")).toHaveLength(1);
  });

  it("reports a refusal, and retries with the same id on request", async () => {
    const { socket, received } = await live();
    socket.send({ client_msg_id: "a", body: "one" });
    const refusal = { type: "error", error: "muted", title: "You are muted here", status: 403 };
    world.socket.says({ ...refusal, client_msg_id: "a" });
    expect(received.onRefused).toHaveBeenCalledWith("a", expect.objectContaining({ slug: "muted" }));
    expect(socket.isBusy).toBe(false);
    socket.retry("a");
    expect(world.socket.sent("send").map((frame) => frame["client_msg_id"])).toEqual(["a", "a"]);
  });

  it("waits for the server's retry time, then resends", async () => {
    const { socket, received } = await live();
    socket.send({ client_msg_id: "a", body: "one" });
    const refusal = { type: "error", error: "rate-limited", title: "Slow", status: 429 };
    world.socket.says({ ...refusal, retry_after_ms: 700, client_msg_id: "a" });
    await vi.advanceTimersByTimeAsync(600);
    expect(world.socket.sent("send")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(world.socket.sent("send")).toHaveLength(2);
    expect(received.onRefused).not.toHaveBeenCalled();
    expect(received.onDelayed).toHaveBeenCalledWith(expect.objectContaining({ retryAfterMs: 700 }));
  });

  it("waits for slow mode at most a minute, and refuses the message otherwise", async () => {
    const { socket, received } = await live();
    socket.send({ client_msg_id: "a", body: "one" });
    const refusal = { type: "error", error: "slow-mode", title: "Slow mode", status: 429, client_msg_id: "a" };
    world.socket.says({ ...refusal, retry_after_ms: 500 });
    expect(received.onDelayed).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(500);
    expect(world.socket.sent("send")).toHaveLength(2);
    world.socket.says({ ...refusal, retry_after_ms: 3_600_000 });
    expect(received.onRefused).toHaveBeenCalledWith("a", expect.objectContaining({ slug: "slow-mode" }));
  });

  it("does not send a message that is too large for a frame", async () => {
    const { socket, received } = await live();
    socket.send({ client_msg_id: "a", body: "x".repeat(40_000) });
    socket.send({ client_msg_id: "b", body: "small" });
    expect(received.onRefused).toHaveBeenCalledWith("a", expect.objectContaining({ slug: "too-large" }));
    expect(world.socket.sent("send").map((frame) => frame["client_msg_id"])).toEqual(["b"]);
  });

  it("does not resend a message that made the server close the socket", async () => {
    const { socket, received } = await live();
    socket.send({ client_msg_id: "large", body: "x".repeat(30_000) });
    socket.send({ client_msg_id: "small", body: "x" });
    world.socket.closes(4413);
    expect(received.onRefused).toHaveBeenCalledWith("large", expect.objectContaining({ slug: "too-large" }));
    await reconnected(0);
    expect(world.socket.sent("send").map((frame) => frame["client_msg_id"])).toEqual(["small"]);
  });

  it("keeps the order in which messages were written, though the server is too busy for one of them", async () => {
    const { socket } = await live();
    for (const id of ["a", "b", "c"]) socket.send({ client_msg_id: id, body: id });
    const refusal = { type: "error", error: "rate-limited", title: "Slow", status: 429, retry_after_ms: 50 };
    for (let round = 0; round < 20; round += 1) {
      world.socket.says({ ...refusal, client_msg_id: "a" });
      await vi.advanceTimersByTimeAsync(50);
    }
    for (const [index, id] of ["a", "b", "c"].entries()) world.socket.says(ack(id, index + 1));
    const sent = world.socket.sent("send").map((frame) => frame["client_msg_id"]);
    expect([...new Set(sent)]).toEqual(["a", "b", "c"]);
    expect(sent.indexOf("b")).toBe(21);
  });

  it("gives up on a message that the server fails at again and again, and goes on with the next", async () => {
    const { socket, received } = await live();
    socket.send({ client_msg_id: "a", body: "one" });
    socket.send({ client_msg_id: "b", body: "two" });
    const refusal = { type: "error", error: "internal", title: "Broken", status: 500, retry_after_ms: 100 };
    for (let round = 0; round < 6; round += 1) {
      world.socket.says({ ...refusal, client_msg_id: "a" });
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(received.onRefused).toHaveBeenCalledOnce();
    const sent = world.socket.sent("send").map((frame) => frame["client_msg_id"]);
    expect(sent).toEqual(["a", "a", "a", "a", "a", "a", "b"]);
  });

  it("says that one types at most every two seconds, and stops by itself", async () => {
    const { socket } = await live();
    for (let key = 0; key < 30; key += 1) {
      socket.typing(true);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(world.socket.sent("typing")).toEqual([
      { type: "typing", on: true },
      { type: "typing", on: true },
    ]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(world.socket.sent("typing").at(-1)).toEqual({ type: "typing", on: false });
  });

  it("lets the message itself say that typing has ended", async () => {
    const { socket } = await live();
    socket.typing(true);
    socket.send({ client_msg_id: "a", body: "one" });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(world.sockets[0]?.sent("typing")).toEqual([{ type: "typing", on: true }]);
  });

  it("moves the read marker forward only, at most once a second", async () => {
    const { socket } = await live(9);
    for (const seq of [3, 2, 4, 5]) socket.read(seq);
    expect(world.socket.sent("read").map((frame) => frame["seq"])).toEqual([3]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(world.socket.sent("read").map((frame) => frame["seq"])).toEqual([3, 5]);
  });

  it("tells the read marker again where the server does not have it", async () => {
    const { socket } = await live(9);
    socket.read(8);
    world.socket.closes();
    await reconnected(9);
    expect(world.socket.sent("read").map((frame) => frame["seq"])).toEqual([8]);
  });
});
