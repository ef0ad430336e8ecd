import { describe, expect, it, vi } from "vitest";
import { Attachings } from "../../src/cache/attaching";
import { CampanaClient, KeptUploads } from "../../src/client";
import { TusServer } from "../support/tusServer";
import { FakeWorld } from "../support/world";

const MIB = 1024 * 1024;
const PLACE = { conversationId: "c" };
const KEY = "campana.uploads.7";

/** A server and a device, on which pages are opened and closed. */
class Device {
  readonly server = new TusServer();
  readonly values = new Map<string, string>();
  readonly claims = new Map<string, Promise<void>>();

  /** A tab with the page of a user. */
  open(userId = "7") {
    const world = new FakeWorld();
    world.claims = this.claims;
    // Closing ends requests, timers and claims, and runs none of the page's code.
    const closing = new AbortController();
    const claim = world.claim.bind(world);
    world.claim = (name, signal) => claim(name, AbortSignal.any([signal, closing.signal]));
    this.server.serve(world);
    const transfer = world.transfer.getMockImplementation();
    world.transfer.mockImplementation(async (url, sent) => {
      const signal = AbortSignal.any([sent.signal, closing.signal]);
      const answer = await transfer?.(url, { ...sent, signal }).catch(() => undefined);
      return answer ?? new Promise(() => {});
    });
    const storage = {
      getItem: (key: string) => this.values.get(key) ?? null,
      setItem: (key: string, value: string) => void this.values.set(key, value),
      removeItem: (key: string) => void this.values.delete(key),
    };
    const { files } = new CampanaClient({
      getToken: async () => "token",
      environment: world,
      keptUploads: new KeptUploads(storage, userId),
    });
    const onSend = vi.fn();
    const attachings = new Attachings(files, onSend);
    const place = (where = PLACE) => {
      const attaching = attachings.of(where);
      attaching.subscribe(() => {});
      return attaching;
    };
    return { attachings, place, send: onSend, close: () => closing.abort() };
  }

  get stored(): { id: string; sent: number }[] {
    return JSON.parse(this.values.get(KEY) ?? "[]");
  }
}

const fileOf = (name = "film.bin", lastModified = 1_000, size = 12 * MIB) =>
  new File([new Uint8Array(size)], name, { lastModified });

async function until(isTrue: () => boolean): Promise<void> {
  for (let turns = 0; !isTrue(); turns += 1) {
    if (turns > 10_000) throw new Error("it never becomes true");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A device whose page was closed in the middle of an upload. */
async function interrupted() {
  const device = new Device();
  const page = device.open();
  const first = page.place();
  const release = device.server.hold(10 * MIB);
  first.uploads.add([fileOf()]);
  await until(() => device.server.requests.at(-1) === `PATCH ${10 * MIB}`);
  page.close();
  await settled();
  release();
  device.server.requests.length = 0;
  return device;
}

describe("an upload whose page was closed", () => {
  it("is offered where it was, and continues with the same file", async () => {
    const device = await interrupted();
    const page = device.open();
    const [place, other] = [page.place(), page.place({ conversationId: "d" })];
    await until(() => place.state().interrupted.length === 1);
    expect(place.state().interrupted).toMatchObject([{ name: "film.bin", size: 12 * MIB, sent: 10 * MIB }]);
    expect(other.state().interrupted).toEqual([]);
    expect(device.values.get(KEY)).not.toContain("token");
    place.uploads.add([fileOf()]);
    place.hold({ text: "look" });
    expect(place.state().interrupted).toEqual([]);
    await until(() => page.send.mock.calls.length === 1);
    expect(device.server.requests).toEqual(["GET", `PATCH ${10 * MIB}`, "GET"]);
    expect(page.send.mock.calls[0]?.[1]).toMatchObject({ attachments: [{ name: "film.bin" }] });
    expect(device.values.size).toBe(0);
    expect(device.server.only.bytes).toHaveLength(12 * MIB);
  });

  it.each([
    ["name", fileOf("other.bin")],
    ["time of change", fileOf("film.bin", 2_000)],
    ["size", fileOf("film.bin", 1_000, 12 * MIB + 1)],
  ])("is not continued by a file of another %s", async (_, file) => {
    const device = await interrupted();
    const place = device.open().place();
    await until(() => place.state().interrupted.length === 1);
    place.uploads.add([file]);
    await until(() => place.state().uploads[0]?.status === "done");
    expect(device.server.uploads.size).toBe(2);
    expect(place.state().interrupted).toHaveLength(1);
  });

  it("begins anew if it has expired on the server", async () => {
    const device = await interrupted();
    const page = device.open();
    const place = page.place();
    await until(() => place.state().interrupted.length === 1);
    device.server.uploads.clear();
    place.uploads.add([fileOf()]);
    await until(() => place.state().uploads[0]?.status === "done");
    expect(device.server.only.bytes).toHaveLength(12 * MIB);
    expect(device.values.size).toBe(0);
  });

  it("ends when the user discards it", async () => {
    const device = await interrupted();
    const place = device.open().place();
    await until(() => place.state().interrupted.length === 1);
    place.discardInterrupted(place.state().interrupted[0]?.id ?? "");
    await until(() => device.server.uploads.size === 0);
    expect(place.state().interrupted).toEqual([]);
    expect(device.values.size).toBe(0);
  });

  it("is offered by one tab, and by the next one when that is closed", async () => {
    const device = await interrupted();
    const [first, second] = [device.open(), device.open()];
    const [here, there] = [first.place(), second.place()];
    await until(() => here.state().interrupted.length === 1);
    await settled();
    expect(there.state().interrupted).toEqual([]);
    first.close();
    await until(() => there.state().interrupted.length === 1);
  });

  it("is not offered while another tab carries it, nor after it is complete", async () => {
    const device = new Device();
    const carrying = device.open();
    const release = device.server.hold(0);
    carrying.place().uploads.add([fileOf()]);
    await until(() => device.stored.length === 1);
    const place = device.open().place();
    await settled();
    release();
    await until(() => device.values.size === 0);
    await settled();
    expect(place.state().interrupted).toEqual([]);
  });

  it("is another user's nowhere, and leaves the device when its user signs out", async () => {
    const device = await interrupted();
    const stranger = device.open("8").place();
    const page = device.open();
    const place = page.place();
    await until(() => place.state().interrupted.length === 1);
    expect(stranger.state().interrupted).toEqual([]);
    device.server.hold(0);
    const running = page.place({ conversationId: "d" });
    running.uploads.add([fileOf("second.bin")]);
    await until(() => device.stored.length === 2);
    page.attachings.forget();
    await until(() => device.server.requests.includes("DELETE"));
    await settled();
    expect(device.values.size).toBe(0);
  });
});
