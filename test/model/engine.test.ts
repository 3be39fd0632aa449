import { describe, expect, it } from "vitest";
import { CountRefused, PageRefused, RunnerError } from "../../runner/errors.ts";
import type { RunEvent } from "../../runner/events.ts";
import { NO_CHANGES } from "../../runner/ports/changes.ts";
import type { WindowRecord } from "../../runner/ports/landing.ts";
import type { Source } from "../../runner/ports/source.ts";
import { Company, MemoryLanding, NOW, RANGE, SPEC, type Storm, weather } from "./storm.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** A company without changes, with its customers given in seconds after the start of the range. Ids count from 1. */
const calm = (customers: readonly number[], rest: Partial<Storm> = {}): Storm => ({
  customers,
  changes: [],
  pageSize: 10,
  lanes: 1,
  strategy: "sweep",
  window: "day",
  ...rest,
});

/** Customers spread evenly over the four days of the range. */
const spread = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.floor((index * 4 * 86_400) / count));

/** Pages of whole records that contain one of these ids cannot be read. */
const poison =
  (ids: readonly string[], code: "QBO_POISON_RECORD" | "QBO_UNAVAILABLE" = "QBO_POISON_RECORD") =>
  (inner: Source): Source => ({
    ...inner,
    page: async (statement, key, signal) => {
      const page = await inner.page(statement, key, signal);
      const found = recordsOf(page.text).some(({ Id }) => ids.includes(Id));
      if (found && statement.startsWith("select *"))
        throw new PageRefused(code, "the API cannot give this page");
      return page;
    },
  });

/** Leaves records out of the pages of whole records, the given number of times. */
const withholding =
  (ids: readonly string[], times: number) =>
  (inner: Source): Source => {
    let left = times;
    return {
      ...inner,
      page: async (statement, key, signal) => {
        const page = await inner.page(statement, key, signal);
        const records = recordsOf(page.text);
        const kept = records.filter(({ Id }) => !ids.includes(Id));
        if (!statement.startsWith("select *") || kept.length === records.length || left-- <= 0) return page;
        return { ...page, text: JSON.stringify({ QueryResponse: { Customer: kept } }), records: kept };
      },
    };
  };

const uncounted = (inner: Source): Source => ({
  ...inner,
  count: async () => {
    throw new CountRefused("QBO_NOT_COUNTED", "not counted");
  },
});

const recordsOf = (text: string): { Id: string }[] => JSON.parse(text).QueryResponse.Customer ?? [];
const statuses = ({ windows }: MemoryLanding): string[] =>
  [...windows.values()].toSorted((a, b) => a.from - b.from).map(({ status }) => status);
const provenIn = (landing: MemoryLanding): number => landing.proven.size;

function listening(): { log: (event: RunEvent) => void; events: RunEvent[] } {
  const events: RunEvent[] = [];
  return { log: (event) => void events.push(event), events };
}

describe("a window is sealed", () => {
  it("only if it ended five minutes before it was requested", async () => {
    const range = { from: NOW - 3 * HOUR, to: NOW + HOUR };
    const storm = calm([], { window: "hour" });
    for (const [late, expected] of [
      [0, ["sealed", "sealed", "open", "open"]],
      [5 * 60_000 - 5000, ["sealed", "sealed", "open", "open"]],
      [5 * 60_000, ["sealed", "sealed", "sealed", "open"]],
    ] as const) {
      const company = new Company(storm);
      company.world.clock.advance(late);
      expect(statuses((await weather(storm, { company, range })).landing)).toEqual(expected);
    }
  });

  it("by the time in the page, not by that of this machine", async () => {
    const range = { from: NOW - 3 * HOUR, to: NOW };
    const behind = (inner: Source): Source => ({
      ...inner,
      page: async (...args) => {
        const page = await inner.page(...args);
        return { ...page, asOf: page.asOf - 2 * HOUR };
      },
    });
    const { landing } = await weather(calm([], { window: "hour" }), { range, before: behind });
    expect(statuses(landing)).toEqual(["open", "open", "open"]);
  });

  it("in order, with what each page contained and the time it took", async () => {
    let clock = 0;
    const storm = calm(spread(40), { pageSize: 7 });
    const { landing, result } = await weather(storm, { monotonic: () => clock++ * 10 });
    const windows = [...landing.windows.values()];
    expect(windows.map(({ rows }) => rows)).toEqual([10, 10, 10, 10]);
    expect(windows.map(({ from }) => from)).toEqual([0, 1, 2, 3].map((day) => RANGE.from + day * DAY));
    const shared = windows.reduce((sum, { durationMs }) => sum + durationMs, 0);
    expect(windows.every(({ durationMs }) => durationMs > 0)).toBe(true);
    expect(shared).toBeLessThanOrEqual(result.duration_ms);
    // Seven pages of ten milliseconds each. Except for rounding, no time is lost and none is counted twice.
    expect(Math.abs(shared - 70)).toBeLessThanOrEqual(8);
    expect(result).toMatchObject({ rows: 40, inserted: 40, pages: 7, source_count: 40, status: "success" });
    expect(landing.tidied).toBe(1);
  });
});

