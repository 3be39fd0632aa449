import { describe, expect, it } from "vitest";
import { CountRefused } from "../errors.ts";
import type { Interval } from "../plan/interval.ts";
import type { Comparison, RecordDifference } from "../ports/comparison.ts";
import type { Version } from "../ports/landing.ts";
import type { Source } from "../ports/source.ts";
import type { Statements } from "../render/templates.ts";
import { resolveSpec } from "../spec/resolve-spec.ts";
import { commandFor, compareRecords, namesOf } from "./compare-records.ts";

const SPEC = resolveSpec("customers.yml", { version: 1, entity: "Customer" }, [""]);
const SECOND = 1000;
const SPAN = { from: 0, to: 100 * SECOND };

/** Statements that contain their parameters as JSON. */
const statements: Statements = {
  page: (spec, ask) => JSON.stringify({ page: spec.query, ...ask }),
  count: (_, interval) => JSON.stringify({ count: interval }),
  table: () => "",
  upsert: () => "",
  fileOf: () => "",
};

interface World {
  /** Cursors at the source, in seconds, by id. `now` holds those that a request for single ids finds, which may differ. */
  readonly listed: Readonly<Record<string, number>>;
  readonly now?: Readonly<Record<string, number>>;
  readonly held: Readonly<Record<string, number>>;
  readonly counted?: number | "refused";
  readonly spec?: typeof SPEC;
  readonly spans?: readonly Interval[];
}

async function compare({ listed, now = listed, held, counted, spec = SPEC, spans = [SPAN] }: World) {
  const asked: string[] = [];
  const record = ([id, at]: readonly [string, number]) => ({
    Id: id,
    MetaData: { LastUpdatedTime: new Date(at * SECOND).toISOString() },
  });
  const inOrder = Object.entries(listed).toSorted(([, a], [, b]) => a - b);
  const source: Source = {
    page: async (statement) => {
      asked.push(statement);
      const { page, interval, limit } = JSON.parse(statement);
      const ids = /Id in \(([^)]*)\)/
        .exec(page)?.[1]
        ?.split(", ")
        .map((id) => id.slice(1, -1));
      const found =
        ids === undefined
          ? inOrder.filter(
              ([, at]) => interval === null || (at * SECOND >= interval.from && at * SECOND < interval.to),
            )
          : Object.entries(now).filter(([id]) => ids.includes(id));
      const records = found.slice(0, limit).map(record);
      return { text: "", records, asOf: 0, behind: 0 };
    },
    count: async (statement) => {
      asked.push(statement);
      if (counted === "refused") throw new CountRefused("QBO_NOT_COUNTED", "not counted");
      return counted ?? inOrder.length;
    },
    calls: () => 0,
  };
  const seen = new Map<string, number | undefined>();
  const comparison: Comparison = {
    add: async (versions: readonly Version[]) => {
      for (const { id, cursor } of versions) seen.set(id, cursor);
    },
    differences: async () => {
      const ids = [...new Set([...seen.keys(), ...Object.keys(held)])].toSorted();
      const found = ids.flatMap((id): RecordDifference[] => {
        const one = held[id] === undefined ? undefined : held[id] * SECOND;
        const other = seen.get(id);
        if (id in held && seen.has(id) && one === other) return [];
        const kind = !seen.has(id)
          ? "extra"
          : !(id in held)
            ? "missing"
            : (one ?? 0) < (other ?? 0)
              ? "older"
              : "newer";
        return [{ id, kind, held: one, listed: other }];
      });
      return { found, total: found.length, held: Object.keys(held).length };
    },
  };
  const compared = await compareRecords(
    spec,
    spans,
    { source, statements, comparison },
    new AbortController().signal,
  );
  const ids = (differences: readonly RecordDifference[]) => differences.map(({ id }) => id);
  const { missing, different, gone, changed } = compared.differences;
  return {
    ...compared,
    asked,
    ids: { missing: ids(missing), different: ids(different), gone: ids(gone), changed: ids(changed) },
  };
}

const NONE = { missing: [], different: [], gone: [], changed: [] };

