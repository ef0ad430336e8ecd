import { describe, expect, it, vi } from "vitest";
import {
  type Attachment,
  CampanaClient,
  type Carrier,
  canRetry,
  Problem,
  type Transport,
  type Upload,
  Uploads,
} from "../../src/client";
import { FakeWorld } from "../support/world";

function fileOf(name: string, size = 10): File {
  return new File([new Uint8Array(size)], name);
}

function attachmentOf(name: string, over: Partial<Attachment> = {}): Attachment {
  return {
    id: name,
    url: `/api/chat/files/${name}`,
    name,
    type: "text/plain",
    size: 10,
    sha256: "",
    width: null,
    height: null,
    duration_ms: null,
    thumbhash: null,
    variants: [],
    status: "ready",
    created_at: "2026-01-01T00:00:00.000Z",
    ...over,
  };
}

interface Run {
  progress: (sent: number) => void;
  retries: (problem: Problem) => void;
  signal: AbortSignal;
  ends: (attachment: Attachment) => void;
  fails: (problem: Problem) => void;
}

/** A transport whose runs the test ends. */
function transport(canResume = false) {
  const runs: Record<string, Run[]> = {};
  const discarded: string[] = [];
  const carrier = ({ name }: File): Carrier => ({
    canResume,
    run: ({ sent: progress, retries }, signal) =>
      new Promise((ends, fails) => {
        const own = runs[name] ?? [];
        runs[name] = [...own, { progress, retries, signal, ends, fails }];
        signal.addEventListener("abort", () => fails(signal.reason));
      }),
    discard: () => void discarded.push(name),
  });
  const last = (name: string): Run => {
    const run = runs[name]?.at(-1);
    if (!run) throw new Error(`${name} was not begun`);
    return run;
  };
  return { transport: { takes: () => true, carrier } satisfies Transport, runs, last, discarded };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));
const states = (uploads: Uploads) => uploads.snapshot().map(({ file, status, sent }) => [file.name, status, sent]);
const idOf = (uploads: Uploads, name: string) => uploads.snapshot().find(({ file }) => file.name === name)?.id ?? "";