describe("a poison record", () => {
  it("is skipped and named, its window fails, and all others are sealed and proven", async () => {
    const { log, events } = listening();
    const { landing, result } = await weather(calm(spread(40)), { before: poison(["17"]), log });
    expect(landing.rows.has("17")).toBe(false);
    expect(landing.rows.size).toBe(39);
    expect(statuses(landing)).toEqual(["sealed", "failed", "sealed", "sealed"]);
    expect(provenIn(landing)).toBe(3);
    expect(result).toMatchObject({ status: "partial success", failure: { code: "QBO_POISON_RECORD" } });
    expect(result.failure?.message).toMatch(/^Customer 17 of 2026-01-02T14:24:00Z cannot be read: /);
    expect(events.filter(({ type }) => type === "notice")).toHaveLength(1);
    expect(result.windows[1]?.error).toContain("Customer 17");
  });

  it("is reported with the number of the others", async () => {
    const { result } = await weather(calm(spread(40)), { before: poison(["5", "17", "30"]) });
    expect(result.failure?.message).toMatch(/Customer 5 of .* \(and 2 more\)$/);
  });

  it("counts as a record only until the API is to blame: after eight in a row, or three that time out", async () => {
    const ids = (from: number, count: number) => Array.from({ length: count }, (_, at) => String(from + at));
    const dense = calm(Array(20).fill(50), { pageSize: 5 });
    const seven = await weather(dense, { before: poison(ids(5, 7)) });
    expect(seven.landing.rows.size).toBe(13);
    const eight = await weather(dense, { before: poison(ids(5, 8)) });
    expect(eight.result.failure).toMatchObject({
      code: "QBO_POISON_RECORD",
      message: "the API cannot give this page",
    });
    expect(eight.landing.marked).toEqual(["QBO_POISON_RECORD"]);
    // A page in between restarts the count.
    const apart = await weather(dense, { before: poison([...ids(3, 5), ...ids(10, 5)]) });
    expect(apart.landing.rows.size).toBe(10);
    const two = await weather(dense, { before: poison(ids(5, 2), "QBO_UNAVAILABLE") });
    expect(two.landing.rows.size).toBe(18);
    const three = await weather(dense, { before: poison(ids(5, 3), "QBO_UNAVAILABLE") });
    expect(three.result.failure).toMatchObject({ code: "QBO_UNAVAILABLE" });
  });

  it("that cannot be named is reported by its place", async () => {
    const unnamed = (inner: Source): Source => {
      const poisoned = poison(["17"])(inner);
      return {
        ...poisoned,
        page: async (statement, key, signal) => {
          if (statement.startsWith("select Id from"))
            throw new RunnerError("QBO_QUERY_REFUSED", "no projection");
          return poisoned.page(statement, key, signal);
        },
      };
    };
    const { result } = await weather(calm(spread(40)), { before: unnamed });
    expect(result.failure?.message).toMatch(/^a record of Customer of 2026-01-02T14:24:00Z cannot be read/);
  });

  it("ends an entity without paging, which cannot be read in parts", async () => {
    const spec = { ...SPEC, paging: false, cursor: null };
    const { result } = await weather(calm([1]), { before: poison(["1"]), spec });
    expect(result.failure).toMatchObject({ code: "QBO_POISON_RECORD" });
  });

  it("is not searched for if the API does not count", async () => {
    const before = (inner: Source) => uncounted(poison(["17"])(inner));
    const { result } = await weather(calm(spread(40)), { before });
    expect(result.failure).toMatchObject({ code: "QBO_NOT_COUNTED" });
  });
});

