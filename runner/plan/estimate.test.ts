import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateCalls, estimateSnapshot, MONTHLY_ALLOWANCE, minutesFor } from "./estimate.ts";
import { nextAsk, startSweep, takeCount, takePage } from "./sweep.ts";
import type { Order } from "./sweep-state.ts";

/** The calls that the sweep really needs to read records that each lie in a second of their own. */
function callsOf(rows: number, pageSize: number, order: Order): { pages: number; calls: number } {
  const records = Array.from({ length: rows }, (_, index) => ({ id: String(index), cursor: index * 1000 }));
  let sweep = startSweep({ from: 0, to: (rows + 1) * 1000 }, pageSize, order);
  let [pages, counts] = [0, 0];
  for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
    const { interval } = ask;
    const found = records.filter(({ cursor }) => interval === null || cursor >= interval.from);
    if (ask.kind === "count") {
      counts++;
      sweep = takeCount(sweep, found.length).sweep;
    } else {
      pages++;
      const page = found.slice(ask.start - 1, ask.start - 1 + ask.limit);
      sweep = takePage(
        sweep,
        page.map((row, index) => ({ ...row, ordinal: index + 1 })),
      ).sweep;
    }
  }
  // A set that is read by its cursor is counted once afterwards.
  return { pages, calls: pages + (order === "cursor" ? 1 : counts) };
}

describe("the estimate", () => {
  const sizes = [fc.integer({ min: 0, max: 60 }), fc.integer({ min: 2, max: 12 })] as const;

  it("is exact for reading by the cursor", () => {
    fc.assert(
      fc.property(...sizes, (rows, pageSize) => {
        expect(estimateCalls(rows, pageSize)).toEqual({ rows, ...callsOf(rows, pageSize, "cursor") });
      }),
    );
  });

  it("is exact for reading a set without a cursor", () => {
    fc.assert(
      fc.property(...sizes, (rows, pageSize) => {
        expect(estimateSnapshot(rows, pageSize, true)).toEqual({
          rows,
          ...callsOf(rows, pageSize, "position"),
        });
      }),
    );
  });

  it("is one answer for an entity without paging", () => {
    expect(estimateSnapshot(1, 1000, false)).toEqual({ rows: 1, pages: 1, calls: 1 });
  });

  it("works for pages of one record", () => {
    expect(estimateCalls(3, 1).pages).toBe(4);
  });

  it("applies the limit per second to few calls, and the limit per minute to many", () => {
    expect([minutesFor(60), minutesFor(500), minutesFor(501), minutesFor(5000)]).toEqual([
      0.1,
      500 / 600,
      501 / 500,
      10,
    ]);
    expect(MONTHLY_ALLOWANCE).toBe(500_000);
  });
});
