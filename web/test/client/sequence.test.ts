import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Sequence } from "../../src/client/sequence";

describe("a sequence", () => {
  it("releases each item once and in order, for any arrival order and any time of the start", () => {
    const arrivals = fc.integer({ min: 0, max: 40 }).chain((size) =>
      fc.record({
        size: fc.constant(size),
        order: fc.shuffledSubarray(
          Array.from({ length: size * 2 }, (_, index) => (index % size) + 1),
          { minLength: size * 2 },
        ),
        startAfter: fc.nat(size * 2),
        start: fc.nat(size),
      }),
    );
    fc.assert(
      fc.property(arrivals, ({ size, order, startAfter, start }) => {
        const sequence = new Sequence<number>();
        const given: number[] = [];
        order.forEach((seq, index) => {
          if (index === startAfter) given.push(...sequence.startFrom(start));
          given.push(...sequence.accept(seq, seq));
        });
        if (startAfter >= order.length) given.push(...sequence.startFrom(start));
        expect(given).toEqual(Array.from({ length: size - start }, (_, index) => start + index + 1));
        expect(sequence.hasGap).toBe(false);
      }),
    );
  });
});