describe("the proof", () => {
  it("reads again what the source lists and the table lacks, and only the window that contains it", async () => {
    const { log, events } = listening();
    const { landing, result } = await weather(calm(spread(40), { pageSize: 1000 }), {
      before: withholding(["17"], 1),
      log,
    });
    expect(result.failure).toBeNull();
    expect(landing.rows.size).toBe(40);
    expect(provenIn(landing)).toBe(4);
    expect(landing.unsealed).toEqual([{ from: RANGE.from + DAY, to: RANGE.from + 2 * DAY }]);
    expect(events.filter(({ type }) => type === "proof_mismatch")).toMatchObject([
      { window_start_utc: "2026-01-02T00:00:00Z", rows: 9, source_count: 10 },
    ]);
  });

  it("names what never arrives, unseals its window, and proves the others", async () => {
    const { landing, result } = await weather(calm(spread(40)), { before: withholding(["17"], 1000) });
    expect(result).toMatchObject({ status: "partial success", failure: { code: "PROOF_FAILED" } });
    expect(result.failure?.message).toBe(
      "Customer from 2026-01-02T00:00:00Z to 2026-01-03T00:00:00Z: 1 record that the source lists was not in any page: 17",
    );
    expect(statuses(landing)).toEqual(["sealed", "failed", "sealed", "sealed"]);
    expect(provenIn(landing)).toBe(3);
  });

  it("names ten, and says that there are more", async () => {
    const ids = Array.from({ length: 12 }, (_, index) => String(index + 1));
    const { result } = await weather(calm(spread(16), { pageSize: 20 }), { before: withholding(ids, 1000) });
    expect(result.failure?.message).toContain("(and 2 more windows): 12 records");
    expect(result.failure?.message).toContain("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …");
  });

  it("accepts that records have left meanwhile", async () => {
    const { log, events } = listening();
    const changes = [{ before: 4, what: "edit", customer: 3 } as const];
    const { landing, result } = await weather(calm(spread(40), { changes, pageSize: 15 }), { log });
    expect(result.failure).toBeNull();
    expect(provenIn(landing)).toBe(4);
    expect(events.some(({ type }) => type === "proof_mismatch")).toBe(false);
  });

  it("is a list if the API does not count, and then reports no count", async () => {
    const { landing, result } = await weather(calm(spread(40)), { before: uncounted });
    expect(result).toMatchObject({ status: "success", source_count: null, rows: 40 });
    expect(provenIn(landing)).toBe(4);
    expect([...landing.windows.values()].every(({ status }) => status === "sealed")).toBe(true);
    const lost = await weather(calm(spread(40)), {
      before: (inner) => uncounted(withholding(["17"], 1)(inner)),
    });
    expect(lost.landing.rows.size).toBe(40);
    expect(lost.result.failure).toBeNull();
  });

  it("trusts neither a list that is shorter than the count nor pages that are cut short", async () => {
    const cut = (inner: Source): Source => ({
      ...inner,
      page: async (statement, key, signal) => {
        const page = await inner.page(statement, key, signal);
        const kept = recordsOf(page.text).slice(0, 3);
        return { ...page, text: JSON.stringify({ QueryResponse: { Customer: kept } }), records: kept };
      },
    });
    const { result, landing } = await weather(calm(spread(40)), { before: cut });
    expect(result.failure).toMatchObject({ code: "PROOF_FAILED" });
    expect(result.failure?.message).toMatch(/the source lists 3 records but has at least \d+/);
    expect(landing.rows.size).toBeLessThan(40);
    const both = await weather(calm(spread(40)), { before: (inner) => uncounted(cut(inner)) });
    expect(both.result.failure).toMatchObject({ code: "PROOF_FAILED" });
  });

  it("gives up if the counts are wrong for every window", async () => {
    const more = (inner: Source): Source => ({
      ...inner,
      count: async (statement, signal) => {
        const interval = /'([^']+)' and \S+ < '([^']+)'/.exec(statement);
        const days = (Date.parse(interval?.[2] ?? "") - Date.parse(interval?.[1] ?? "")) / HOUR;
        return (await inner.count(statement, signal)) + days;
      },
    });
    const { calls, result } = await weather(calm(spread(40), { window: "hour" }), { before: more });
    expect(result.failure).toMatchObject({ code: "PROOF_FAILED" });
    expect(calls).toBeLessThan(400);
  });

  it("asks for whole pages if the API does not project", async () => {
    let projections = 0;
    const refusing = (inner: Source): Source => ({
      ...withholding(["17"], 1)(inner),
      page: async (statement, key, signal) => {
        if (!statement.startsWith("select *")) {
          projections++;
          throw new RunnerError("QBO_QUERY_REFUSED", "no projection");
        }
        return withheld.page(statement, key, signal);
      },
      calls: () => {
        withheld = withholding(["17"], 1)(inner);
        return inner.calls();
      },
    });
    let withheld: Source;
    const before = (inner: Source): Source => {
      withheld = withholding(["17"], 1)(inner);
      return refusing(inner);
    };
    const { landing, result } = await weather(calm(spread(40)), { before });
    expect(result.failure).toBeNull();
    expect(landing.rows.size).toBe(40);
    expect(projections).toBe(1);
  });
});

