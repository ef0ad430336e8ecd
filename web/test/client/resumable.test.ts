import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CampanaClient, KeptUploads, type Problem, type Transport } from "../../src/client";
import { randomOf, refusal, TusServer } from "../support/tusServer";
import { FakeWorld } from "../support/world";

const MIB = 1024 * 1024;
const SIZE = 12 * MIB + 7;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const BYTES = (() => {
  const random = randomOf(5);
  return Uint8Array.from({ length: SIZE }, () => random() * 256);
})();

function fileOf(name = "film.bin", size = SIZE): File {
  return new File([BYTES.subarray(0, size)], name, { lastModified: 1_000 });
}

function setUp(getToken: (options: { fresh: boolean }) => Promise<string> = async () => "token") {
  const [world, server] = [new FakeWorld(), new TusServer()];
  server.serve(world);
  const { files } = new CampanaClient({ getToken, environment: world });
  const [resumable] = files.transports as [Transport];
  return { world, server, files, resumable };
}

/** Runs a carrier, with what it reports. */
function run(carrier: ReturnType<Transport["carrier"]>) {
  const abort = new AbortController();
  const [sent, retries] = [vi.fn<(bytes: number) => void>(), vi.fn<(problem: Problem) => void>()];
  const outcome = carrier.run({ sent, retries }, abort.signal).then(
    (attachment) => attachment,
    (error: unknown) => error,
  );
  return { abort, sent, retries, outcome };
}

