import { describe, expect, it } from "vitest";
import {
  type Behaviour,
  CUSTOMERS,
  PlainLanding,
  PlainSource,
  portsOf,
} from "../../test/support/plain-source.ts";
import { RunnerError } from "../errors.ts";
import type { RunEvent } from "../events.ts";
import type { Landing, WindowRecord } from "../ports/landing.ts";
import type { EntityJob } from "./entity-job.ts";
import { runEntity } from "./run-entity.ts";
import { runSpecs } from "./run-specs.ts";

const DAY = 86_400_000;
const SPAN = { from: 0, to: 3 * DAY };
const RECORDS = new Map([
  ["a", 1000],
  ["b", DAY + 1000],
  ["c", DAY + 2000],
]);

interface Scene {
  readonly job?: Partial<EntityJob>;
  readonly landing?: Partial<Landing>;
  readonly behaviour?: Behaviour;
  readonly held?: ReadonlyMap<string, number>;
}

async function run({ job, landing: more = {}, behaviour, held = new Map() }: Scene) {
  const proven: WindowRecord[] = [];
  let counted = 0;
  const landing = new PlainLanding(held);
  const countByWindow = landing.countByWindow.bind(landing);
  Object.assign(
    landing,
    {
      recordProof: async (_: unknown, windows: readonly WindowRecord[]) => void proven.push(...windows),
      countByWindow: async (...args: Parameters<Landing["countByWindow"]>) => {
        counted++;
        return countByWindow(...args);
      },
    },
    more,
  );
  const source = new PlainSource(RECORDS, behaviour);
  const events: RunEvent[] = [];
  let clock = 5000;
  const result = await runEntity(
    {
      spec: CUSTOMERS,
      spans: [SPAN],
      pageSize: 10,
      strategy: "sweep",
      maxLanes: 1,
      resume: false,
      reliesOnSeals: false,
      index: 1,
      total: 1,
      ...job,
    },
    { ...portsOf(source, landing), monotonic: () => (clock += 10) },
    (event) => events.push(event),
    new AbortController().signal,
  );
  return { result, landing, source, events, proven, counted: () => counted };
}