describe("an earlier run", () => {
  const sealed = (day: number): WindowRecord => ({
    ...NO_CHANGES,
    from: RANGE.from + day * DAY,
    to: RANGE.from + (day + 1) * DAY,
    status: "sealed",
    pages: 1,
    rows: 999,
    sourceCount: null,
    durationMs: 0,
    error: null,
  });

  it("has read windows that are then proven by what the table holds and not read again", async () => {
    const storm = calm(spread(40));
    const first = await weather(storm);
    const landing = new MemoryLanding();
    for (const [id, row] of first.landing.rows) landing.rows.set(id, row);
    landing.earlier.push(sealed(0), sealed(1), sealed(3));
    const { result, calls } = await weather(storm, { landing, company: first.company, resume: true });
    expect(result).toMatchObject({ rows: 10, unchanged: 10, failure: null, source_count: 40 });
    // One count for each of the two spans, the page of the remaining day, and its count.
    expect(calls).toBe(2 + 2 + 1);
    expect(provenIn(landing)).toBe(4);
  });

  it("is ignored unless requested", async () => {
    const landing = new MemoryLanding();
    landing.earlier.push(sealed(0));
    const { result } = await weather(calm(spread(8)), { landing, resume: false });
    expect(result.rows).toBe(8);
  });

  it("has left records that are gone now: they are reported if the run read anything at all", async () => {
    const storm = calm(spread(40));
    const first = await weather(storm);
    first.company.answer("select count(*) from Customer");
    const changed = new Company({ ...storm, changes: [{ before: 0, what: "delete", customer: 4 }] });
    const { log, events } = listening();
    const again = await weather(storm, { landing: first.landing, company: changed, log });
    expect(again.result).toMatchObject({ vanished: 1, failure: null, rows: 39 });
    expect(again.result.windows.map(({ vanished }) => vanished)).toEqual([1, 0, 0, 0]);
    expect(events.filter(({ type }) => type === "notice")).toMatchObject([
      { message: expect.stringMatching(/^1 record of Customer vanished from the window 2026-01-01/) },
    ]);
    const fresh = await weather(calm(spread(4)));
    expect(fresh.result.vanished).toBe(0);
  });
});

describe("a table that is not what the ledger says", () => {
  it("ends a run that relies on its seals, but no other run", async () => {
    const landing = new MemoryLanding();
    landing.changed = "raw.qb_customers holds 0 rows but the ledger says 40";
    const relying = await weather(calm(spread(8)), { landing, reliesOnSeals: true });
    expect(relying.result).toMatchObject({ status: "error", failure: { code: "TABLE_CHANGED" }, calls: 0 });
    landing.changed = "raw.qb_customers holds 0 rows but the ledger says 40";
    const given = await weather(calm(spread(8)), { landing });
    expect(given.result.failure).toBeNull();
  });

  it("ends a run during which it changed", async () => {
    const landing = new MemoryLanding();
    const meddling = (inner: Source): Source => ({
      ...inner,
      count: async (...args) => {
        landing.changed = "raw.qb_customers holds 0 rows but the ledger says 8";
        return inner.count(...args);
      },
    });
    const { result } = await weather(calm(spread(8)), { landing, before: meddling });
    expect(result.failure).toMatchObject({
      code: "TABLE_CHANGED",
      message: "raw.qb_customers holds 0 rows but the ledger says 8 while this run was loading it",
    });
  });
});

