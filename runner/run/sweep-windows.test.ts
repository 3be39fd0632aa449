import { describe, expect, it } from "vitest";
import {
  CUSTOMERS,
  LATER,
  type Plain,
  PlainLanding,
  PlainSource,
  portsOf,
} from "../../test/support/plain-source.ts";
import { CountRefused, PageRefused, RunnerError } from "../errors.ts";
import type { Source } from "../ports/source.ts";
import type { EntitySpec } from "../spec/types.ts";
import { type PageDone, SAFE_DISTANCE_MS, sweepWindows } from "./sweep-windows.ts";

const WINDOWS = [0, 1, 2].map((at) => ({ from: at * 10_000, to: (at + 1) * 10_000 }));

interface Scene {
  readonly records: Plain;
  readonly source?: Source;
  readonly spec?: EntitySpec;
  readonly pageSize?: number;
  readonly windows?: typeof WINDOWS;
  readonly now?: number;
}

async function sweep({ records, spec = CUSTOMERS, pageSize = 5, windows = WINDOWS, ...scene }: Scene) {
  const source = scene.source ?? new PlainSource(records);
  const landing = new PlainLanding();
  const pages: PageDone[] = [];
  let failure: unknown;
  try {
    const ports = { ...portsOf(source, landing), now: () => scene.now ?? LATER };
    const job = { spec, windows, pageSize };
    for await (const page of sweepWindows(job, ports, new AbortController().signal)) pages.push(page);
  } catch (error) {
    failure = error;
  }
  const closed = pages.flatMap((page) => page.closed);
  return { pages, failure, landing, closed, statuses: closed.map(({ status }) => status) };
}

const inSecond = (count: number, second = 5): Plain =>
  new Map(Array.from({ length: count }, (_, index) => [String(index + 1), second * 1000 + index]));
const range = (from: number, to: number) =>
  new Set(Array.from({ length: to - from + 1 }, (_, index) => String(from + index)));

/** A source that refuses every page with one of these records. */
const refusing = (records: Plain, bad: ReadonlySet<string>, code: "QBO_POISON_RECORD" | "QBO_UNAVAILABLE") =>
  new PlainSource(records, {
    page: (found, { query }) => {
      if (query.startsWith("select *") && found.some((id) => bad.has(id)))
        throw new PageRefused(code, "no such page");
      return found;
    },
  });

describe("records that cannot be read", () => {
  const skipped = async (
    bad: ReadonlySet<string>,
    code: Parameters<typeof refusing>[2] = "QBO_POISON_RECORD",
  ) => {
    const records = inSecond(30);
    return sweep({ records, source: refusing(records, bad, code) });
  };

  it("are skipped and named, and fail only their window", async () => {
    const { failure, pages, landing, closed } = await skipped(range(7, 7));
    expect(failure).toBeUndefined();
    expect(landing.rows.size).toBe(29);
    expect(pages.flatMap(({ skipped: one }) => one ?? [])).toEqual([
      "Customer 7 of 1970-01-01T00:00:05Z cannot be read: no such page",
    ]);
    expect(closed.map(({ status, error }) => [status, error?.slice(0, 10)])).toEqual([
      ["failed", "Customer 7"],
      ["sealed", undefined],
      ["sealed", undefined],
    ]);
  });

  it.each([
    ["seven in a row", range(11, 17), "QBO_POISON_RECORD", 23],
    ["two in a row that time out", range(11, 12), "QBO_UNAVAILABLE", 28],
    [
      "any number, with pages in between",
      new Set([...range(3, 9), ...range(13, 19)]),
      "QBO_POISON_RECORD",
      16,
    ],
    ["time-outs with pages in between", new Set(["3", "4", "8", "9", "20"]), "QBO_UNAVAILABLE", 25],
  ] as const)("are skipped: %s", async (_, bad, code, left) => {
    const { failure, landing } = await skipped(bad, code);
    expect(failure).toBeUndefined();
    expect(landing.rows.size).toBe(left);
  });

  it.each([
    ["eight in a row", range(11, 18), "QBO_POISON_RECORD"],
    ["three in a row that time out", range(11, 13), "QBO_UNAVAILABLE"],
  ] as const)("are the API's fault: %s", async (_, bad, code) => {
    const { failure, landing, closed } = await skipped(bad, code);
    expect(failure).toMatchObject({ code, message: "no such page" });
    expect(landing.marked).toMatchObject([{ from: 0, status: "failed", error: "no such page" }]);
    expect(closed).toEqual(landing.marked);
  });

  it("have no time in a set without a cursor, so the whole set fails", async () => {
    const records = inSecond(4);
    const { pages, statuses, failure } = await sweep({
      records,
      source: refusing(records, range(2, 2), "QBO_POISON_RECORD"),
      spec: { ...CUSTOMERS, cursor: null },
      windows: [{ from: 0, to: 30_000 }],
    });
    expect(failure).toBeUndefined();
    expect(new Set(pages.flatMap(({ skipped: one }) => one ?? []))).toEqual(
      new Set(["Customer 2 cannot be read: no such page"]),
    );
    expect(statuses).toEqual(["failed"]);
  });
});