describe("an entity", () => {
  it("is read and proven, and its duration is measured", async () => {
    const { result, proven, counted } = await run({});
    expect(result).toMatchObject({ status: "success", rows: 3, inserted: 3, source_count: 3, failure: null });
    expect(result.duration_ms).toBeGreaterThan(0);
    expect(result.duration_ms).toBeLessThan(1000);
    expect(proven.map(({ sourceCount }) => sourceCount)).toEqual([1, 2, 0]);
    // Nothing can vanish from a table that held nothing.
    expect(counted()).toBe(0);
  });

  it("reports what has vanished from windows that the table already held", async () => {
    const held = new Map([...RECORDS, ["gone", DAY + 3000], ["later", 5 * DAY]] as [string, number][]);
    const { result, counted } = await run({ held, landing: { holds: async () => true } });
    expect(result.windows.map(({ vanished }) => vanished)).toEqual([0, 1, 0]);
    expect(result.vanished).toBe(1);
    expect(counted()).toBe(1);
  });

  it("without a cursor reports nothing vanished, and is proven by its reading", async () => {
    const { result, proven, counted } = await run({
      job: { spec: { ...CUSTOMERS, cursor: null } },
      held: new Map([["gone", 1]]),
      landing: { holds: async () => true },
    });
    expect(result).toMatchObject({ status: "success", vanished: 0, source_count: null });
    expect(proven).toMatchObject([{ rows: 3, sourceCount: 3 }]);
    expect(counted()).toBe(0);
  });

  it("without a cursor is read again whatever an earlier run has left unproven", async () => {
    const earlier = { ...SPAN, rows: 3, status: "sealed" } as WindowRecord;
    const { result } = await run({
      job: { spec: { ...CUSTOMERS, cursor: null }, resume: true },
      landing: { unproven: async () => [earlier] },
    });
    expect(result.rows).toBe(3);
  });

  it("counts what a proof reads again", async () => {
    let left = 1;
    const { result, events } = await run({
      behaviour: {
        page: (found, { query }) =>
          query.startsWith("select *") && left-- > 0 ? found.filter((id) => id !== "b") : found,
      },
    });
    expect(result).toMatchObject({ status: "success", rows: 4, pages: 2 });
    expect(events.filter(({ type }) => type === "page_loaded")).toHaveLength(2);
    expect(result.windows.map(({ rows }) => rows)).toEqual([1, 2, 0]);
  });

  it("reads each span on its own, with one query per window if that is the strategy", async () => {
    const spans = [
      { from: 0, to: DAY },
      { from: 2 * DAY, to: 3 * DAY },
    ];
    const swept = await run({ job: { spans } });
    expect(swept.landing.rows.size).toBe(1);
    expect(swept.result.windows.map(({ window_start_utc }) => window_start_utc.slice(0, 10))).toEqual([
      "1970-01-01",
      "1970-01-03",
    ]);
    const windowed = await run({ job: { strategy: "windowed" } });
    expect(windowed.source.asked.filter(({ what }) => what === "page")).toHaveLength(3);
    expect(windowed.landing.rows.size).toBe(3);
  });

  it("fails with a code, a message and a hint", async () => {
    const failing = (hint?: string): Behaviour => ({
      page: () => {
        throw new RunnerError("QBO_UNAVAILABLE", "away", hint === undefined ? {} : { hint });
      },
    });
    const { result } = await run({ behaviour: failing("come again") });
    expect(result.failure).toEqual({ code: "QBO_UNAVAILABLE", message: "away", hint: "come again" });
    expect((await run({ behaviour: failing() })).result.failure?.hint).toBeNull();
  });

  it("may rely on the seals of a table that matches the ledger", async () => {
    const { result } = await run({ job: { reliesOnSeals: true } });
    expect(result).toMatchObject({ status: "success", failure: null, rows: 3 });
  });

  it("fails if its table does not match the ledger before or after the reading", async () => {
    const changed = "raw.qb_customers lacks rows";
    const before = await run({
      job: { reliesOnSeals: true },
      landing: { verify: async () => ({ rows: 7, changed }) },
    });
    expect(before.result.failure).toMatchObject({
      code: "TABLE_CHANGED",
      message: `${changed} while this run was loading it`,
    });
    expect(before.result.failure?.hint).toBeTruthy();
    expect(before.source.asked).toEqual([]);
    let times = 0;
    const after = await run({
      landing: { verify: async () => ({ rows: 7, changed: ++times === 2 ? changed : undefined }) },
    });
    expect(after.result.failure).toMatchObject({ code: "TABLE_CHANGED" });
    expect(after.landing.rows.size).toBe(3);
    let once = 0;
    const without = await run({
      landing: { verify: async () => ({ rows: 7, changed: ++once === 1 ? changed : undefined }) },
    });
    expect(without.result.failure).toBeNull();
  });
});

it("entities of a run are numbered", async () => {
  const events: RunEvent[] = [];
  const { source: _, ...ports } = portsOf(new PlainSource(RECORDS), new PlainLanding());
  await runSpecs(
    [CUSTOMERS, { ...CUSTOMERS, name: "others" }].map((spec) => ({
      spec,
      spans: [SPAN],
      reliesOnSeals: false,
    })),
    { pageSize: undefined, strategy: "sweep", failFast: false, threads: 1, resume: false, maxLanes: 1 },
    { ...ports, openSource: () => new PlainSource(RECORDS) },
    (event) => events.push(event),
    new AbortController().signal,
  );
  expect(
    events.flatMap((event) =>
      event.type === "entity_started" ? [[event.index, event.total, event.name]] : [],
    ),
  ).toEqual([
    [1, 2, "customers"],
    [2, 2, "others"],
  ]);
});
