import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  Company,
  MemoryLanding,
  NOW,
  RANGE,
  recordsIn,
  STATEMENTS,
  type Storm,
  storms,
  weather,
} from "./storm.ts";

const RUNS = Number(process.env["QBO_STORMS"] ?? 2000);
const seed = Number(process.env["QBO_SEED"] ?? Date.now() % 2 ** 31);
console.log(
  `storms: ${RUNS} of each, seed ${seed} (QBO_SEED=${seed} repeats them, QBO_STORMS sets how many)`,
);
const parameters = { numRuns: RUNS, seed };

/** The ids that RAW lacks. It must hold every record that is in the range now, in its current version. */
function missing({ company, landing }: { company: Company; landing: MemoryLanding }): string[] {
  return [...company.customers()]
    .filter(([, { cursor }]) => cursor >= RANGE.from && cursor < RANGE.to)
    .filter(([id, { raw }]) => landing.rows.get(id)?.raw !== raw)
    .map(([id]) => id);
}

async function survives(storm: Storm, statements = STATEMENTS): Promise<void> {
  const weathered = await weather(storm, { statements });
  const { result, landing } = weathered;
  expect(result.failure).toBeNull();
  expect(missing(weathered)).toEqual([]);
  for (const [, { cursor, window }] of landing.rows) {
    expect(cursor >= window.from && cursor < window.to).toBe(true);
  }
  const windows = [...landing.windows.values()].toSorted((a, b) => a.from - b.from);
  expect(windows.every(({ status, from }) => status === "sealed" && landing.proven.has(from))).toBe(true);
  expect(windows[0]?.from).toBe(RANGE.from);
  expect(windows.at(-1)?.to).toBe(RANGE.to);
  expect(windows.slice(1).every(({ from }, index) => from === windows[index]?.to)).toBe(true);
}

describe("in any storm", () => {
  it("nothing that stays in the range is lost, and every window is sealed", async () => {
    await fc.assert(
      fc.asyncProperty(storms, (storm) => survives(storm)),
      parameters,
    );
  });

  it("nothing is changed or duplicated: a second run without edits writes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(storms, async (storm) => {
        const calm = { ...storm, changes: [] };
        const { landing, company } = await weather(calm);
        const source = company.customers();
        expect(new Map([...landing.rows].map(([id, { raw }]) => [id, raw]))).toEqual(
          new Map([...source].map(([id, { raw }]) => [id, raw])),
        );
        const writes = landing.writes.length;
        const again = await weather(calm, { landing, company });
        expect(landing.writes.length).toBe(writes);
        expect(again.result).toMatchObject({ inserted: 0, updated: 0, stale: 0, rows: source.size });
      }),
      { ...parameters, numRuns: Math.ceil(RUNS / 2) },
    );
  });

  it("both strategies, every page size and any number of lanes load the same rows", async () => {
    await fc.assert(
      fc.asyncProperty(storms, async (storm) => {
        const calm = { ...storm, changes: [] };
        const one = await weather({ ...calm, strategy: "sweep" });
        const other = await weather({ ...calm, strategy: "windowed", pageSize: 7, lanes: 1 });
        const contents = ({ landing }: typeof one) =>
          [...landing.rows].map(([id, { raw, window }]) => [id, raw, window]).toSorted();
        expect(contents(one)).toEqual(contents(other));
      }),
      { ...parameters, numRuns: Math.ceil(RUNS / 4) },
    );
  });

  it("a slower, older read never overwrites the result of a newer one", async () => {
    await fc.assert(
      fc.asyncProperty(
        storms,
        fc.array(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 10 }),
        async (stormy, edits) => {
          const storm: Storm = { ...stormy, strategy: "sweep", window: "day" };
          const old = new Company({ ...storm, changes: [] });
          const newer = new Company({
            ...storm,
            changes: edits.map((customer) => ({ before: 0, what: "edit", customer })),
          });
          newer.answer("select count(*) from Customer");
          const landing = new MemoryLanding();
          const everything = { from: RANGE.from, to: Date.UTC(2026, 6, 1) };
          await weather({ ...storm, changes: [] }, { landing, company: newer, range: everything });
          const before = new Map(landing.rows);
          // The older read was requested before the newer one arrived, and arrives after it.
          landing.askedAt = NOW;
          const late = await weather({ ...storm, changes: [] }, { landing, company: old });
          expect(new Map(landing.rows)).toEqual(before);
          expect(late.result.updated).toBe(0);
        },
      ),
      { ...parameters, numRuns: Math.ceil(RUNS / 4) },
    );
  });

  it("the number of calls is close to the minimum if no second is crowded", async () => {
    // Records are spread evenly, or all at the beginning or at the end, as after an import.
    const spread = fc.tuple(storms, fc.constantFrom(1000, 1, -1)).map(
      ([storm, step]): Storm => ({
        ...storm,
        strategy: "sweep",
        changes: [],
        customers: storm.customers.map((_, index) => (step < 0 ? 4 * 86_400 - 1 - index : index * step)),
      }),
    );
    await fc.assert(
      fc.asyncProperty(spread, async (storm) => {
        const { calls, result } = await weather({ ...storm, pageSize: Math.max(5, storm.pageSize) });
        // A page repeats one record of the page before. Each lane, one per ten pages, can end with a page that is not
        // full.
        const pageSize = Math.max(5, storm.pageSize);
        const fewest = Math.floor(result.rows / (pageSize - 1)) + 1 + 1;
        expect(calls).toBeLessThanOrEqual(fewest + Math.floor(fewest / 10));
      }),
      { ...parameters, numRuns: Math.ceil(RUNS / 4) },
    );
  });
});

describe("the storms are strong enough to detect", () => {
  it("a sweep that continues after the last cursor instead of at it", async () => {
    const exclusive = {
      ...STATEMENTS,
      page: (...args: Parameters<typeof STATEMENTS.page>) => {
        const statement = STATEMENTS.page(...args);
        return args[1].interval?.from === RANGE.from
          ? statement
          : statement.replace("LastUpdatedTime >=", "LastUpdatedTime >");
      },
    };
    const found = await fc.check(
      fc.asyncProperty(storms, (storm) => survives(storm, exclusive)),
      parameters,
    );
    expect(found.failed).toBe(true);
  });

  it("that plain offset paging loses rows", async () => {
    const found = await fc.check(
      fc.asyncProperty(storms, async (storm) => {
        const company = new Company(storm);
        const read = new Map<string, string>();
        for (let start = 1; ; start += storm.pageSize) {
          const page = recordsIn(
            company.answer(
              `select * from Customer where Active in (true, false) and MetaData.LastUpdatedTime < '2026-01-05T00:00:00Z' order by MetaData.LastUpdatedTime startposition ${start} maxresults ${storm.pageSize}`,
            ),
          );
          for (const { id, raw } of page) read.set(id, raw);
          if (page.length < storm.pageSize) break;
        }
        const lost = [...company.customers()].filter(
          ([id, { cursor, raw }]) => cursor < RANGE.to && read.get(id) !== raw,
        );
        expect(lost).toEqual([]);
      }),
      parameters,
    );
    expect(found.failed).toBe(true);
  });
});
