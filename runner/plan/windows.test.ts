import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatInstant, parseInstant } from "./interval.ts";
import { cutWindows, windowAt } from "./windows.ts";

const range = (from: string, to: string) => ({ from: parseInstant(from) ?? 0, to: parseInstant(to) ?? 0 });
const starts = (...args: Parameters<typeof cutWindows>) =>
  cutWindows(...args).map(({ from }) => formatInstant(from));

describe("cutWindows", () => {
  it("cuts a month into days", () => {
    expect(cutWindows(range("2026-01-01", "2026-01-31"), "day")).toHaveLength(30);
  });

  it("keeps the ends of a range that starts and ends within a day", () => {
    expect(starts(range("2026-01-01T10:00:00Z", "2026-01-03T04:00:00Z"), "day")).toEqual([
      "2026-01-01T10:00:00Z",
      "2026-01-02T00:00:00Z",
      "2026-01-03T00:00:00Z",
    ]);
  });

  it("begins weeks on Monday", () => {
    expect(starts(range("2026-01-01", "2026-01-20"), "week")).toEqual([
      "2026-01-01T00:00:00Z",
      "2026-01-05T00:00:00Z",
      "2026-01-12T00:00:00Z",
      "2026-01-19T00:00:00Z",
    ]);
  });

  it("knows the lengths of months", () => {
    expect(starts(range("2024-02-10", "2024-04-01"), "month")).toEqual([
      "2024-02-10T00:00:00Z",
      "2024-03-01T00:00:00Z",
    ]);
  });

  it("covers every range exactly with adjacent windows, and finds the window of each instant", () => {
    const second = fc.integer({ min: -4_000_000, max: 4_000_000_000 }).map((seconds) => seconds * 1000);
    const length = fc.integer({ min: 1, max: 3_000_000 }).map((seconds) => seconds * 1000);
    fc.assert(
      fc.property(
        second,
        length,
        fc.constantFrom("hour", "day", "week", "month"),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (from, span, size, at) => {
          const windows = cutWindows({ from, to: from + span }, size);
          expect(windows[0]?.from).toBe(from);
          expect(windows.at(-1)?.to).toBe(from + span);
          expect(windows.slice(1).map(({ from: start }) => start)).toEqual(
            windows.slice(0, -1).map(({ to }) => to),
          );
          const instant = from + Math.floor(span * at);
          const found = windows[windowAt(windows, instant) ?? -1];
          expect(found !== undefined && found.from <= instant && instant < found.to).toBe(true);
          expect(windowAt(windows, from - 1)).toBeUndefined();
          expect(windowAt(windows, from + span)).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });
});
