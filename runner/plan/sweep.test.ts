import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextAsk, startSweep, takeCount, takeCountRefusal, takePage, takeRefusal } from "./sweep.ts";
import { type Ask, type Order, type Row, SweepError } from "./sweep-state.ts";

interface Stored {
  readonly id: string;
  readonly cursor: number;
}

const byTime = fc.constantFrom<Order>("cursor", "unordered");
const RANGE = { from: 0, to: 60_000 };

/** Answers as the API does: filtered, ordered by the cursor, one page. */
function answer(records: readonly Stored[], ask: Ask): Row[] {
  const interval = ask.interval ?? { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  const found = records.filter(({ cursor }) => cursor >= interval.from && cursor < interval.to);
  const ordered = found.toSorted((a, b) => a.cursor - b.cursor || (a.id < b.id ? -1 : 1));
  if (ask.kind === "count") return ordered.map((record, index) => ({ ...record, ordinal: index + 1 }));
  return ordered
    .slice(ask.start - 1, ask.start - 1 + ask.limit)
    .map((record, index) => ({ ...record, ordinal: index + 1 }));
}

interface Read {
  readonly fresh: Row[];
  readonly asks: Ask[];
  readonly completeTo: number[];
  /** Ids of the records that were skipped. */
  readonly skipped: string[];
}

/** Sweeps to the end. `before` may change the records before each answer; pages that contain an id of `poison` are refused. */
function sweepAll(
  records: () => readonly Stored[],
  pageSize: number,
  order: Order = "cursor",
  before = (_: number) => {},
  poison: ReadonlySet<string> = new Set(),
): Read {
  const read: Read = { fresh: [], asks: [], completeTo: [], skipped: [] };
  let sweep = startSweep(RANGE, pageSize, order);
  for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
    before(read.asks.length);
    read.asks.push(ask);
    const rows = answer(records(), ask);
    const isRefused = ask.kind === "page" && rows.some(({ id }) => poison.has(id));
    const step = isRefused
      ? takeRefusal(sweep)
      : ask.kind === "count"
        ? takeCount(sweep, rows.length)
        : takePage(sweep, rows);
    if (step.skipped !== undefined) {
      const { interval, position } = step.skipped;
      read.skipped.push(
        ...answer(records(), { kind: "page", interval, start: position, limit: 1 }).map(({ id }) => id),
      );
    }
    read.fresh.push(...step.fresh);
    read.completeTo.push(step.completeTo);
    sweep = step.sweep;
    if (read.asks.length > 10_000) throw new Error("the sweep never ends");
  }
  return read;
}

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id).sort();
const at = (...seconds: number[]): Stored[] =>
  seconds.map((second, index) => ({ id: String(index), cursor: second * 1000 }));

