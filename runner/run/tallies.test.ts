import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_CHANGES } from "../ports/changes.ts";
import type { Landed } from "../ports/landing.ts";
import { Tallies } from "./tallies.ts";

const HOUR = 3_600_000;
const WINDOWS = [0, 1, 2].map((hour) => ({ from: hour * HOUR, to: (hour + 1) * HOUR }));
const landed = (hour: number, rest: Partial<Landed> = {}): Landed => ({
  ...NO_CHANGES,
  from: hour * HOUR,
  collided: 0,
  discarded: 0,
  ...rest,
});
const brought = (completeTo: number, parts: readonly Landed[] = [], durationMs = 100) => ({
  landed: parts,
  rejected: [],
  durationMs,
  completeTo,
});
const row = (id: string, cursor: number | undefined, ordinal = 1) => ({ id, cursor, ordinal });
const statusesBy = (tallies: Tallies): string[] =>
  tallies.closedBy(brought(3 * HOUR)).map(({ status }) => status);

describe("a row", () => {
  it("is placed in the window of its cursor; of two rows with one id, the last one counts", () => {
    const placed = new Tallies(WINDOWS).place([row("a", 0), row("b", HOUR), row("a", 2 * HOUR - 1, 3)]);
    expect(placed).toEqual([
      { ordinal: 3, id: "a", window: WINDOWS[1], pageNumber: 1 },
      { ordinal: 1, id: "b", window: WINDOWS[1], pageNumber: 1 },
    ]);
    expect(new Tallies(WINDOWS).place([row("a", undefined)])[0]?.window).toBe(WINDOWS[0]);
    expect(() => new Tallies(WINDOWS).place([row("a", 3 * HOUR)])).toThrow("row a is outside the range");
    expect(() => new Tallies(WINDOWS).place([row("a", -1)])).toThrow("outside");
  });

  it("has the number of its page within its window", () => {
    const tallies = new Tallies(WINDOWS);
    tallies.add(brought(0, [landed(0, { rows: 1 })]));
    tallies.add(brought(0, [landed(0, { rows: 1 }), landed(1, { rows: 1 })]));
    expect(tallies.place([row("a", 0), row("b", HOUR)]).map(({ pageNumber }) => pageNumber)).toEqual([3, 2]);
  });
});

describe("windows", () => {
  it("close with what they received, and asking which ones would close changes nothing", () => {
    const tallies = new Tallies(WINDOWS);
    tallies.add(brought(0, [landed(0, { rows: 3, inserted: 1, updated: 1, stale: 1 })]));
    const last = brought(2 * HOUR, [
      landed(0, { rows: 1, updated: 1 }),
      landed(1, { rows: 3, unchanged: 3 }),
    ]);
    const closed = tallies.closedBy(last);
    expect(tallies.closedBy(last)).toEqual(closed);
    expect(closed).toMatchObject([
      {
        from: 0,
        to: HOUR,
        rows: 4,
        inserted: 1,
        updated: 2,
        stale: 1,
        unchanged: 0,
        pages: 2,
        durationMs: 125,
      },
      { from: HOUR, rows: 3, unchanged: 3, pages: 1, durationMs: 75, status: "sealed", sourceCount: null },
    ]);
    tallies.add(last);
    expect(tallies.closedBy(brought(3 * HOUR)).map(({ from }) => from)).toEqual([2 * HOUR]);
    expect(tallies.failed("broken")).toMatchObject([{ from: 2 * HOUR, status: "failed", error: "broken" }]);
    tallies.add(brought(3 * HOUR));
    expect(tallies.failed("broken")).toEqual([]);
  });

  it("get the duration of an empty page in the window before its end", () => {
    const tallies = new Tallies(WINDOWS);
    expect(tallies.closedBy(brought(HOUR)).map(({ durationMs, pages }) => [durationMs, pages])).toEqual([
      [100, 0],
    ]);
    expect(tallies.closedBy(brought(2 * HOUR)).map(({ durationMs }) => durationMs)).toEqual([0, 100]);
  });

  it("stay open if they were read too soon after their end", () => {
    const tallies = new Tallies(WINDOWS);
    tallies.read(HOUR, HOUR);
    expect(statusesBy(tallies)).toEqual(["sealed", "sealed", "sealed"]);
    tallies.read(3 * HOUR, 2 * HOUR);
    expect(statusesBy(tallies)).toEqual(["sealed", "sealed", "open"]);
    tallies.read(3 * HOUR, 2 * HOUR - 1);
    expect(statusesBy(tallies)).toEqual(["sealed", "open", "open"]);
  });

  it("fail if an unreadable span overlaps them, and only then", () => {
    const tallies = new Tallies(WINDOWS);
    tallies.wound({ from: HOUR, to: HOUR + 1000 }, "poison");
    expect(statusesBy(tallies)).toEqual(["sealed", "failed", "sealed"]);
    const borders = new Tallies(WINDOWS);
    borders.wound({ from: HOUR, to: 2 * HOUR }, "poison");
    expect(statusesBy(borders)).toEqual(["sealed", "failed", "sealed"]);
    const rejected = [{ id: "1", window: { from: 2 * HOUR, to: 3 * HOUR }, reason: "too large" }];
    const with1 = borders.closedBy({ ...brought(3 * HOUR), rejected });
    expect(with1.map(({ error }) => error)).toEqual([null, "poison", "too large"]);
  });
});

