import { MutationObserver, onlineManager } from "@tanstack/react-query";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createQueryClient } from "../../src/cache";
import { Problem } from "../../src/client";

afterEach(() => onlineManager.setOnline(true));

describe("an act without a network", () => {
  it("fails at once, and does not happen when the network returns", async () => {
    const ban = vi.fn(async () => {
      throw Problem.unreachable();
    });
    const act = new MutationObserver(createQueryClient(), { mutationFn: ban });
    onlineManager.setOnline(false);
    await expect(act.mutate()).rejects.toMatchObject({ status: 0 });
    onlineManager.setOnline(true);
    await new Promise((resolve) => setTimeout(resolve));
    expect(ban).toHaveBeenCalledOnce();
  });
});