describe("records that the table does not accept", () => {
  it("are rejected one by one, with their windows", async () => {
    const landing = new MemoryLanding();
    landing.unstorable.add("17").add("18");
    const { log, events } = listening();
    const { result } = await weather(calm(spread(40)), { landing, log });
    expect(landing.rows.size).toBe(38);
    expect(statuses(landing)).toEqual(["sealed", "failed", "sealed", "sealed"]);
    expect(result).toMatchObject({ rejected: 2, rows: 38, status: "partial success" });
    expect(result.failure).toMatchObject({
      code: "RECORD_REJECTED",
      message: "Customer 17 cannot be stored (and 1 more)",
    });
    expect(events.filter(({ type }) => type === "notice")).toHaveLength(2);
    expect(provenIn(landing)).toBe(3);
  });

  it("make the entity fail if a trigger drops them", async () => {
    const landing = new MemoryLanding();
    landing.discarding.add("17");
    const { result } = await weather(calm(spread(40), { pageSize: 1000 }), { landing });
    expect(result.failure).toMatchObject({
      code: "ROWS_DISCARDED",
      message: "raw.qb_customers did not keep 1 record of a page",
    });
    expect(statuses(landing)).toEqual(["failed"]);
  });

  it("make the entity fail if their key does not distinguish them", async () => {
    const twin = (inner: Source): Source => ({
      ...inner,
      page: async (...args) => {
        const page = await inner.page(...args);
        const records = recordsOf(page.text).map((record, index) =>
          index === 1 ? { ...record, Id: "1" } : record,
        );
        return { ...page, text: JSON.stringify({ QueryResponse: { Customer: records } }), records };
      },
    });
    const { result } = await weather(calm(spread(8)), { before: twin });
    expect(result.failure).toMatchObject({ code: "KEY_NOT_UNIQUE" });
    const same = (inner: Source): Source => ({
      ...inner,
      page: async (...args) => {
        const page = await inner.page(...args);
        const [first, ...rest] = recordsOf(page.text);
        const records = first === undefined ? [] : [first, first, ...rest];
        return { ...page, text: JSON.stringify({ QueryResponse: { Customer: records } }), records };
      },
    });
    expect((await weather(calm(spread(4)), { before: same })).landing.rows.size).toBe(4);
  });
});

describe("an entity that ends badly", () => {
  const failing =
    (error: Error, after = 0) =>
    (inner: Source): Source => {
      let left = after;
      return {
        ...inner,
        page: async (...args) => {
          if (left-- <= 0) throw error;
          return inner.page(...args);
        },
      };
    };

  it("marks the current window, and keeps what is sealed", async () => {
    const before = failing(new RunnerError("QBO_UNAVAILABLE", "away"), 2);
    const { landing, result } = await weather(calm(spread(40)), { before });
    expect(statuses(landing)).toEqual(["sealed", "failed"]);
    expect(landing.marked).toEqual(["QBO_UNAVAILABLE"]);
    expect(result).toMatchObject({
      status: "partial success",
      failure: { code: "QBO_UNAVAILABLE", message: "away" },
    });
    expect(provenIn(landing)).toBe(0);
  });

  it("is an error if nothing was loaded, and not available if the company lacks it", async () => {
    const away = await weather(calm([1]), { before: failing(new RunnerError("QBO_UNAVAILABLE", "away")) });
    expect(away.result.status).toBe("error");
    const absent = failing(new RunnerError("QBO_NOT_AVAILABLE", "no such entity"));
    const lacking = await weather(calm([1]), { before: absent });
    expect(lacking.result.status).toBe("not available");
    expect(lacking.landing.marked).toEqual([]);
    const known = new MemoryLanding();
    await weather(calm([1]), { landing: known });
    expect((await weather(calm([1]), { landing: known, before: absent })).result.status).toBe("error");
  });

  it("is a bug if the failure is not one of the runner's own", async () => {
    const bug = weather(calm([1]), { before: failing(new TypeError("undefined is not a function")) });
    await expect(bug).rejects.toThrow(TypeError);
  });

  it("is cancelled if the signal says so", async () => {
    const controller = new AbortController();
    const before = (inner: Source): Source => ({
      ...inner,
      page: async (...args) => {
        const page = await inner.page(...args);
        controller.abort("SIGTERM");
        return page;
      },
    });
    const { result } = await weather(calm(spread(40)), { before, signal: controller.signal });
    expect(result.failure).toMatchObject({ code: "CANCELLED" });
  });

  it("is explained by the sweep if the server does not do what was asked", async () => {
    const shuffled = (inner: Source): Source => ({
      ...inner,
      page: async (...args) => {
        const page = await inner.page(...args);
        const records = recordsOf(page.text).toReversed();
        return { ...page, text: JSON.stringify({ QueryResponse: { Customer: records } }), records };
      },
    });
    const { result } = await weather(calm(spread(8)), { before: shuffled });
    expect(result.failure).toMatchObject({
      code: "QBO_UNEXPECTED_ANSWER",
      message: "Customer: record 2 of the page is out of order",
    });
  });

  it("stops every lane, and is reported with the first failure", async () => {
    const before = failing(new RunnerError("QBO_UNAVAILABLE", "away"), 25);
    const storm = calm(spread(50), { pageSize: 2, lanes: 4 });
    const { result } = await weather(storm, { before });
    expect(result.failure).toMatchObject({ code: "QBO_UNAVAILABLE" });
  });
});