/** Lets timers run, and the reading of files, until the outcome is known. */
async function ended<T>(outcome: Promise<T>): Promise<T> {
  let isOver = false;
  void outcome.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await vi.advanceTimersByTimeAsync(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return outcome;
}

/** Waits for something that needs no timer. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let turns = 0; !isTrue(); turns += 1) {
    if (turns > 10_000) throw new Error("it never becomes true");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const hasAll = ({ only }: TusServer) => Buffer.compare(only.bytes, BYTES) === 0;

describe("a resumable upload", () => {
  it("is for files over 8 MiB, and for smaller ones whose request broke off", () => {
    const { resumable } = setUp();
    expect(resumable.takes(fileOf("a", 8 * MIB), false)).toBe(false);
    expect(resumable.takes(fileOf("a", 8 * MIB + 1), false)).toBe(true);
    expect(resumable.takes(fileOf("a", 1), true)).toBe(true);
    expect(resumable.takes(fileOf("a", 0), true)).toBe(false);
  });

  it("sends the file in pieces of 5 MiB, reports progress, and answers the attachment", async () => {
    const { server, resumable } = setUp();
    const { sent, retries, outcome } = run(resumable.carrier(fileOf("año.bin")));
    expect(await ended(outcome)).toMatchObject({ name: "año.bin", status: "ready" });
    expect(server.requests).toEqual(["POST", "PATCH 0", `PATCH ${5 * MIB}`, `PATCH ${10 * MIB}`, "GET"]);
    expect(server.bodies).toEqual([5 * MIB, 5 * MIB, 2 * MIB + 7]);
    expect(hasAll(server)).toBe(true);
    const reported = sent.mock.calls.map(([bytes]) => bytes);
    expect(reported).toEqual([...reported].sort((a, b) => a - b));
    expect(reported.at(-1)).toBe(SIZE);
    expect(retries).not.toHaveBeenCalled();
  });

  it("ends with the same bytes however it is interrupted", async () => {
    const random = randomOf(11);
    const { server, resumable } = setUp();
    const carrier = resumable.carrier(fileOf());
    let answer: unknown;
    for (let turn = 0; !(answer && "id" in (answer as object)); turn += 1) {
      expect(turn).toBeLessThan(60);
      const kind = random();
      if (kind < 0.5) server.faults.push({ cutAfter: Math.floor(random() * 2 * MIB) });
      else if (kind < 0.6) server.faults.push({ isAnswerLost: true });
      else if (kind < 0.7) server.faults.push({ refuse: refusal(423, "upload-locked") });
      else if (kind < 0.8) server.faults.push({ refuse: refusal(503, "unavailable", { "retry-after": "2" }) });
      const { abort, outcome } = run(carrier);
      if (random() < 0.4) setImmediate(() => abort.abort());
      answer = await ended(outcome);
    }
    expect(hasAll(server)).toBe(true);
  });

  it("pauses at once, and continues where the server is, up to the next multiple of 5 MiB", async () => {
    const { server, resumable } = setUp();
    server.faults.push({}, { cutAfter: 1_000 });
    const carrier = resumable.carrier(fileOf());
    const first = run(carrier);
    // It waits for its next attempt.
    await until(() => first.retries.mock.calls.length === 1);
    first.abort.abort();
    expect(await first.outcome).toMatchObject({ name: "AbortError" });
    server.requests.length = 0;
    const release = server.hold(0);
    const second = run(carrier);
    await until(() => server.requests.length === 2);
    second.abort.abort();
    expect(await second.outcome).toMatchObject({ name: "AbortError" });
    release();
    server.requests.length = 0;
    const third = run(carrier);
    await ended(third.outcome);
    expect(server.requests).toEqual(["GET", `PATCH ${5 * MIB + 1_000}`, `PATCH ${10 * MIB}`, "GET"]);
    expect(third.sent.mock.calls[0]).toEqual([5 * MIB + 1_000]);
    expect(hasAll(server)).toBe(true);
  });

  it("asks where the server is after a conflict", async () => {
    const { server, resumable } = setUp();
    server.faults.push({ isAnswerLost: true }, { refuse: refusal(409, "conflict") });
    const { outcome, retries } = run(resumable.carrier(fileOf()));
    expect(await ended(outcome)).toMatchObject({ status: "ready" });
    expect(retries.mock.calls.map(([{ slug }]) => slug)).toEqual(["unreachable", "conflict"]);
    expect(server.requests.filter((each) => each === "GET")).toHaveLength(3);
  });

  it("begins anew once if the server does not have it any more", async () => {
    const { server, resumable } = setUp();
    const release = server.hold(5 * MIB);
    const carrier = resumable.carrier(fileOf());
    const first = run(carrier);
    await until(() => server.requests.length > 2);
    first.abort.abort();
    server.uploads.clear();
    release();
    expect(await ended(run(carrier).outcome)).toMatchObject({ status: "ready" });
    expect(hasAll(server)).toBe(true);
    server.uploads.clear();
    server.faults.push({ refuse: refusal(404, "not-found") }, { refuse: refusal(410, "gone") });
    expect(await ended(run(resumable.carrier(fileOf())).outcome)).toMatchObject({ status: 410 });
  });

  it("begins anew if the file that it became was deleted", async () => {
    const { server, resumable } = setUp();
    const carrier = resumable.carrier(fileOf());
    await ended(run(carrier).outcome);
    const [gone] = server.uploads.values();
    if (gone) gone.isDeleted = true;
    expect(await ended(run(carrier).outcome)).toMatchObject({ status: "ready" });
    expect(server.uploads.size).toBe(2);
  });

  it("gives up after eight failures in a row, and goes on when the user asks", async () => {
    const { server, resumable } = setUp();
    server.faults.push({}, ...Array.from({ length: 9 }, () => ({ cutAfter: 0 })));
    const carrier = resumable.carrier(fileOf());
    const { outcome, retries } = run(carrier);
    expect(await ended(outcome)).toMatchObject({ slug: "unreachable" });
    expect(retries).toHaveBeenCalledTimes(8);
    expect(await ended(run(carrier).outcome)).toMatchObject({ status: "ready" });
    expect(hasAll(server)).toBe(true);
  });

  it("waits without limit while there is no network, and goes on as soon as there is", async () => {
    const { world, server, resumable } = setUp();
    const { outcome } = run(resumable.carrier(fileOf()));
    const release = server.hold(0);
    await until(() => server.requests.length > 1);
    [world.online, server.isReachable] = [false, false];
    world.happens("offline");
    release();
    for (let minutes = 0; minutes < 20; minutes += 1) {
      await vi.advanceTimersByTimeAsync(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    [world.online, server.isReachable] = [true, true];
    const asked = server.requests.length;
    world.happens("online");
    await until(() => server.requests.length > asked);
    expect(await ended(outcome)).toMatchObject({ status: "ready" });
    expect(hasAll(server)).toBe(true);
  });

  it("stops a request that sends nothing for half a minute", async () => {
    const { server, resumable } = setUp();
    const release = server.hold(0);
    const { outcome, retries } = run(resumable.carrier(fileOf()));
    await until(() => server.requests.length === 2);
    await vi.advanceTimersByTimeAsync(30_000);
    await until(() => retries.mock.calls.length === 1);
    release();
    expect(await ended(outcome)).toMatchObject({ status: "ready" });
  });

  it("waits as long as the server says, but leaves longer waits to the user", async () => {
    const { server, resumable } = setUp();
    server.faults.push({ refuse: refusal(429, "rate-limited", { "retry-after": "40" }) });
    const { outcome, retries } = run(resumable.carrier(fileOf()));
    await until(() => retries.mock.calls.length === 1);
    await vi.advanceTimersByTimeAsync(39_000);
    expect(server.requests).toEqual(["POST", "PATCH 0"]);
    expect(await ended(outcome)).toMatchObject({ status: "ready" });
    server.beginFaults.push(refusal(429, "rate-limited", { "retry-after": "7200" }));
    const tooMuch = run(resumable.carrier(fileOf()));
    expect(await ended(tooMuch.outcome)).toMatchObject({ slug: "rate-limited", retryAfterMs: 7_200_000 });
    expect(tooMuch.retries).not.toHaveBeenCalled();
  });

  it.each([
    [413, "too-large"],
    [415, "unsupported-media-type"],
    [403, "forbidden"],
  ])("shows a refusal with %i at once", async (status, slug) => {
    const { server, resumable } = setUp();
    server.faults.push({ refuse: refusal(status, slug) });
    const { outcome, retries } = run(resumable.carrier(fileOf()));
    expect(await ended(outcome)).toMatchObject({ status, slug });
    expect(retries).not.toHaveBeenCalled();
  });

  it("renews the token in the middle", async () => {
    const { server, resumable } = setUp(async ({ fresh }) => (fresh ? "renewed" : "token"));
    const { outcome } = run(resumable.carrier(fileOf()));
    const release = server.hold(0);
    await until(() => server.requests.length === 2);
    server.token = "renewed";
    release();
    expect(await ended(outcome)).toMatchObject({ status: "ready" });
    expect(hasAll(server)).toBe(true);
  });

  it("ends the upload when it is cancelled, also while it begins", async () => {
    const { server, resumable } = setUp();
    const carrier = resumable.carrier(fileOf());
    server.hold(0);
    const { abort } = run(carrier);
    await until(() => server.requests.length === 2);
    abort.abort();
    carrier.discard();
    await until(() => server.uploads.size === 0);
    expect(server.requests.at(-1)).toBe("DELETE");

    const early = resumable.carrier(fileOf());
    const begun = run(early);
    begun.abort.abort();
    early.discard();
    await until(() => server.requests.filter((each) => each === "DELETE").length === 2);
    expect(server.uploads.size).toBe(0);
  });

  it("says that a file cannot be read any more", async () => {
    const { server, resumable } = setUp();
    const file = fileOf();
    const broken = { arrayBuffer: () => Promise.reject(new DOMException("changed", "NotReadableError")) };
    vi.spyOn(file, "slice").mockReturnValue(broken as unknown as Blob);
    server.isReachable = false;
    expect(await ended(run(resumable.carrier(file)).outcome)).toMatchObject({ slug: "file-unreadable", status: 422 });
  });
});

/** A device's storage. */
function storage() {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

const kept = (id: string, over = {}) => ({
  id,
  place: "c/",
  name: "film.bin",
  size: SIZE,
  modified: 1_000,
  sent: 5,
  until: Date.now() + 60_000,
  ...over,
});

describe("uploads that are kept on the device", () => {
  it("are at most twenty, and not those that have expired", () => {
    const uploads = new KeptUploads(storage(), "7");
    for (let n = 0; n < 25; n += 1) uploads.add(kept(`${n}`));
    expect(uploads.all().map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, n) => `${n + 5}`));
    vi.setSystemTime(Date.now() + 60_001);
    expect(uploads.all()).toEqual([]);
  });

  it("are one person's", () => {
    const device = storage();
    new KeptUploads(device, "7").add(kept("a"));
    expect(new KeptUploads(device, "8").all()).toEqual([]);
    new KeptUploads(device, "8").clear();
    expect(new KeptUploads(device, "7").all()).toHaveLength(1);
  });

  it.each(["{", "null", "[null, 1, {}]", '[{"id": "a", "place": 1}]'])("ignore what is stored as %s", (text) => {
    const device = storage();
    device.setItem("campana.uploads.7", text);
    expect(new KeptUploads(device, "7").all()).toEqual([]);
  });

  it("do not come back by the progress of an upload whose user has signed out", () => {
    const device = storage();
    const uploads = new KeptUploads(device, "7");
    uploads.add(kept("a"));
    uploads.clear();
    uploads.moved("a", 10);
    expect(device.values.size).toBe(0);
  });
});
