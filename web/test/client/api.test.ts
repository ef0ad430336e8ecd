import { describe, expect, it, vi } from "vitest";
import { CampanaClient, Problem } from "../../src/client";
import { FakeWorld } from "../support/world";

function client(getToken: (options: { fresh: boolean }) => Promise<string>) {
  const world = new FakeWorld();
  return { world, api: new CampanaClient({ getToken, environment: world }).api };
}

describe("HTTP", () => {
  it("turns a refusal into a problem", async () => {
    const { world, api } = client(async () => "token");
    const type = "https://campana.dev/problems/rate-limited";
    const refusal = { type, title: "Too many requests", status: 429, detail: "slow down" };
    world.fetch.mockImplementation(async () =>
      Response.json(refusal, { status: 429, headers: { "retry-after": "2" } }),
    );
    const problem = await api.inbox().catch((error: unknown) => error);
    expect(problem).toMatchObject({ slug: "rate-limited", status: 429, retryAfterMs: 2_000 });
  });

  it("carries the end of a mute or ban, from HTTP and from a frame", async () => {
    const { world, api } = client(async () => "token");
    const until = "2026-01-31T09:05:00.120Z";
    const type = "https://campana.dev/problems/banned";
    const refusal = { type, title: "You are banned here", status: 403, until };
    world.fetch.mockImplementation(async () => Response.json(refusal, { status: 403 }));
    const problem = await api.acceptInvite("token").catch((error: unknown) => error);
    expect(problem).toMatchObject({ slug: "banned", until });
    const muted = { error: "muted", title: "You are muted here", status: 403, detail: `until ${until}`, errors: [] };
    const frame = { type: "error" as const, ...muted, until };
    expect(Problem.ofFrame(frame)).toMatchObject({ slug: "muted", until });
  });

  it("distinguishes an unreachable server from a refusal", async () => {
    const { world, api } = client(async () => "token");
    world.fetch.mockRejectedValue(new TypeError("Failed to fetch"));
    await expect(api.inbox()).rejects.toMatchObject({ slug: "unreachable", isTemporary: true });
    await expect(api.inbox()).rejects.toBeInstanceOf(Problem);
  });

  it("renews an expired token once for all concurrent calls", async () => {
    const getToken = vi.fn(async ({ fresh }: { fresh: boolean }) => (fresh ? "new" : "old"));
    const { world, api } = client(getToken);
    world.fetch.mockImplementation(async (_, init) => {
      const isNew = new Headers(init?.headers).get("authorization") === "Bearer new";
      return isNew ? Response.json({ data: [], next_cursor: null }) : new Response("{}", { status: 401 });
    });
    await Promise.all([api.inbox(), api.rooms(), api.users("a")]);
    expect(getToken.mock.calls).toEqual([[{ fresh: false }], [{ fresh: true }]]);
  });

  it("does not ask for a third token", async () => {
    const getToken = vi.fn(async () => "never good");
    const { world, api } = client(getToken);
    world.fetch.mockImplementation(async () => new Response("{}", { status: 401 }));
    await expect(api.inbox()).rejects.toMatchObject({ status: 401 });
    expect(getToken).toHaveBeenCalledTimes(2);
  });

  it("gives an act up after 15 s, and sends nothing afterwards", async () => {
    vi.useFakeTimers();
    let give: (token: string) => void = () => {};
    const tokens = [Promise.resolve("token"), new Promise<string>((resolve) => (give = resolve))];
    const { world, api } = client(() => tokens[0] as Promise<string>);
    world.fetch.mockImplementation(() => new Promise(() => {}));
    const act = api.leaveRoom("r").catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await act).toMatchObject({ status: 0 });
    expect(world.fetch.mock.calls[0]?.[1]?.signal?.aborted).toBe(true);

    tokens.shift();
    const slow = client(() => tokens[0] as Promise<string>);
    const late = slow.api.leaveRoom("r").catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await late).toMatchObject({ status: 0 });
    give("token");
    await vi.advanceTimersByTimeAsync(0);
    expect(slow.world.fetch).not.toHaveBeenCalled();
    vi.useRealTimers();
  });
});
