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

describe("the alert store", () => {
  it("equals the desk's state despite duplicates and late responses", () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(), { maxLength: 20 }), fc.nat(4), (states, noise, repeats) => {
        const store = new AlertStore();
        for (const [place, state] of states.entries()) {
          // A connection gives the events in their order, some of them again; answers are of any time up to now.
          for (let back = Math.max(0, place - repeats); back <= place; back += 1) {
            store.apply(states[back] as PanicAlert, back + 1);
          }
          store.apply(states[(noise[place] ?? 0) % (place + 1)] as PanicAlert);
          expect(store.get("a1")).toEqual(state);
        }
      }),
    );
  });

  it("keeps a response that arrives before earlier events", () => {
    fc.assert(
      fc.property(history, fc.nat(), (states, pick) => {
        const store = new AlertStore();
        const ahead = pick % states.length;
        store.apply(states[0] as PanicAlert, 1);
        store.apply(states[ahead] as PanicAlert);
        for (const [place, state] of states.entries()) {
          store.apply(state, place + 1);
          const known = store.get("a1") as PanicAlert;
          expect(known.updated_at >= (states[ahead] as PanicAlert).updated_at).toBe(true);
        }
        expect(store.get("a1")).toEqual(states.at(-1));
      }),
    );
  });

  it("keeps every open alert and the newest hundred closed ones", () => {
    const store = new AlertStore();
    for (let n = 1; n <= 150; n += 1) {
      store.apply(alertOf(n, { status: "resolved" }), n);
      store.apply(alertOf(1_000 + n), n);
    }
    expect(store.open()).toHaveLength(150);
    expect(store.closed().map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, n) => `a${150 - n}`));
  });
});
