import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AlertStore } from "../../src/alerts/alertStore";
import type { AlertStatus, PanicAlert } from "../../src/client";
import { alertOf } from "../support/alerts";
import { at } from "../support/world";

const OPEN: AlertStatus[] = ["triggered", "acknowledged", "responding"];

/** What an alert went through at its desk: several things can happen in the same millisecond, and nothing after its end. */
const history = fc
  .tuple(
    fc.array(fc.record({ status: fc.constantFrom(...OPEN), later: fc.nat(2) }), { minLength: 1, maxLength: 8 }),
    fc.constantFrom<AlertStatus | undefined>("resolved", "cancelled", "false_alarm", undefined),
  )
  .map(([steps, end]): PanicAlert[] => {
    let second = 1;
    const all = end ? [...steps, { status: end, later: 1 }] : steps;
    return all.map(({ status, later }, place) => {
      second += later;
      return alertOf(1, { status, presses: place + 1, updated_at: at(second) });
    });
  });

describe("the board of alerts", () => {
  it("stands as the desk does, whatever comes twice, and however late answers are", () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(), { maxLength: 20 }), fc.nat(4), (states, noise, repeats) => {
        const board = new AlertStore();
        for (const [place, state] of states.entries()) {
          // A connection gives the events in their order, some of them again; answers are of any time up to now.
          for (let back = Math.max(0, place - repeats); back <= place; back += 1) {
            board.apply(states[back] as PanicAlert, back + 1);
          }
          board.apply(states[(noise[place] ?? 0) % (place + 1)] as PanicAlert);
          expect(board.get("a1")).toEqual(state);
        }
      }),
    );
  });

  it("is where the desk will be, when an answer was faster than the events before it", () => {
    fc.assert(
      fc.property(history, fc.nat(), (states, pick) => {
        const board = new AlertStore();
        const ahead = pick % states.length;
        board.apply(states[0] as PanicAlert, 1);
        board.apply(states[ahead] as PanicAlert);
        for (const [place, state] of states.entries()) {
          board.apply(state, place + 1);
          const known = board.get("a1") as PanicAlert;
          expect(known.updated_at >= (states[ahead] as PanicAlert).updated_at).toBe(true);
        }
        expect(board.get("a1")).toEqual(states.at(-1));
      }),
    );
  });

  it("keeps every open alert, and of those that ended the newest hundred", () => {
    const board = new AlertStore();
    for (let n = 1; n <= 150; n += 1) {
      board.apply(alertOf(n, { status: "resolved" }), n);
      board.apply(alertOf(1_000 + n), n);
    }
    expect(board.open()).toHaveLength(150);
    expect(board.closed().map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, n) => `a${150 - n}`));
  });
});