describe("the sweep", () => {
  it("ends after one short page", () => {
    expect(sweepAll(() => at(1, 2, 3), 1000).asks).toHaveLength(1);
  });

  it("goes on from the last cursor, inclusive, and drops the records it already has", () => {
    const { asks, fresh } = sweepAll(() => at(1, 2, 2, 3), 3);
    expect(asks.map((ask) => ask.interval?.from)).toEqual([0, 2000, 3000]);
    expect(ids(fresh)).toEqual(["0", "1", "2", "3"]);
  });

  it("reads a second with more records than a page by position, between two counts", () => {
    const { asks, fresh } = sweepAll(() => at(1, 5, 5, 5, 5, 5, 9), 2);
    expect(asks.map(({ kind }) => kind)).toEqual([
      "page",
      "page",
      "count",
      "page",
      "page",
      "page",
      "count",
      "page",
    ]);
    expect(ids(fresh)).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
  });

  it("reads a set without a cursor by position", () => {
    const { asks, fresh } = sweepAll(() => at(1, 2, 3), 2, "position");
    // Two passes of two pages each, and the count that must agree with them.
    expect(asks.map(({ kind }) => kind)).toEqual(["page", "page", "page", "page", "count"]);
    expect(fresh).toHaveLength(3);
  });

  it("reads a set that has no paging in one answer", () => {
    const { asks, fresh } = sweepAll(() => at(1), 1, "none");
    expect(asks).toEqual([{ kind: "page", interval: null, start: 1, limit: 1 }]);
    expect(ids(fresh)).toEqual(["0"]);
  });

  it("halves the range of a set that cannot be ordered until each part fits into one page", () => {
    const { asks, fresh } = sweepAll(() => at(1, 12, 29, 40, 50), 3, "unordered");
    expect(asks.map(({ interval }) => [(interval?.from ?? 0) / 1000, (interval?.to ?? 0) / 1000])).toEqual([
      [0, 60],
      [0, 30],
      [0, 15],
      [15, 45],
      [45, 60],
    ]);
    expect(ids(fresh)).toEqual(["0", "1", "2", "3", "4"]);
  });

  it("confirms a set without a cursor that fits into one page by a count", () => {
    const { asks, fresh } = sweepAll(() => at(1, 2, 3), 4, "position");
    expect(asks.map(({ kind }) => kind)).toEqual(["page", "count"]);
    expect(fresh).toHaveLength(3);
  });

  it("notices that one record was deleted and another created between two pages of a set without a cursor", () => {
    let records = at(1, 2, 3, 4, 5);
    const { fresh } = sweepAll(
      () => records,
      3,
      "position",
      (call) => {
        // Number 3 shifts to a place that has been read already, and the number of records stays the same.
        if (call === 1) records = [...records.slice(1), { id: "new", cursor: 59_000 }];
      },
    );
    expect(ids(fresh)).toEqual(["0", "1", "2", "3", "4", "new"]);
  });

  it("gives up on a set without a cursor that changes in every pass", () => {
    let records = at(1, 2, 3, 4, 5);
    let next = 100;
    const churn = () =>
      sweepAll(
        () => records,
        3,
        "position",
        () => {
          records = [...records.slice(1), { id: String(next++), cursor: 1000 }];
        },
      );
    expect(churn).toThrow(SweepError);
  });

  it("reads a dense second whose records come in a different order each time", () => {
    let turn = 0;
    const shuffled = () => {
      const records = at(...Array(40).fill(5));
      turn++;
      return records.map((record, index) => ({ ...record, id: String((index * 7 + turn * 13) % 40) }));
    };
    const unstable = (ask: Ask) => {
      const rows = shuffled();
      if (ask.kind === "count") return rows.map((row, index) => ({ ...row, ordinal: index + 1 }));
      return rows
        .slice(ask.start - 1, ask.start - 1 + ask.limit)
        .map((row, index) => ({ ...row, ordinal: index + 1 }));
    };
    let sweep = startSweep(RANGE, 10, "cursor");
    const read = new Set<string>();
    for (let ask = nextAsk(sweep); ask !== undefined && ask.interval?.from !== 6000; ask = nextAsk(sweep)) {
      const rows = unstable(ask);
      const step = ask.kind === "count" ? takeCount(sweep, rows.length) : takePage(sweep, rows);
      for (const { id } of step.fresh) read.add(id);
      sweep = step.sweep;
    }
    expect(read.size).toBe(40);
  });

  it("works without counts if the API refuses them, except to locate a poison record", () => {
    const all = at(5, 5, 5, 5, 5, 9);
    let sweep = startSweep(RANGE, 2, "cursor");
    const read = new Set<string>();
    for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
      const step = ask.kind === "count" ? takeCountRefusal(sweep) : takePage(sweep, answer(all, ask));
      if (step === undefined) throw new Error("the sweep needs a count");
      for (const { id } of step.fresh) read.add(id);
      sweep = step.sweep;
    }
    expect([...read].toSorted()).toEqual(["0", "1", "2", "3", "4", "5"]);
    let locating = startSweep(RANGE, 1, "cursor");
    while (nextAsk(locating)?.kind === "page") locating = takeRefusal(locating).sweep;
    expect(takeCountRefusal(locating)).toBeUndefined();
  });

  it("reads a dense second from its end, so that a record that leaves does not shift any unread one", () => {
    let records = at(5, 5, 5, 5, 5, 5);
    const { asks, fresh } = sweepAll(
      () => records,
      2,
      "cursor",
      (call) => {
        if (call >= 3) records = records.filter(({ id }) => id !== String(call - 3));
      },
    );
    expect(asks.filter(({ kind }) => kind === "page").map((ask) => ask.kind === "page" && ask.start)).toEqual(
      [1, 1, 5, 3, 1, 1],
    );
    // Number 2 left before its place was read.
    expect(ids(fresh)).toEqual(["0", "1", "3", "4", "5"]);
  });

  it("reads a dense second again if fewer records came than the API counts", () => {
    const records = at(5, 5, 5, 5, 5);
    let isCut = true;
    let sweep = startSweep(RANGE, 2, "cursor");
    const read = new Set<string>();
    for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
      const rows = answer(records, ask);
      const isPlaces = ask.kind === "page" && ask.start > 1;
      const step =
        ask.kind === "count"
          ? takeCount(sweep, rows.length)
          : takePage(sweep, isPlaces && isCut ? rows.slice(0, 1) : rows);
      if (isPlaces) isCut = false;
      for (const { id } of step.fresh) read.add(id);
      sweep = step.sweep;
    }
    expect([...read].toSorted()).toEqual(["0", "1", "2", "3", "4"]);
  });

  it.each([
    ["a record without a cursor", [{ ordinal: 1, id: "a", cursor: undefined }]],
    ["a record of another time", [{ ordinal: 1, id: "a", cursor: 99_000 }]],
    [
      "records out of order",
      [
        { ordinal: 1, id: "a", cursor: 9000 },
        { ordinal: 2, id: "b", cursor: 8000 },
      ],
    ],
  ])("refuses %s", (_, rows) => {
    expect(() => takePage(startSweep(RANGE, 10, "cursor"), rows)).toThrow(SweepError);
  });

  it("reads every record exactly once with any page size, and never claims more than it has read", () => {
    const records = fc
      .array(fc.integer({ min: 0, max: 59 }), { maxLength: 80 })
      .map((seconds) => at(...seconds));
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 12 }), (all, pageSize) => {
        const { fresh, completeTo } = sweepAll(() => all, pageSize);
        expect(ids(fresh)).toEqual(ids(all));
        expect(completeTo.at(-1)).toBe(RANGE.to);
        expect(completeTo).toEqual(completeTo.toSorted((a, b) => a - b));
      }),
      { numRuns: 500 },
    );
  });

  it("loses no record that stays in the range while others are edited or deleted between the pages", () => {
    const edits = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 79 })), {
      maxLength: 20,
    });
    const records = fc
      .array(fc.integer({ min: 0, max: 20 }), { maxLength: 80 })
      .map((seconds) => at(...seconds));
    fc.assert(
      fc.property(records, edits, fc.integer({ min: 2, max: 12 }), byTime, (all, moves, pageSize, order) => {
        let now = all;
        // An edit moves a record to the present, outside of the range, so it looks like a deletion here.
        const { fresh } = sweepAll(
          () => now,
          pageSize,
          order,
          (call) => {
            const moved = new Set(moves.filter(([when]) => when === call).map(([, which]) => String(which)));
            now = now.filter(({ id }) => !moved.has(id));
          },
        );
        const read = new Set(ids(fresh));
        expect(now.filter(({ id }) => !read.has(id))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads around poison records and reports their places", () => {
    const records = fc
      .array(fc.integer({ min: 0, max: 59 }), { maxLength: 60 })
      .map((seconds) => at(...seconds));
    const poison = fc
      .array(fc.integer({ min: 0, max: 59 }).map(String), { maxLength: 4 })
      .map((all) => new Set(all));
    fc.assert(
      fc.property(
        records,
        poison,
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom<Order>("cursor", "unordered", "position"),
        (all, bad, pageSize, order) => {
          const { fresh, skipped, completeTo } = sweepAll(() => all, pageSize, order, undefined, bad);
          expect(ids(fresh)).toEqual(ids(all.filter(({ id }) => !bad.has(id))));
          expect([...new Set(skipped)].toSorted()).toEqual(ids(all.filter(({ id }) => bad.has(id))));
          expect(completeTo.at(-1)).toBe(RANGE.to);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("finds a poison record among a thousand in few calls", () => {
    const all = at(...Array.from({ length: 1000 }, (_, index) => (index * 59) / 1000).map(Math.floor));
    const { asks, skipped, fresh } = sweepAll(() => all, 1000, "cursor", undefined, new Set(["617"]));
    expect(skipped).toEqual(["617"]);
    expect(fresh).toHaveLength(999);
    expect(asks.length).toBeLessThan(45);
  });

  it("reports the second of a poison record", () => {
    let sweep = startSweep(RANGE, 4, "cursor");
    const all = at(...Array.from({ length: 30 }, (_, index) => index * 2));
    const suspects: unknown[] = [];
    for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
      const rows = answer(all, ask);
      const isRefused = ask.kind === "page" && rows.some(({ id }) => id === "20");
      const step = isRefused
        ? takeRefusal(sweep)
        : ask.kind === "count"
          ? takeCount(sweep, rows.length)
          : takePage(sweep, rows);
      if (step.skipped !== undefined) suspects.push(step.skipped.suspect);
      sweep = step.sweep;
    }
    expect(suspects).toEqual([{ from: 40_000, to: 41_000 }]);
  });

  it("refuses answers that were not asked for", () => {
    const page = startSweep(RANGE, 2, "cursor");
    expect(() => takeCount(page, 1)).toThrow(SweepError);
    expect(takeCountRefusal(page)).toBeUndefined();
    const whole = startSweep(RANGE, 2, "none");
    expect(() => takeCount(whole, 1)).toThrow(SweepError);
    expect(() => takeRefusal(whole)).toThrow(SweepError);
    const done = takePage(whole, []).sweep;
    expect(nextAsk(done)).toBeUndefined();
    expect(() => takePage(done, [])).toThrow(SweepError);
    for (const order of ["cursor", "position"] as const) {
      const dense = at(...Array(5).fill(order === "cursor" ? 0 : 1));
      let sweep = startSweep(RANGE, 2, order);
      for (let ask = nextAsk(sweep); ask?.kind === "page"; ask = nextAsk(sweep))
        sweep = takePage(sweep, answer(dense, ask)).sweep;
      expect(nextAsk(sweep)?.kind).toBe("count");
      expect(() => takePage(sweep, [])).toThrow(SweepError);
      expect(() => takeRefusal(sweep)).toThrow(SweepError);
      const pages = order === "cursor" ? takeCount(sweep, 5).sweep : startSweep(RANGE, 2, order);
      expect(() => takeCount(pages, 1)).toThrow(SweepError);
    }
  });

  it("gives up on a dense second if some of its records never come", () => {
    const all = at(...Array(6).fill(0));
    let sweep = startSweep(RANGE, 2, "cursor");
    const withhold = (): number => {
      let counts = 0;
      for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
        const rows = answer(all, ask).filter(({ id }) => id !== "3");
        if (ask.kind === "count") counts++;
        sweep = ask.kind === "count" ? takeCount(sweep, 6).sweep : takePage(sweep, rows).sweep;
        if (counts > 100) return counts;
      }
      return counts;
    };
    expect(withhold).toThrow("6 records are counted in one second, but only 5 were read");
    expect(() => {
      let other = startSweep(RANGE, 1, "cursor");
      other = takePage(other, [{ ordinal: 1, id: "a", cursor: 0 }]).sweep;
      other = takeCount(other, 2).sweep;
      takePage(other, [{ ordinal: 1, id: "b", cursor: 5000 }]);
    }).toThrow("has the cursor 1970-01-01T00:00:05Z");
  });

  it("doubles the span that fitted when the set cannot be ordered", () => {
    const asked: number[][] = [];
    const all = at(1, 2, 3, 4, 50);
    const { fresh } = sweepAll(
      () => all,
      3,
      "unordered",
      () => {},
    );
    let sweep = startSweep(RANGE, 3, "unordered");
    for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
      asked.push([(ask.interval?.from ?? 0) / 1000, (ask.interval?.to ?? 0) / 1000]);
      sweep = takePage(sweep, answer(all, ask)).sweep;
    }
    expect(asked).toEqual([
      [0, 60],
      [0, 30],
      [0, 15],
      [0, 8],
      [0, 4],
      [0, 2],
      [2, 6],
      [2, 4],
      [4, 8],
      [8, 16],
      [16, 32],
      [32, 60],
    ]);
    expect(fresh).toHaveLength(5);
  });

  it("doubles a page that was halved, up to the page size", () => {
    const all = at(...Array.from({ length: 40 }, (_, index) => index));
    let sweep = takeRefusal(takeRefusal(startSweep(RANGE, 8, "cursor")).sweep).sweep;
    const limits: number[] = [];
    for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
      if (ask.kind === "page") limits.push(ask.limit);
      sweep = takePage(sweep, answer(all, ask)).sweep;
    }
    expect(limits.slice(0, 4)).toEqual([2, 4, 8, 8]);
    expect(limits.every((limit) => limit <= 8)).toBe(true);
    let passes = takeRefusal(startSweep(RANGE, 8, "position")).sweep;
    const inPasses: number[] = [];
    for (let ask = nextAsk(passes); ask?.kind === "page"; ask = nextAsk(passes)) {
      inPasses.push(ask.limit);
      passes = takePage(passes, answer(all, ask)).sweep;
    }
    expect(inPasses.slice(0, 3)).toEqual([4, 8, 8]);
    expect(Math.max(...inPasses)).toBe(8);
  });
});
