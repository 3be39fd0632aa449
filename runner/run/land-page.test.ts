import { describe, expect, it } from "vitest";
import { CUSTOMERS, PlainLanding, PlainSource, portsOf } from "../../test/support/plain-source.ts";
import { RunnerError } from "../errors.ts";
import { NO_CHANGES } from "../ports/changes.ts";
import type { Landed, Landing, Loaded, PageLoad } from "../ports/landing.ts";
import { landPage, type PageAnswer } from "./land-page.ts";
import { readRows } from "./read-rows.ts";
import { Tallies } from "./tallies.ts";

const WINDOWS = [
  { from: 0, to: 10_000 },
  { from: 10_000, to: 20_000 },
];

const record = (Id: string, at: number, members: object = {}) => ({
  Id,
  MetaData: { LastUpdatedTime: new Date(at).toISOString() },
  ...members,
});
const landed = (from: number, more: Partial<Landed>): Landed => ({
  ...NO_CHANGES,
  from,
  collided: 0,
  discarded: 0,
  ...more,
});

interface Scene {
  readonly records?: readonly object[];
  /** What the database did with the page; undefined if it does not report anything. */
  readonly loaded?: Loaded | undefined;
  readonly withTexts?: boolean;
}

async function land({ records, loaded = { landed: [], rejected: [] }, withTexts = false }: Scene) {
  const order: string[] = [];
  const loads: PageLoad[] = [];
  const landing: Landing = Object.assign(new PlainLanding(), {
    prepare: async () => void order.push("prepare"),
    load: async (page: PageLoad, close: (loaded: Loaded) => unknown) => {
      order.push("load");
      loads.push(page);
      close(loaded);
    },
  });
  const tallies = new Tallies(WINDOWS);
  const texts = records?.map((one) => JSON.stringify(one)) ?? [];
  const list = Object.assign(
    [...(records ?? [])],
    withTexts ? { textAt: (at: number) => texts[at] ?? "" } : {},
  );
  const answer: PageAnswer | undefined =
    records === undefined
      ? undefined
      : {
          page: { text: `{"records":[${texts.join(",")}]}`, records: list, asOf: 1, behind: 7 },
          statement: "select",
          limit: 5,
          askedAt: 11,
          receivedAt: 12,
        };
  let clock = 100;
  const ports = { ...portsOf(new PlainSource(new Map()), landing), monotonic: () => (clock += 20.4) };
  const fresh = readRows(CUSTOMERS, list);
  const job = { spec: CUSTOMERS, tallies, answer, fresh, completeTo: 10_000, startedAt: 100 };
  return { done: await landPage(job, ports), load: loads[0], order, tallies };
}

/** The failure of a promise, which must have a hint. */
const failureOf = async (promise: Promise<unknown>): Promise<RunnerError> => {
  const failure: unknown = await promise.catch((error: unknown) => error);
  if (!(failure instanceof RunnerError)) throw new Error("no failure");
  expect(failure.hint).toMatch(/./);
  return failure;
};

describe("a page", () => {
  it("is loaded as it came, with the window of each record and the request", async () => {
    const { load, order, done } = await land({
      records: [record("a", 5000), record("b", 12_000)],
      loaded: {
        landed: [landed(0, { rows: 1, updated: 1 }), landed(10_000, { rows: 1, stale: 1 })],
        rejected: [],
      },
    });
    expect(order).toEqual(["prepare", "load"]);
    expect(load).toMatchObject({
      text: expect.stringContaining('{"records":[{"Id":"a"'),
      taken: [
        { ordinal: 1, id: "a", window: WINDOWS[0], pageNumber: 1 },
        { ordinal: 2, id: "b", window: WINDOWS[1], pageNumber: 1 },
      ],
      askedAt: 11,
      receivedAt: 12,
      behind: 7,
      pageSize: 5,
      request: { project: "test", statement: "select" },
    });
    expect(done).toEqual({
      changes: { rows: 2, inserted: 0, updated: 1, unchanged: 0, stale: 1 },
      durationMs: 20,
      closed: [expect.objectContaining({ from: 0, rows: 1, updated: 1, status: "sealed" })],
      escaped: [],
      rejected: [],
    });
  });

  it("without records still closes windows", async () => {
    const { load, done } = await land({});
    expect(load).toMatchObject({ text: "{}", taken: [], request: { project: "test", statement: "" } });
    expect(load?.textOf(1)).toBeUndefined();
    expect(done.closed.map(({ from }) => from)).toEqual([0]);
    expect(done.escaped).toEqual([]);
  });

  it("gives each record's own text if the answer has the usual form", async () => {
    const records = [record("a", 1), record("b", 2, { Name: "\u0000" })];
    const { load } = await land({ records, withTexts: true });
    expect([1, 2].map((ordinal) => load?.textOf(ordinal))).toEqual(records.map((one) => JSON.stringify(one)));
    expect(load?.storableOf(2)).toContain("\\\\u0000");
    const odd = await land({ records });
    expect([odd.load?.textOf(1), odd.load?.storableOf(1)]).toEqual([undefined, undefined]);
  });

  it("keeps characters that PostgreSQL cannot hold as text, and reports their records", async () => {
    const { load, done } = await land({
      records: [record("a", 1), record("b", 2, { Name: "x\u0000" }), record("c", 3, { "\ud800": 1 })],
    });
    expect(done.escaped).toEqual(["b", "c"]);
    expect(load?.text).toContain('"x\\\\u0000"');
    expect((await land({ records: [record("a", 1)] })).done.escaped).toEqual([]);
  });

  it("counts for its windows only after it is committed", async () => {
    const { tallies } = await land({
      records: [record("b", 12_000)],
      loaded: { landed: [landed(10_000, { rows: 1, inserted: 1 })], rejected: [] },
    });
    expect(tallies.failed("x")).toMatchObject([{ from: 10_000, rows: 1, pages: 1 }]);
  });
});

describe("a key that does not tell records apart", () => {
  it("fails the entity, both within a page and in the table", async () => {
    const twice = land({ records: [record("a", 1), record("a", 2)] });
    expect(await failureOf(twice)).toMatchObject({ code: "KEY_NOT_UNIQUE" });
    const collided = land({
      records: [record("a", 1)],
      loaded: { landed: [landed(0, { rows: 1 }), landed(10_000, { collided: 1 })], rejected: [] },
    });
    expect(await failureOf(collided)).toMatchObject({
      code: "KEY_NOT_UNIQUE",
      message: "the key [Id] is the same for several different records of Customer",
    });
  });

  it("is not assumed if the same record came twice", async () => {
    const { load } = await land({ records: [record("a", 1), record("b", 1), record("a", 1)] });
    expect(load?.taken.map(({ ordinal }) => ordinal)).toEqual([3, 2]);
  });
});

describe("records that the table did not keep", () => {
  it.each([
    [1, "raw.qb_customers did not keep 1 record of a page"],
    [3, "raw.qb_customers did not keep 3 records of a page"],
  ])("fail the entity: %i", async (discarded, message) => {
    const loaded = { landed: [landed(0, { rows: 1 }), landed(10_000, { rows: 3, discarded })], rejected: [] };
    expect(await failureOf(land({ records: [], loaded }))).toMatchObject({ code: "ROWS_DISCARDED", message });
  });
});
