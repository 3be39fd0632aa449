import { describe, expect, it } from "vitest";
import { calendarOf, type LedgerWindow } from "./calendar.ts";
import { parseInstant } from "./interval.ts";

const at = (text: string): number => parseInstant(text) ?? Number.NaN;
const window = (from: string, to: string, status: LedgerWindow["status"], rows = 0): LedgerWindow => ({
  from: at(from),
  to: at(to),
  status,
  rows,
});

describe("the calendar", () => {
  it("gives each day its status", () => {
    const windows = [
      window("2026-01-01", "2026-01-02", "sealed", 3),
      window("2026-01-02", "2026-01-03", "sealed"),
      window("2026-01-03", "2026-01-04", "failed", 1),
      window("2026-01-04", "2026-01-05", "open", 2),
      window("2026-01-05", "2026-01-05T12:00:00Z", "sealed", 1),
      window("2026-01-06", "2026-01-06T06:00:00Z", "unproven", 2),
      window("2026-01-07", "2026-01-07T08:00:00Z", "sealed"),
      window("2026-01-07T08:00:00Z", "2026-01-08", "sealed", 5),
    ];
    const days = calendarOf(windows, { from: at("2026-01-01"), to: at("2026-01-08") });
    expect(days.map(({ status }) => status)).toEqual([
      "sealed",
      "empty",
      "failed",
      "open",
      "partial",
      "unproven",
      "sealed",
    ]);
  });

  it("knows days that were never read, and combines the windows of one day", () => {
    const windows = [
      window("2026-01-02", "2026-01-02T12:00:00Z", "sealed", 1),
      window("2026-01-02T12:00:00Z", "2026-01-03", "open", 4),
    ];
    const days = calendarOf(windows, { from: at("2026-01-01"), to: at("2026-01-04") });
    expect(days.map(({ status }) => status)).toEqual(["never", "open", "never"]);
    const empty = [
      window("2026-01-01", "2026-01-02", "sealed"),
      window("2026-01-01", "2026-01-02", "open", 3),
    ];
    expect(calendarOf(empty, { from: at("2026-01-01"), to: at("2026-01-02") })).toEqual([
      { day: at("2026-01-01"), status: "empty" },
    ]);
  });

  it("calls a day sealed only if all of it is sealed", () => {
    const statusOf = (...windows: LedgerWindow[]) =>
      calendarOf(windows, { from: at("2026-01-01"), to: at("2026-01-02") }).map(({ status }) => status);
    const noon = "2026-01-01T12:00:00Z";
    expect(statusOf(window(noon, "2026-01-02", "sealed", 1))).toEqual(["partial"]);
    expect(statusOf(window("2026-01-01", noon, "sealed", 1))).toEqual(["partial"]);
    expect(statusOf(window("2025-12-31", "2026-01-03", "sealed", 1))).toEqual(["sealed"]);
  });
});
