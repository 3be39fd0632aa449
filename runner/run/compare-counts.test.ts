import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareCounts } from "./compare-counts.ts";

const windowsOf = (rows: readonly number[]) =>
  rows.map((count, index) => ({ from: index, to: index + 1, rows: count }));

describe("compareCounts", () => {
  it("finds exactly the windows whose counts differ, unless differences cancel out", async () => {
    const small = fc.integer({ min: 0, max: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(small, small), { maxLength: 20 }), async (pairs) => {
        // Here the source never has fewer records than the table, so that differences cannot cancel out.
        const source = pairs.map(([held, more]) => held + more);
        const windows = windowsOf(pairs.map(([held]) => held));
        const found = await compareCounts(windows, async ({ from, to }) =>
          source.slice(from, to).reduce((sum, count) => sum + count, 0),
        );
        const expected = windows
          .map((window, index) => ({ ...window, sourceCount: source[index] ?? 0 }))
          .filter(({ rows, sourceCount }) => rows !== sourceCount);
        expect(found).toEqual(expected);
      }),
    );
  });

  it("counts once if everything agrees, and never if there are no windows", async () => {
    let calls = 0;
    const count = async () => {
      calls++;
      return 6;
    };
    expect(await compareCounts(windowsOf([1, 2, 3]), count)).toEqual([]);
    expect(calls).toBe(1);
    expect(await compareCounts([], count)).toEqual([]);
    expect(calls).toBe(1);
  });

  it("stops after fifty differences", async () => {
    const windows = windowsOf(Array(80).fill(0));
    expect(await compareCounts(windows, async ({ from, to }) => to - from)).toHaveLength(50);
  });
});