describe("a count", () => {
  it("that is refused does not prevent a dense second from being read", async () => {
    const records = inSecond(12);
    const { failure, landing, statuses } = await sweep({
      records,
      source: new PlainSource(records, { count: () => undefined }),
    });
    expect(failure).toBeUndefined();
    expect(landing.rows.size).toBe(12);
    expect(statuses).toEqual(["sealed", "sealed", "sealed"]);
  });

  it("that fails ends the entity, and so does a refused one that is needed", async () => {
    const records = inSecond(12);
    const away = new PlainSource(records, {
      count: () => {
        throw new RunnerError("QBO_UNAVAILABLE", "away");
      },
    });
    expect((await sweep({ records, source: away })).failure).toMatchObject({ code: "QBO_UNAVAILABLE" });
    const poisoned = refusing(inSecond(12), range(4, 4), "QBO_POISON_RECORD");
    const uncounted: Source = {
      page: (statement) => poisoned.page(statement),
      calls: () => 0,
      count: async () => {
        throw new CountRefused("QBO_NOT_COUNTED", "not counted");
      },
    };
    expect((await sweep({ records, source: uncounted })).failure).toMatchObject({ code: "QBO_NOT_COUNTED" });
  });

  it("is not reported as a page", async () => {
    const records = inSecond(12);
    const source = new PlainSource(records);
    const { pages } = await sweep({ records, source });
    const asked = source.asked.filter(({ what }) => what === "page").length;
    expect(asked).toBeLessThan(source.asked.length);
    // The count at the end of the dense second closes no window here.
    expect(pages).toHaveLength(asked);
  });
});

it("records with each page how many records were asked for, also when reading by position", async () => {
  const records = inSecond(9);
  // The second cannot be read with the rest of the range, so it is read by position, from its last record to its first.
  const source = new PlainSource(records, {
    page: (found, { interval }) => {
      if (found.length > 0 && interval !== null && interval.to > 6000)
        throw new PageRefused("QBO_UNAVAILABLE", "too slow");
      return found;
    },
  });
  const { landing } = await sweep({ records, source });
  const loaded = landing.loads.filter(({ taken }) => taken.length > 0);
  const asked = loaded.map(({ request }): unknown => JSON.parse(String(request["statement"])).limit);
  // The last page asks only for the two places that are left.
  expect(asked).toEqual([1, 2, 4, 2]);
  expect(loaded.map(({ pageSize }) => pageSize)).toEqual(asked);
});

describe("an entity with several queries", () => {
  const also = [{ query: "select * from Customer where A = 1", condition: "A = 1" }];
  const spec: EntitySpec = { ...CUSTOMERS, cursor: null, also };
  const windows = [{ from: 0, to: 30_000 }];

  it("closes its window once, with the records of all queries", async () => {
    const records = inSecond(4);
    const source = new PlainSource(records, {
      page: (found, { query }) => found.filter((id) => (id === "4") === query.includes("A = 1")),
      count: (_, { query }) => (query.includes("A = 1") ? 1 : 3),
    });
    const { closed, landing } = await sweep({ records, source, spec, windows });
    expect(landing.rows.size).toBe(4);
    expect(closed).toMatchObject([{ from: 0, to: 30_000, rows: 4, status: "sealed" }]);
  });

  it("is not sealed before the last query is read", async () => {
    const records = inSecond(4);
    const source = new PlainSource(records, {
      page: (found, { query }) => {
        if (query.includes("A = 1")) throw new RunnerError("QBO_UNAVAILABLE", "away");
        return found;
      },
    });
    const { statuses, failure } = await sweep({ records, source, spec, windows });
    expect(failure).toMatchObject({ code: "QBO_UNAVAILABLE" });
    expect(statuses).toEqual(["failed"]);
  });
});

describe("an answer that contradicts its question", () => {
  it("is a failure of the entity, with a hint", async () => {
    const records = inSecond(3);
    const source = new PlainSource(records, { page: (found) => found.toReversed() });
    const { failure } = await sweep({ records, source });
    expect(failure).toMatchObject({
      code: "QBO_UNEXPECTED_ANSWER",
      message: "Customer: record 2 of the page is out of order",
      hint: expect.stringMatching(/./),
    });
  });
});

describe("a window", () => {
  const at = (asOf: number, now = LATER) => {
    const source = new PlainSource(new Map());
    const page = source.page.bind(source);
    source.page = async (statement) => ({ ...(await page(statement)), asOf });
    return sweep({ records: new Map(), source, now });
  };

  it("is sealed five minutes after its end, by the time of the page and no other clock", async () => {
    expect(SAFE_DISTANCE_MS).toBe(300_000);
    expect((await at(20_000 + SAFE_DISTANCE_MS)).statuses).toEqual(["sealed", "sealed", "open"]);
    expect((await at(20_000 + SAFE_DISTANCE_MS - 1)).statuses).toEqual(["sealed", "open", "open"]);
    expect((await at(LATER, 0)).statuses).toEqual(["sealed", "sealed", "sealed"]);
    expect((await at(0)).statuses).toEqual(["open", "open", "open"]);
  });

  it("that is read in one page is reported with its records", async () => {
    const { pages } = await sweep({ records: inSecond(3) });
    expect(pages).toMatchObject([
      {
        read: 3,
        changes: { rows: 3, inserted: 3 },
        completeTo: 30_000,
        isDivisible: false,
        skipped: undefined,
      },
    ]);
  });

  it("is not marked as failed if the company lacks the entity, or because of a bug", async () => {
    for (const error of [new RunnerError("QBO_NOT_AVAILABLE", "no"), new TypeError("a bug")]) {
      const source = new PlainSource(new Map(), {
        page: () => {
          throw error;
        },
      });
      const { failure, landing, pages } = await sweep({ records: new Map(), source });
      expect(failure).toBe(error);
      expect([landing.marked, pages]).toEqual([[], []]);
    }
  });
});