describe("a seal", () => {
  const rejected = (hour: number) => [
    { id: "1", window: { from: hour * HOUR, to: (hour + 1) * HOUR }, reason: `no ${hour}` },
  ];

  it("depends on the earliest of the pages that were read too soon", () => {
    const tallies = new Tallies(WINDOWS);
    tallies.read(3 * HOUR, HOUR);
    tallies.read(3 * HOUR, 2.5 * HOUR);
    expect(statusesBy(tallies)).toEqual(["sealed", "open", "open"]);
  });

  it("that is refused because of a record makes the window failed and not open, with the reason", () => {
    const tallies = new Tallies(WINDOWS);
    tallies.read(3 * HOUR, 0);
    tallies.wound({ from: 0, to: 1 }, "why");
    expect(tallies.closedBy(brought(3 * HOUR)).map(({ status, error }) => [status, error])).toEqual([
      ["failed", "why"],
      ["open", null],
      ["open", null],
    ]);
  });

  it("is refused because of a record that was rejected in an earlier page, but not because of a page that was never committed", () => {
    const tallies = new Tallies(WINDOWS);
    tallies.closedBy({ ...brought(3 * HOUR), rejected: rejected(0) });
    tallies.add({ ...brought(0), rejected: rejected(1) });
    expect(tallies.closedBy(brought(3 * HOUR)).map(({ error }) => error)).toEqual([null, "no 1", null]);
  });
});

it("neither the duration of a page nor a record is lost or counted twice", () => {
  const rows = fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5));
  fc.assert(
    fc.property(fc.array(fc.tuple(rows, fc.nat(1000)), { maxLength: 8 }), (pages) => {
      const tallies = new Tallies(WINDOWS);
      for (const [counts, durationMs] of pages) {
        const parts = counts.flatMap((count, hour) => (count === 0 ? [] : [landed(hour, { rows: count })]));
        tallies.add(brought(0, parts, durationMs));
      }
      const closed = tallies.closedBy(brought(3 * HOUR, [], 0));
      const spent = pages.reduce((total, [, durationMs]) => total + durationMs, 0);
      const recorded = closed.reduce((total, { durationMs }) => total + durationMs, 0);
      expect(Math.abs(recorded - spent)).toBeLessThanOrEqual(1.5 * pages.length);
      expect(closed.reduce((total, window) => total + window.rows, 0)).toBe(
        pages.reduce((total, [[a, b, c]]) => total + a + b + c, 0),
      );
    }),
    { numRuns: 100 },
  );
});
