import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Announcements, PanicPress } from "../../src/alerts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function button() {
  const raised = vi.fn();
  const abandoned = vi.fn();
  const tooShort = vi.fn();
  const press = new PanicPress({ onRaise: raised, onAbandon: abandoned, onTooShort: tooShort });
  return { press, raised, abandoned, tooShort, phase: () => press.snapshot().phase };
}

describe("the panic button", () => {
  it("raises nothing when it is released too early", () => {
    const { press, raised, abandoned, tooShort, phase } = button();
    press.press();
    vi.advanceTimersByTime(1_499);
    press.release();
    vi.advanceTimersByTime(60_000);
    expect(phase()).toBe("idle");
    expect(raised).not.toHaveBeenCalled();
    expect(abandoned).toHaveBeenCalledOnce();
    expect(tooShort, "a tap is explained").toHaveBeenCalledOnce();
  });

  it("raises one alert after the hold and a five second countdown without a cancel", () => {
    const { press, raised, phase } = button();
    press.press();
    press.press();
    vi.advanceTimersByTime(1_500);
    press.release();
    expect(phase()).toBe("counting");
    vi.advanceTimersByTime(4_999);
    expect(raised).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(raised).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(60_000);
    expect(raised).toHaveBeenCalledOnce();
  });

  it("can be cancelled, or sent immediately", () => {
    const { press, raised, tooShort, phase } = button();
    press.activate();
    press.cancel();
    expect(tooShort).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10_000);
    expect(raised).not.toHaveBeenCalled();
    press.activate();
    expect(phase()).toBe("counting");
    press.sendNow();
    vi.advanceTimersByTime(10_000);
    expect(raised).toHaveBeenCalledOnce();
  });

  it("sends immediately when the page closes during the countdown, but not during the hold", () => {
    const { press, raised } = button();
    press.press();
    press.hide();
    expect(raised).not.toHaveBeenCalled();
    press.press();
    vi.advanceTimersByTime(1_500);
    press.hide();
    press.hide();
    expect(raised).toHaveBeenCalledOnce();
  });
});

describe("announcements", () => {
  it("announce a burst in one sentence, and the rest after five seconds", () => {
    const said: number[][] = [];
    const announcements = new Announcements<number>((things) => void said.push(things));
    for (let n = 0; n < 20; n += 1) {
      announcements.add([n]);
      vi.advanceTimersByTime(40);
    }
    vi.advanceTimersByTime(300);
    expect(said.map((things) => things.length)).toEqual([20]);
    announcements.add([20]);
    announcements.add([]);
    vi.advanceTimersByTime(2_000);
    announcements.add([21]);
    expect(said).toHaveLength(1);
    vi.advanceTimersByTime(3_000);
    expect(said[1]).toEqual([20, 21]);
    announcements.add([22]);
    announcements.stop();
    vi.advanceTimersByTime(10_000);
    expect(said).toHaveLength(2);
  });
});
