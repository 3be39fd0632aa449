import { describe, expect, it } from "vitest";
import { formatPacificMillis, formatPacificSeconds, parseInstant } from "./pacific-time.ts";

describe("formatPacificSeconds", () => {
  it.each([
    ["2026-01-05T16:00:00Z", "2026-01-05T08:00:00-08:00"],
    ["2026-07-01T06:59:59Z", "2026-06-30T23:59:59-07:00"],
    ["2026-03-08T09:59:59Z", "2026-03-08T01:59:59-08:00"],
    ["2026-03-08T10:00:00Z", "2026-03-08T03:00:00-07:00"],
    ["2025-11-02T08:30:00Z", "2025-11-02T01:30:00-07:00"],
    ["2025-11-02T09:00:00Z", "2025-11-02T01:00:00-08:00"],
    ["2025-11-02T09:30:00Z", "2025-11-02T01:30:00-08:00"],
  ])("writes %s as %s", (instant, text) => {
    expect(formatPacificSeconds(Date.parse(instant))).toBe(text);
  });
});

describe("formatPacificMillis", () => {
  it.each([
    ["2020-09-29T13:52:56.527Z", "2020-09-29T06:52:56.527-07:00"],
    ["2020-09-29T13:52:56.020Z", "2020-09-29T06:52:56.02-07:00"],
    ["2020-09-29T13:52:50.000Z", "2020-09-29T06:52:50-07:00"],
    ["2020-09-29T13:50:00.000Z", "2020-09-29T06:50:00-07:00"],
  ])("trims the zeros of %s", (instant, text) => {
    expect(formatPacificMillis(Date.parse(instant))).toBe(text);
  });
});

describe("parseInstant", () => {
  it.each([
    ["2014-12-12T14:50:22-08:00", "2014-12-12T22:50:22Z"],
    ["2014-12-12T14:50:22-0800", "2014-12-12T22:50:22Z"],
    ["2014-12-12T14:50:22Z", "2014-12-12T14:50:22Z"],
    ["2014-12-12T14:50:22.5Z", "2014-12-12T14:50:22.500Z"],
    ["2011-08-10T10:20:30", "2011-08-10T17:20:30Z"],
    ["2015-03-01", "2015-03-01T08:00:00Z"],
    ["2025-11-02T01:30:00", "2025-11-02T08:30:00Z"],
    ["2025-11-02T01:30:00-08:00", "2025-11-02T09:30:00Z"],
  ])("reads %s as %s", (text, instant) => {
    expect(parseInstant(text)).toBe(Date.parse(instant));
  });

  it.each(["", "yesterday", "2026-02-30", "2026-01-01T00:00:00 07:00", "2026-01-01T25:00:00Z"])(
    "refuses %j",
    (text) => {
      expect(parseInstant(text)).toBeUndefined();
    },
  );
});