describe("events", () => {
  it("report everything as it happens", async () => {
    const { log, events } = listening();
    const storm = calm([10, 20, 86_410, 86_420, 86_430], { pageSize: 3 });
    await weather(storm, { log, monotonic: () => 0 });
    const told = events.map((event) =>
      "page" in event ? [event.type, event.page, event.read, event.rows, event.through] : event.type,
    );
    expect(told).toEqual([
      "entity_started",
      ["page_loaded", 1, 3, 3, "2026-01-02T00:00:10Z"],
      "window_closed",
      ["page_loaded", 2, 3, 2, "2026-01-02T00:00:30Z"],
      ["page_loaded", 3, 1, 0, "2026-01-05T00:00:00Z"],
      "window_closed",
      "window_closed",
      "window_closed",
      "entity_finished",
    ]);
    const place = { index: 1, total: 1, name: "customers", entity: "Customer", table: "raw.qb_customers" };
    expect(events[0]).toEqual({ type: "entity_started", ...place, windows: 4 });
    expect(events[2]).toMatchObject({
      ...place,
      window_start_utc: "2026-01-01T00:00:00Z",
      window_end_utc: "2026-01-02T00:00:00Z",
      status: "sealed",
      rows: 2,
    });
    expect(events.at(-1)).toMatchObject({ ...place, open_windows: 0, result: { rows: 5, pages: 2 } });
  });

  it("count windows that stay open", async () => {
    const { log, events } = listening();
    await weather(calm([], { window: "hour" }), { range: { from: NOW - 2 * HOUR, to: NOW + HOUR }, log });
    expect(events.at(-1)).toMatchObject({ open_windows: 2 });
  });

  it("name a record once if characters in it are kept as text", async () => {
    const strange = (inner: Source): Source => ({
      ...inner,
      page: async (...args) => {
        const page = await inner.page(...args);
        return {
          ...page,
          text: page.text.replace('"C2"', '"C\\u0000"'),
          records: recordsOf(page.text).map((record) =>
            record.Id === "3" ? { ...record, DisplayName: "C\u0000" } : record,
          ),
        };
      },
    });
    const { log, events } = listening();
    const { result } = await weather(calm([1, 2, 3, 4, 5], { pageSize: 3 }), { before: strange, log });
    expect(result).toMatchObject({ escaped: 1, failure: null });
    expect(events.filter(({ type }) => type === "notice")).toMatchObject([
      { message: expect.stringMatching(/^Customer 3 holds characters that PostgreSQL cannot store/) },
    ]);
  });

  it("are in the order of time, although lanes close their windows in parallel", async () => {
    const { result } = await weather(calm(spread(60), { pageSize: 2, lanes: 4, window: "hour" }));
    const starts = result.windows.map(({ window_start_utc }) => window_start_utc);
    expect(starts).toEqual(starts.toSorted());
    expect(starts).toHaveLength(96);
  });

  it("count an update as one", async () => {
    const storm = calm(spread(8));
    const first = await weather(storm);
    const edited = new Company(storm);
    for (const id of ["2", "3"]) edited.edit(id, RANGE.from + 3 * DAY);
    const { result } = await weather(storm, { landing: first.landing, company: edited });
    expect(result).toMatchObject({ updated: 2, unchanged: 6, inserted: 0, stale: 0 });
    expect(result.windows.map(({ updated }) => updated)).toEqual([0, 0, 0, 2]);
  });
});

