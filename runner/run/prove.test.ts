import { describe, expect, it } from "vitest";
import {
  type Behaviour,
  CUSTOMERS,
  PlainLanding,
  PlainSource,
  portsOf,
} from "../../test/support/plain-source.ts";
import { NO_CHANGES } from "../ports/changes.ts";
import type { WindowRecord } from "../ports/landing.ts";
import { type Mismatch, type ProofDone, proofFailure, prove } from "./prove.ts";

const WINDOW = 10_000;

/** A number of records in each of some adjacent windows, evenly spaced from the first millisecond on. The ids name the
 * places. */
function recordsIn(counts: readonly number[]): Map<string, number> {
  return new Map(
    counts.flatMap((count, window) =>
      Array.from({ length: count }, (_, index): [string, number] => [
        `${window}-${index}`,
        window * WINDOW + Math.floor((index * WINDOW) / count),
      ]),
    ),
  );
}

const without = (records: ReadonlyMap<string, number>, ...ids: readonly string[]) =>
  new Map([...records].filter(([id]) => !ids.includes(id)));

const windowsOf = (rows: readonly number[]): WindowRecord[] =>
  rows.map((count, index) => ({
    ...NO_CHANGES,
    from: index * WINDOW,
    to: (index + 1) * WINDOW,
    rows: count,
    status: "sealed",
    pages: 1,
    sourceCount: null,
    durationMs: 0,
    error: null,
  }));

interface Scene {
  /** The records of the source. */
  readonly records: ReadonlyMap<string, number>;
  /** How many records were read of each window. */
  readonly rows: readonly number[];
  /** The records of the table; by default those of the source. */
  readonly held?: ReadonlyMap<string, number>;
  readonly behaviour?: Behaviour;
}

async function proof({ records, rows, held = records, behaviour }: Scene) {
  const source = new PlainSource(records, behaviour);
  const landing = new PlainLanding(held);
  const done: ProofDone[] = [];
  const mismatches: Mismatch[] = [];
  const job = {
    spec: CUSTOMERS,
    windows: windowsOf(rows),
    pageSize: 100,
    onMismatch: (mismatch: Mismatch) => void mismatches.push(mismatch),
  };
  for await (const one of prove(job, portsOf(source, landing), new AbortController().signal)) done.push(one);
  const proven = done.flatMap((one) => (one.kind === "proven" ? one.windows : []));
  const lists = source.asked.filter(({ what, query }) => what === "page" && !query.startsWith("select *"));
  return {
    done,
    mismatches,
    landing,
    source,
    proven: new Map(proven.map(({ from, sourceCount }) => [from / WINDOW, sourceCount])),
    unproven: done.flatMap((one) => (one.kind === "unproven" ? [one.window] : [])),
    counts: source.asked.filter(({ what }) => what === "count").map(({ interval }) => inWindows(interval)),
    lists: lists.map(({ interval }) => inWindows(interval)),
    reread: landing.unsealed.map(({ from }) => from / WINDOW),
  };
}

const inWindows = (interval: { from: number; to: number } | null): string =>
  interval === null ? "all" : `${interval.from / WINDOW}-${interval.to / WINDOW}`;

describe("a count that equals the number of rows", () => {
  it("is proof, and nothing else is requested", async () => {
    const { done, proven, source } = await proof({ records: recordsIn([3, 0, 2]), rows: [3, 0, 2] });
    expect(done.map(({ kind }) => kind)).toEqual(["counted", "proven"]);
    expect(done[0]).toEqual({ kind: "counted", count: 5 });
    expect(proven).toEqual(
      new Map([
        [0, 3],
        [1, 0],
        [2, 2],
      ]),
    );
    expect(source.asked).toHaveLength(1);
  });
});

