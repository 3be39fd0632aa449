import { describe, expect, it } from "vitest";
import { endOfWindow, goOnFrom } from "./go-on.ts";
import { formatInstant, parseInstant } from "./interval.ts";

const at = (text: string): number => parseInstant(text) ?? Number.NaN;
const days = (from: string, to: string) => ({ from: at(from), to: at(to) });

describe("continuing without a range", () => {
  it.each([
    ["day", 1, "2026-01-30T00:00:00Z"],
    ["day", 0, "2026-01-31T00:00:00Z"],
    ["day", 3, "2026-01-28T00:00:00Z"],
    ["hour", 2, "2026-01-30T22:00:00Z"],
    ["week", 1, "2026-01-26T00:00:00Z"],
    ["month", 1, "2026-01-01T00:00:00Z"],
  ] as const)("with %s windows and a lookback of %i starts at %s", (size, lookback, expected) => {
    const from = goOnFrom(
      [days("2026-01-01", "2026-01-20"), days("2026-01-20", "2026-01-31")],
      size,
      lookback,
    );
    expect(formatInstant(from ?? Number.NaN)).toBe(expected);
  });

  it("has no start if nothing is sealed", () => {
    expect(goOnFrom([], "day", 1)).toBeUndefined();
  });

  it("ends with the window that contains the present", () => {
    expect(formatInstant(endOfWindow(at("2026-01-31T15:04:05Z"), "day"))).toBe("2026-02-01T00:00:00Z");
    expect(formatInstant(endOfWindow(at("2026-02-10T15:04:05Z"), "month"))).toBe("2026-03-01T00:00:00Z");
  });
});