describe("a large span", () => {
  it("is halved by counts, and only the part at fault is listed", async () => {
    const statements: string[] = [];
    const watching = (inner: Source): Source => {
      const withheld = withholding(["2500"], 1)(inner);
      return {
        ...withheld,
        page: (statement, ...rest) => {
          statements.push(statement);
          return withheld.page(statement, ...rest);
        },
      };
    };
    const { result, landing } = await weather(calm(spread(2600), { pageSize: 1000 }), { before: watching });
    expect(result.failure).toBeNull();
    expect(landing.rows.size).toBe(2600);
    const lists = statements.filter((statement) => statement.startsWith("select Id, "));
    // Only the fourth day: once to see what is missing, and once to see that nothing is missing any more.
    expect(lists).toHaveLength(2);
    expect(lists.every((statement) => statement.includes("'2026-01-04T00:00:00Z'"))).toBe(true);
  });

  it("that is not counted is listed completely", async () => {
    const { result, landing, calls } = await weather(calm(spread(2600), { pageSize: 1000 }), {
      before: uncounted,
    });
    expect(result.failure).toBeNull();
    expect(provenIn(landing)).toBe(4);
    expect(calls).toBeLessThanOrEqual(8);
  });

  it("does not count as refused if its list fails for another reason", async () => {
    const away = (inner: Source): Source => ({
      ...uncounted(inner),
      page: async (statement, ...rest) => {
        if (!statement.startsWith("select *")) throw new RunnerError("QBO_UNAVAILABLE", "away");
        return inner.page(statement, ...rest);
      },
    });
    expect((await weather(calm(spread(8)), { before: away })).result.failure).toMatchObject({
      message: "away",
    });
    const broken = (inner: Source): Source => ({
      ...inner,
      count: async () => {
        throw new RunnerError("QBO_UNAVAILABLE", "no count");
      },
    });
    expect((await weather(calm(spread(8)), { before: broken })).result.failure).toMatchObject({
      message: "no count",
    });
  });
});

describe("lanes", () => {
  it("are added once for every ten pages, and never more than allowed", async () => {
    let most = 0;
    let running = 0;
    const watching = (inner: Source): Source => ({
      ...inner,
      page: async (...args) => {
        most = Math.max(most, ++running);
        const page = await inner.page(...args);
        running--;
        return page;
      },
    });
    const large = calm(spread(60), { pageSize: 2, window: "hour" });
    await weather({ ...large, lanes: 4 }, { before: watching });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    most = 0;
    await weather({ ...large, lanes: 1 }, { before: watching });
    expect(most).toBe(1);
    most = 0;
    await weather(calm(spread(18), { pageSize: 2, lanes: 4, window: "hour" }), { before: watching });
    expect(most).toBe(1);
  });
});

describe("a set without cursor", () => {
  it("is sealed whole, and proven by the passes that read it", async () => {
    const spec = { ...SPEC, cursor: null };
    const { landing, result } = await weather(calm(spread(25)), { spec });
    expect(result).toMatchObject({ status: "success", rows: 25, source_count: null });
    expect(landing.windows.size).toBe(1);
    expect(provenIn(landing)).toBe(1);
  });

  it("can need several queries, and is complete only after the last one", async () => {
    const spec = {
      ...SPEC,
      cursor: null,
      query: "select * from Customer",
      condition: "",
      also: [{ query: "select * from Customer where Active = false", condition: "Active = false" }],
    };
    const storm = calm(spread(6), { changes: [{ before: 0, what: "deactivate", customer: 2 }] });
    const { landing, calls } = await weather(storm, { spec });
    expect(landing.rows.size).toBe(6);
    expect(calls).toBe(4);
    expect(statuses(landing)).toEqual(["sealed"]);
  });
});
