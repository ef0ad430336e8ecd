// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Siren } from "../../src/app/alerts/siren";

/** Whether the browser lets the tab sound that creates the next siren, and how many tones were played. */
let isAllowed = true;
let tones = 0;

const ramp = { setValueAtTime: () => {}, linearRampToValueAtTime: () => {}, exponentialRampToValueAtTime: () => {} };
const node = {
  gain: ramp,
  frequency: ramp,
  connect: () => {},
  start: () => {
    tones += 1;
  },
  stop: () => {},
  type: "",
};

class Sound {
  readonly allowed = isAllowed;
  currentTime = 0;
  destination = {};
  get state() {
    return this.allowed ? "running" : "suspended";
  }
  resume = () => (this.allowed ? Promise.resolve() : new Promise(() => {}));
  createGain = () => node;
  createOscillator = () => node;
}

/** The Web Locks API for one name. */
class Locks {
  #queue: Promise<void> = Promise.resolve();
  request(_: string, { signal }: { signal: AbortSignal }, use: () => Promise<void>): Promise<void> {
    const turn = this.#queue.then(() => (signal.aborted ? Promise.reject(signal.reason) : use()));
    const gone = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    this.#queue = Promise.race([turn.catch(() => {}), gone]);
    return turn;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("AudioContext", Sound);
  Object.defineProperty(navigator, "locks", { value: new Locks(), configurable: true });
  isAllowed = true;
  tones = 0;
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function tab() {
  const states: string[] = [];
  const siren = new Siren((state) => states.push(state));
  siren.start();
  return { siren, state: () => states.at(-1) ?? "silent" };
}
const passes = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("the siren in two tabs", () => {
  it("sounds in one of them, and in the other when the first stops", async () => {
    const [first, second] = [tab(), tab()];
    await passes(0);
    expect([first.state(), second.state()]).toEqual(["sounding", "silent"]);
    expect(tones).toBe(2);
    await passes(2_500);
    expect(tones).toBe(4);
    first.siren.stop();
    await passes(0);
    expect([first.state(), second.state()]).toEqual(["silent", "sounding"]);
    second.siren.stop();
  });

  it("sounds in the one that the browser allows to", async () => {
    isAllowed = false;
    const first = tab();
    isAllowed = true;
    const second = tab();
    await passes(0);
    expect([first.state(), second.state()]).toEqual(["blocked", "sounding"]);
    first.siren.stop();
    second.siren.stop();
  });

  it("sounds without the Web Locks API", async () => {
    Object.defineProperty(navigator, "locks", { value: undefined, configurable: true });
    const { siren, state } = tab();
    await passes(0);
    expect(state()).toBe("sounding");
    siren.stop();
  });
});