describe("compareRecords", () => {
  it("finds nothing if both hold the same, with one list and one count", async () => {
    const { ids, held, asked, unlisted } = await compare({ listed: { a: 1, b: 2 }, held: { a: 1, b: 2 } });
    expect([ids, held, unlisted, asked.length]).toEqual([NONE, 2, undefined, 2]);
  });

  it("finds what is missing, different, gone, and changed after the range", async () => {
    const { ids } = await compare({
      listed: { missing: 1, older: 5, newer: 3, same: 9 },
      now: { missing: 1, older: 5, newer: 3, same: 9, changed: 200 },
      held: { older: 4, newer: 8, same: 9, gone: 2, changed: 7 },
    });
    expect(ids).toEqual({
      missing: ["missing"],
      different: ["newer", "older"],
      gone: ["gone"],
      changed: ["changed"],
    });
  });

  it("drops differences that have disappeared when the record is requested again", async () => {
    const { ids } = await compare({
      listed: { deleted: 1, moved: 2, back: 3 },
      now: { moved: 300, back: 4, late: 5 },
      held: { back: 4, late: 5 },
    });
    expect(ids).toEqual(NONE);
  });

  it("requests two hundred ids at a time", async () => {
    const listed = Object.fromEntries(Array.from({ length: 401 }, (_, index) => [`id${index}`, index % 90]));
    const { ids, asked } = await compare({ listed, held: {} });
    expect(ids.missing).toHaveLength(401);
    expect(asked.filter((statement) => statement.includes("Id in ("))).toHaveLength(3);
  });

  it("trusts the list if a record cannot be requested by its id", async () => {
    const spec = resolveSpec(
      "rates.yml",
      { version: 1, entity: "ExchangeRate", key: ["Id", "MetaData.LastUpdatedTime"] },
      [""],
    );
    const at = (seconds: number) => new Date(seconds * SECOND).toISOString();
    const { ids } = await compare({ listed: { a: 1 }, held: { b: 2 }, spec });
    expect(ids).toEqual({ ...NONE, missing: [`a|${at(1)}`], gone: ["b"] });
    const snapshot = { ...SPEC, cursor: null };
    const without = await compare({ listed: { a: 1 }, held: { b: 2 }, counted: 1, spec: snapshot });
    expect(without.ids).toEqual({ ...NONE, missing: ["a"], gone: ["b"] });
  });

  it("lists twice before it reports that the source counts more than it lists", async () => {
    const { unlisted, asked } = await compare({ listed: { a: 1 }, held: { a: 1 }, counted: 3 });
    expect(unlisted).toEqual({ listed: 1, counted: 3 });
    expect(asked).toHaveLength(4);
    const fewer = await compare({ listed: { a: 1, b: 2 }, held: { a: 1, b: 2 }, counted: 1 });
    expect(fewer.unlisted).toBeUndefined();
  });

  it("looks for records after the last one if the API does not count", async () => {
    const { unlisted, asked } = await compare({ listed: { a: 1 }, held: { a: 1 }, counted: "refused" });
    expect(unlisted).toBeUndefined();
    expect(JSON.parse(asked.at(-1) ?? "")).toMatchObject({ interval: { from: 2000, to: 100_000 }, limit: 1 });
    const last = await compare({ listed: { a: 99 }, held: { a: 99 }, counted: "refused" });
    expect(last.asked).toHaveLength(2);
  });
});

describe("a record that has changed", () => {
  const early = { from: 0, to: 10 * SECOND };
  const late = { from: 20 * SECOND, to: 30 * SECOND };
  const compareIn = (now: Record<string, number>) =>
    compare({ listed: {}, now, held: { a: 5 }, counted: 0, spans: [early, late] });

  it.each([0, 9, 20, 29])("is different if it is within any of the spans: %i", async (at) => {
    expect((await compareIn({ a: at })).ids).toEqual({ ...NONE, different: ["a"] });
  });

  it.each([10, 15, 30, 99])("was changed after the range if it is in none of the spans: %i", async (at) => {
    expect((await compareIn({ a: at })).ids).toEqual({ ...NONE, changed: ["a"] });
  });

  it("is requested by its id, in one statement", async () => {
    const { asked } = await compareIn({ a: 5 });
    expect(JSON.parse(asked.at(-1) ?? "")).toEqual({
      page: "select * from Customer where Id in ('a')",
      interval: null,
      start: 1,
      limit: 1000,
    });
  });

  it.each([
    ["it has no cursor", { ...SPEC, cursor: null }],
    ["it is wrapped", { ...SPEC, wrapped: true }],
    ["its key is another", { ...SPEC, key: ["MetaData.LastUpdatedTime"] }],
    ["its key has several parts", { ...SPEC, key: ["Id", "MetaData.LastUpdatedTime"] }],
  ])("is reported without a second look if %s", async (_, spec) => {
    const { asked, ids } = await compare({ listed: {}, held: { a: 5 }, counted: 0, spec });
    expect(asked.some((statement) => statement.includes("Id in ("))).toBe(false);
    expect(ids).toEqual({ ...NONE, gone: ["a"] });
  });

  it("is different if only the list is known", async () => {
    const spec = { ...SPEC, key: ["Id", "SyncToken"] };
    const found: RecordDifference = { id: "a", kind: "older", held: 1, listed: 2 };
    const comparison: Comparison = {
      add: async () => undefined,
      differences: async () => ({ found: [found], total: 1, held: 1 }),
    };
    const source: Source = {
      page: async () => ({ text: "", records: [], asOf: 0, behind: 0 }),
      count: async () => 0,
      calls: () => 0,
    };
    const ports = { source, statements, comparison };
    const { differences } = await compareRecords(spec, [SPAN], ports, new AbortController().signal);
    expect(differences).toEqual({ ...NONE, different: [found] });
  });
});

describe("the description of differences", () => {
  const difference = (id: string, held?: number, listed?: number): RecordDifference => ({
    id,
    kind: "missing",
    held,
    listed,
  });

  it("names ten records and counts the others", () => {
    const all = Array.from({ length: 12 }, (_, index) => difference(String(index)));
    expect(namesOf(all.slice(0, 10))).toBe("0, 1, 2, 3, 4, 5, 6, 7, 8, 9");
    expect(namesOf(all)).toBe("0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more");
  });

  it("names the days to read again, but none for a set without a cursor", () => {
    const one = Date.UTC(2026, 0, 5, 23);
    const other = Date.UTC(2026, 0, 7, 1);
    expect(commandFor(SPEC, [difference("a", undefined, other), difference("b", one)])).toBe(
      "qbo run customers --from 2026-01-05 --to 2026-01-08",
    );
    expect(commandFor(SPEC, [difference("a")])).toBe("qbo run customers");
  });
});
