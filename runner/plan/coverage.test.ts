import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gaps, union } from "./coverage.ts";

const interval = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }))
  .map(([from, length]) => ({ from, to: from + length }));
const contains = (all: readonly { from: number; to: number }[], at: number): boolean =>
  all.some(({ from, to }) => at >= from && at < to);

describe("coverage", () => {
  it("joins windows that cut a day differently", () => {
    expect(
      union([
        { from: 12, to: 24 },
        { from: 0, to: 10 },
        { from: 10, to: 12 },
      ]),
    ).toEqual([{ from: 0, to: 24 }]);
  });

  it("finds no empty gap where intervals touch the range or each other", () => {
    const range = { from: 10, to: 20 };
    expect(gaps(range, [])).toEqual([range]);
    expect(gaps(range, [{ from: 0, to: 10 }])).toEqual([range]);
    expect(gaps(range, [{ from: 20, to: 30 }])).toEqual([range]);
    expect(gaps(range, [{ from: 10, to: 20 }])).toEqual([]);
    expect(
      gaps(range, [
        { from: 5, to: 12 },
        { from: 18, to: 20 },
      ]),
    ).toEqual([{ from: 12, to: 18 }]);
    expect(
      gaps(range, [
        { from: 12, to: 25 },
        { from: 30, to: 40 },
      ]),
    ).toEqual([{ from: 10, to: 12 }]);
  });

  it("covers exactly what its parts cover, and leaves exactly the rest", () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 12 }), interval, (covered, range) => {
        const joined = union(covered);
        const left = gaps(range, covered);
        for (let at = 0; at <= 80; at++) {
          expect(contains(joined, at)).toBe(contains(covered, at));
          expect(contains(left, at)).toBe(contains([range], at) && !contains(covered, at));
        }
        expect(joined.slice(1).every(({ from }, index) => from > (joined[index]?.to ?? 0))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