describe("a count that differs", () => {
  it("is resolved by one list if the list is short; it may contain fewer records than were read", async () => {
    const { done, proven, counts, lists, mismatches } = await proof({
      records: recordsIn([3, 0, 2]),
      rows: [3, 1, 4],
    });
    expect(proven).toEqual(
      new Map([
        [0, 3],
        [1, 0],
        [2, 2],
      ]),
    );
    expect(done.map(({ kind }) => kind)).toEqual(["counted", "proven"]);
    expect([counts, lists]).toEqual([["0-3", "0-3"], ["0-3"]]);
    expect(mismatches).toEqual([]);
  });

  it("halves a long span down to the part that differs, with one count for both halves", async () => {
    const rows = [400, 400, 400, 400];
    const { proven, counts, lists } = await proof({ records: recordsIn([400, 400, 399, 400]), rows });
    expect([...proven]).toEqual([
      [0, 400],
      [1, 400],
      [2, 399],
      [3, 400],
    ]);
    // The counts are of everything and of the first half, which agrees. The number of the second half follows from these two,
    // and its list is confirmed by one more count.
    expect(counts).toEqual(["0-4", "0-2", "2-4"]);
    expect(lists).toEqual(["2-4"]);
  });

  it.each([
    [
      [500, 500],
      [500, 501],
      ["0-2", "0-1"],
    ],
    [
      [500, 499],
      [500, 500],
      ["0-2", "0-2"],
    ],
    [
      [500, 500],
      [500, 499],
      ["0-2", "0-2"],
    ],
    [
      [600, 300],
      [600, 500],
      ["0-2", "0-1"],
    ],
  ])(
    "halves a span only if more than a thousand records were read or counted: %j read as %j",
    async (there, rows, counted) => {
      const { counts, proven } = await proof({ records: recordsIn(there), rows });
      expect(counts.slice(0, 2)).toEqual(counted);
      expect(proven.size).toBe(2);
    },
  );

  it("lists a single window however long it is", async () => {
    const { lists, proven } = await proof({ records: recordsIn([1500]), rows: [1501] });
    expect(lists.every((span) => span.endsWith("-1"))).toBe(true);
    expect(proven).toEqual(new Map([[0, 1500]]));
  });
});

describe("if the API does not count", () => {
  it("everything is listed", async () => {
    const { done, lists, proven } = await proof({
      records: recordsIn([400, 400, 400]),
      rows: [400, 400, 400],
      behaviour: { count: () => undefined },
    });
    expect(done.map(({ kind }) => kind)).toEqual(["proven"]);
    expect(lists[0]).toBe("0-3");
    expect([...proven.values()]).toEqual([400, 400, 400]);
  });

  it("a half, both halves are listed", async () => {
    let left = 1;
    const { lists, proven, done } = await proof({
      records: recordsIn([700, 700]),
      rows: [700, 701],
      behaviour: { count: (count) => (left-- > 0 ? count : undefined) },
    });
    expect(done[0]).toEqual({ kind: "counted", count: 1400 });
    expect(new Set(lists)).toEqual(new Set(["0-1", "1-2"]));
    expect([...proven.values()]).toEqual([700, 700]);
  });

  it("a half, each half is one list and not many", async () => {
    let left = 1;
    const { lists, proven } = await proof({
      records: recordsIn([300, 300, 300, 300]),
      rows: [300, 300, 300, 301],
      behaviour: { count: (count) => (left-- > 0 ? count : undefined) },
    });
    expect(lists).toEqual(["0-2", "2-4"]);
    expect(proven.size).toBe(4);
  });
});

