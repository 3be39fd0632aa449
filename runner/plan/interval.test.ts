import { describe, expect, it } from "vitest";
import { formatInstant, parseInstant } from "./interval.ts";

describe("parseInstant", () => {
  it.each([
    ["2026-01-31", "2026-01-31T00:00:00Z"],
    ["2026-01-31T15:04:05Z", "2026-01-31T15:04:05Z"],
    ["2026-01-31T15:04:05", "2026-01-31T15:04:05Z"],
    ["2026-01-31 15:04", "2026-01-31T15:04:00Z"],
    ["2026-01-31T15:04:05-05:00", "2026-01-31T20:04:05Z"],
    ["2026-01-31T15:04:05+0530", "2026-01-31T09:34:05Z"],
    ["2024-02-29", "2024-02-29T00:00:00Z"],
  ])("reads %s as %s", (written, instant) => {
    expect(formatInstant(parseInstant(written) ?? Number.NaN)).toBe(instant);
  });

  it.each([
    "2026-02-30",
    "2025-02-29",
    "2026-13-01",
    "2026-01-01T24:00:00Z",
    "2026-01-01T10:60:00Z",
    "yesterday",
    "20260101",
    "2026-1-1",
    "",
  ])("refuses %j", (written) => {
    expect(parseInstant(written)).toBeUndefined();
  });
});