describe("a list of uploads", () => {
  it("carries two files at a time, in their order", async () => {
    const { transport: only, last, runs } = transport();
    const uploads = new Uploads([only], 10);
    const heard = vi.fn();
    uploads.subscribe(heard);
    expect(uploads.add([fileOf("a"), fileOf("b"), fileOf("c")])).toBe(0);
    expect(Object.keys(runs)).toEqual(["a", "b"]);
    last("a").progress(4);
    expect(states(uploads)).toEqual([
      ["a", "uploading", 4],
      ["b", "uploading", 0],
      ["c", "waiting", 0],
    ]);
    expect(uploads.take()).toBeUndefined();
    last("b").ends(attachmentOf("b"));
    await settle();
    last("c").ends(attachmentOf("c"));
    last("a").ends(attachmentOf("a"));
    await settle();
    expect(uploads.take()?.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(uploads.snapshot()).toEqual([]);
    expect(heard).toHaveBeenCalled();
  });

  it("learns what a scan has decided about its files", async () => {
    const { transport: only, last } = transport();
    const uploads = new Uploads([only], 10);
    uploads.add([fileOf("a"), fileOf("b")]);
    last("b").ends(attachmentOf("b", { status: "scanning" }));
    await settle();
    // Before the answer to the upload.
    uploads.decided("a", "ready");
    last("a").ends(attachmentOf("a", { status: "scanning" }));
    await settle();
    uploads.decided("b", "refused");
    uploads.decided("other", "refused");
    expect(uploads.snapshot().map(({ status, attachment }) => [status, attachment?.status])).toEqual([
      ["done", "ready"],
      ["failed", undefined],
    ]);
    expect(canRetry(uploads.snapshot()[1] as Upload)).toBe(false);
  });

  it("takes as many files as a message has", () => {
    const uploads = new Uploads([transport().transport], 2);
    expect(uploads.add([fileOf("a"), fileOf("b"), fileOf("c")])).toBe(1);
    expect(uploads.add([fileOf("d")])).toBe(1);
    expect(uploads.snapshot()).toHaveLength(2);
  });

  it("stops a cancelled upload, and begins the next", async () => {
    const { transport: only, last, runs, discarded } = transport();
    const uploads = new Uploads([only], 10);
    uploads.add([fileOf("a"), fileOf("b"), fileOf("c")]);
    const { signal } = last("a");
    uploads.remove(idOf(uploads, "a"));
    await settle();
    expect(signal.aborted).toBe(true);
    expect(discarded).toEqual(["a"]);
    expect(Object.keys(runs)).toContain("c");
    expect(states(uploads).map(([name]) => name)).toEqual(["b", "c"]);
  });

  it("keeps a failed upload with its reason until it is tried again", async () => {
    const { transport: only, last, runs } = transport();
    const uploads = new Uploads([only], 10);
    uploads.add([fileOf("a")]);
    last("a").progress(9);
    last("a").fails(Problem.unreachable());
    await settle();
    const [failed] = uploads.snapshot();
    expect(failed).toMatchObject({ status: "failed", problem: { slug: "unreachable" } });
    expect(failed && canRetry(failed)).toBe(true);
    uploads.retry(failed?.id ?? "");
    expect(states(uploads)).toEqual([["a", "uploading", 0]]);
    expect(runs["a"]).toHaveLength(2);
    last("a").ends(attachmentOf("a"));
    await settle();
    expect(states(uploads)).toEqual([["a", "done", 10]]);
  });

  it.each([
    [413, false],
    [415, false],
    [422, false],
    [429, true],
    [503, true],
  ])("after a %i, another attempt is offered: %s", async (status, isOffered) => {
    const { transport: only, last } = transport();
    const uploads = new Uploads([only], 10);
    uploads.add([fileOf("a")]);
    last("a").fails(new Problem("slug", status, "refused"));
    await settle();
    expect(uploads.snapshot().map(canRetry)).toEqual([isOffered]);
  });

  it("counts a file that its check refuses as failed", async () => {
    const { transport: only, last } = transport();
    const uploads = new Uploads([only], 10);
    uploads.add([fileOf("a")]);
    last("a").ends(attachmentOf("a", { status: "refused" }));
    await settle();
    expect(uploads.snapshot()).toMatchObject([{ status: "failed", problem: { slug: "file-refused" } }]);
  });

  it("pauses and continues where the transport can, and only there", async () => {
    const whole = transport();
    const resumable = transport(true);
    const forLarge: Transport = { ...resumable.transport, takes: ({ size }) => size > 100 };
    const uploads = new Uploads([forLarge, whole.transport], 10);
    uploads.add([fileOf("small"), fileOf("large", 200)]);
    for (const name of ["small", "large"]) uploads.pause(idOf(uploads, name));
    expect(states(uploads)).toEqual([
      ["small", "uploading", 0],
      ["large", "paused", 0],
    ]);
    uploads.retry(idOf(uploads, "large"));
    resumable.last("large").progress(150);
    uploads.pause(idOf(uploads, "large"));
    await settle();
    expect(states(uploads)).toContainEqual(["large", "paused", 150]);
    uploads.retry(idOf(uploads, "large"));
    expect(states(uploads)).toContainEqual(["large", "uploading", 150]);
    resumable.runs["large"]?.[0]?.progress(1);
    expect(states(uploads)).toContainEqual(["large", "uploading", 150]);
    expect(resumable.discarded).toEqual([]);
  });

  it("says why an attempt is repeated until the next one sends something", async () => {
    const { transport: only, last } = transport(true);
    const uploads = new Uploads([only], 10);
    uploads.add([fileOf("a")]);
    last("a").progress(3);
    last("a").retries(Problem.unreachable());
    expect(uploads.snapshot()).toMatchObject([{ status: "uploading", sent: 3, retrying: { slug: "unreachable" } }]);
    last("a").progress(4);
    expect(uploads.snapshot()[0]?.retrying).toBeUndefined();
    last("a").retries(Problem.unreachable());
    uploads.pause(idOf(uploads, "a"));
    expect(uploads.snapshot()[0]?.retrying).toBeUndefined();
  });

  it("repeats a request that broke off with a transport for repeats", async () => {
    const [whole, resumable] = [transport(), transport(true)];
    const forRepeats: Transport = { ...resumable.transport, takes: (_, isRepeat) => isRepeat };
    const uploads = new Uploads([forRepeats, whole.transport], 10);
    uploads.add([fileOf("a"), fileOf("b")]);
    whole.last("a").fails(Problem.unreachable());
    whole.last("b").fails(new Problem("unavailable", 503, "no store"));
    await settle();
    for (const name of ["a", "b"]) uploads.retry(idOf(uploads, name));
    expect(Object.keys(resumable.runs)).toEqual(["a"]);
    expect(uploads.snapshot().map(({ canPause }) => canPause)).toEqual([true, false]);
  });
});

describe("a file in one request", () => {
  function client(getToken = async () => "token") {
    const world = new FakeWorld();
    return { world, files: new CampanaClient({ getToken, environment: world }).files };
  }
  const run = (files: CampanaClient["files"], file: File, signal = new AbortController().signal) => {
    const [whole] = files.transports.filter((each) => each.takes(file, false));
    if (!whole) throw new Error("nothing takes the file");
    const progress = vi.fn();
    const report = { sent: progress, retries: () => {} };
    return { progress, answer: whole.carrier(file).run(report, signal) };
  };

  it("names the file, reports progress, and answers the attachment", async () => {
    const { world, files } = client();
    world.transfer.mockImplementation(async (_, { onProgress, body }) => {
      onProgress(body.size);
      return Response.json(attachmentOf("a"), { status: 201 });
    });
    const { progress, answer } = run(files, fileOf("año (1)'s.txt"));
    expect(await answer).toEqual(attachmentOf("a"));
    expect(progress).toHaveBeenCalledWith(10);
    const [url, sent] = world.transfer.mock.calls[0] ?? [];
    expect(url?.pathname).toBe("/api/chat/upload");
    expect(sent?.headers).toMatchObject({
      authorization: "Bearer token",
      "content-disposition": "attachment; filename*=UTF-8''a%C3%B1o%20%281%29%27s.txt",
    });
  });

  it("renews the token once, and throws the server's refusal", async () => {
    const { world, files } = client(async ({ fresh } = { fresh: false }) => (fresh ? "new" : "old"));
    world.transfer.mockImplementation(async (_, { headers }) => {
      if (headers["authorization"] === "Bearer old") return new Response("{}", { status: 401 });
      const type = "https://campana.dev/problems/too-large";
      return Response.json({ type, title: "Too large", detail: "a file has at most 5 bytes" }, { status: 413 });
    });
    await expect(run(files, fileOf("a")).answer).rejects.toMatchObject({ slug: "too-large", status: 413 });
    expect(world.transfer).toHaveBeenCalledTimes(2);
  });

  it("distinguishes a server that does not answer from a cancelled request", async () => {
    const { world, files } = client();
    world.transfer.mockRejectedValue(new TypeError("no answer"));
    await expect(run(files, fileOf("a")).answer).rejects.toMatchObject({ slug: "unreachable" });
    const abort = new AbortController();
    abort.abort();
    await expect(run(files, fileOf("a"), abort.signal).answer).rejects.toMatchObject({ name: "AbortError" });
  });
});