describe("a record that the table lacks", () => {
  const records = recordsIn([4, 4, 4]);

  it("is read again with its window, also at the bound of a window", async () => {
    for (const lost of ["1-0", "1-3"]) {
      const { done, mismatches, reread, proven, landing } = await proof({
        records,
        rows: [4, 3, 4],
        held: without(records, lost),
      });
      expect(reread).toEqual([1]);
      expect(mismatches).toEqual([
        { window: expect.objectContaining({ from: WINDOW }), rows: 3, sourceCount: 4 },
      ]);
      expect(landing.rows.has(lost)).toBe(true);
      expect(done.filter(({ kind }) => kind === "read-again")).toMatchObject([
        { page: { read: 4, closed: [{ from: WINDOW, rows: 4 }] } },
      ]);
      expect([...proven.values()]).toEqual([4, 4, 4]);
    }
  });

  it("is read again even if the counts of a part agree by chance", async () => {
    const { reread } = await proof({ records, rows: [5, 4, 4], held: without(records, "0-0", "2-2") });
    expect(reread).toEqual([0, 2]);
  });

  it("is read again even if the table holds an older version of it", async () => {
    const held = new Map([...records, ["2-1", 1]] as [string, number][]);
    expect((await proof({ records, rows: [4, 4, 3], held })).reread).toEqual([2]);
  });

  it("and never receives fails its window after three attempts; the others are proven", async () => {
    const never: Behaviour = {
      page: (found, { query }) => (query.startsWith("select *") ? found.filter((id) => id !== "1-2") : found),
    };
    const held = without(records, "1-2");
    const { done, reread, proven, unproven, mismatches, landing } = await proof({
      records,
      rows: [4, 2, 4],
      held,
      behaviour: never,
    });
    expect(reread).toEqual([1, 1, 1, 1]);
    expect(landing.reasons.at(-1)).toBe(unproven[0]?.error);
    expect(mismatches.map(({ rows }) => rows)).toEqual([2, 3, 3]);
    expect([...proven]).toEqual([
      [0, 4],
      [2, 4],
    ]);
    expect(unproven).toMatchObject([
      {
        from: WINDOW,
        rows: 3,
        status: "failed",
        error: "1 record that the source lists was not in any page: 1-2",
      },
    ]);
    expect(done.filter(({ kind }) => kind === "proven")).toHaveLength(1);
  });

  it("and never receives in any window leaves nothing proven", async () => {
    const { done, unproven } = await proof({
      records,
      rows: [0, 0, 0],
      held: new Map(),
      behaviour: { page: (found, { query }) => (query.startsWith("select *") ? [] : found) },
    });
    expect(done.some(({ kind }) => kind === "proven")).toBe(false);
    expect(unproven).toHaveLength(3);
    expect(unproven[0]?.error).toMatch(/^12 records .*: (\S+, ){10}…$/);
  });

  it("is not read again if more than twenty windows lack one", async () => {
    const many = recordsIn(Array(22).fill(2));
    const lost = (windows: number) =>
      without(many, ...Array.from({ length: windows }, (_, window) => `${window}-0`));
    const rows = Array(22).fill(3);
    const twenty = await proof({ records: many, rows, held: lost(20) });
    expect(twenty.reread).toHaveLength(20);
    expect(twenty.proven.size).toBe(22);
    const more = await proof({ records: many, rows, held: lost(21) });
    expect(more.landing.rows.size).toBe(44 - 21);
    expect(more.unproven).toHaveLength(21);
    expect([...more.proven.keys()]).toEqual([21]);
  });

  it("is given up in all remaining windows once twenty windows of several parts were read again", async () => {
    const many = recordsIn([...Array(20).fill(40), ...Array(20).fill(40)]);
    const held = without(many, ...Array.from({ length: 40 }, (_, window) => `${window}-0`));
    const { reread, proven, unproven } = await proof({ records: many, rows: Array(40).fill(39), held });
    expect(reread.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, window) => window));
    expect(proven.size).toBe(20);
    expect(unproven).toHaveLength(20);
    expect(unproven[0]?.error).toBe("the source lists 780 records but has at least 800");
  });
});

describe("a list that is cut short", () => {
  /** A source whose pages hold at most ten records, whatever is requested. */
  const cut: Behaviour = { page: (found) => found.slice(0, 10) };

  it("proves nothing, so smaller parts are listed", async () => {
    const records = recordsIn([6, 6, 6, 6]);
    const { proven, lists } = await proof({ records, rows: [6, 6, 6, 7], behaviour: cut });
    expect([...proven.values()]).toEqual([6, 6, 6, 6]);
    expect(lists).toEqual(["0-4", "2-4", "3-4"]);
  });

  it("fails its window after three attempts if it is of one window", async () => {
    const { unproven, reread, proven } = await proof({
      records: recordsIn([12]),
      rows: [11],
      behaviour: cut,
    });
    expect(reread).toEqual([0, 0, 0, 0]);
    expect(proven.size).toBe(0);
    expect(unproven).toMatchObject([
      { status: "failed", error: "the source lists 10 records but has at least 12" },
    ]);
  });
});

describe("the failure of an entity whose windows are not proven", () => {
  const [first, second] = windowsOf([1, 1]).map((window) => ({ ...window, error: "why" }));

  it("names the first window and counts the others", () => {
    expect(proofFailure(CUSTOMERS, [])).toBeUndefined();
    if (first === undefined || second === undefined) throw new Error("no windows");
    expect(proofFailure(CUSTOMERS, [first])?.hint).toMatch(/--page-size/);
    expect(proofFailure(CUSTOMERS, [first])).toMatchObject({
      code: "PROOF_FAILED",
      message: "Customer from 1970-01-01T00:00:00Z to 1970-01-01T00:00:10Z: why",
    });
    expect(proofFailure(CUSTOMERS, [first, second, second])?.message).toContain("(and 2 more windows): why");
  });
});
