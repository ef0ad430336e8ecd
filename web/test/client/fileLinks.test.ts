import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Attachment, CampanaClient } from "../../src/client";
import { FakeWorld } from "../support/world";

const FILE = { id: "f", url: "/api/chat/files/f", variants: [] };
const THUMB: Attachment["variants"][number] = {
  name: "thumb",
  url: "/api/chat/files/f?variant=thumb",
  type: "image/jpeg",
  size: 1,
  width: 320,
  height: 240,
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function files() {
  const world = new FakeWorld();
  let count = 0;
  world.fetch.mockImplementation(async () => {
    count += 1;
    const expires_at = new Date(Date.now() + 300_000).toISOString();
    return Response.json({ url: `/api/chat/files/f?link=${count}`, expires_at });
  });
  return { world, files: new CampanaClient({ getToken: async () => "token", environment: world }).files };
}

describe("addresses of files", () => {
  it("are asked for once for all who want them, and again shortly before they end", async () => {
    const { world, files: api } = files();
    const both = await Promise.all([api.address(FILE), api.address(FILE)]);
    expect(both).toEqual(new Array(2).fill("http://edge.test/api/chat/files/f?link=1"));
    await vi.advanceTimersByTimeAsync(260_000);
    expect(await api.address(FILE)).toBe(both[0]);
    expect(world.fetch).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await api.address(FILE)).toBe("http://edge.test/api/chat/files/f?link=2");
  });

  it("share the link of their file, also with its variants", async () => {
    const { world, files: api } = files();
    const file = { ...FILE, variants: [THUMB] };
    expect(await api.address(file, "thumb")).toBe("http://edge.test/api/chat/files/f?link=1&variant=thumb");
    expect(await api.address(file, "preview")).toBe("http://edge.test/api/chat/files/f?link=1");
    expect(world.fetch).toHaveBeenCalledTimes(1);
  });

  it("are asked for again after a refusal, and after an element could not load one", async () => {
    const { world, files: api } = files();
    world.fetch.mockImplementationOnce(async () => new Response("{}", { status: 404 }));
    await expect(api.address(FILE)).rejects.toMatchObject({ status: 404 });
    expect(await api.address(FILE)).toContain("link=1");
    api.forget(FILE);
    expect(await api.address(FILE)).toContain("link=2");
  });
});
