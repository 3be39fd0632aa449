import { describe, expect, it } from "vitest";
import { CUSTOMERS } from "../../test/support/plain-source.ts";
import type { FailureCode } from "../errors.ts";
import type { RunEvent } from "../events.ts";
import { NO_CHANGES } from "../ports/changes.ts";
import type { WindowRecord } from "../ports/landing.ts";
import { Progress } from "./progress.ts";
import type { PageDone } from "./sweep-windows.ts";

const DAY = 86_400_000;
const POSITION = { index: 2, total: 3, name: "customers", entity: "Customer", table: "raw.qb_customers" };

const page = (more: Partial<PageDone> = {}): PageDone => ({
  read: 0,
  changes: NO_CHANGES,
  durationMs: 5,
  completeTo: DAY,
  closed: [],
  isDivisible: false,
  skipped: undefined,
  escaped: [],
  rejected: [],
  ...more,
});
const window = (day: number, more: Partial<WindowRecord> = {}): WindowRecord => ({
  ...NO_CHANGES,
  from: day * DAY,
  to: (day + 1) * DAY,
  status: "sealed",
  pages: 1,
  sourceCount: null,
  durationMs: 9,
  error: null,
  ...more,
});

function start() {
  const events: RunEvent[] = [];
  const progress = new Progress(
    {
      spec: CUSTOMERS,
      spans: [
        { from: 0, to: 2 * DAY },
        { from: 5 * DAY, to: 6 * DAY },
      ],
      pageSize: 10,
      strategy: "sweep",
      maxLanes: 1,
      resume: false,
      reliesOnSeals: false,
      index: 2,
      total: 3,
    },
    (event) => events.push(event),
  );
  const of = (type: RunEvent["type"]) => events.filter((event) => event.type === type);
  const notices = () => events.flatMap((event) => (event.type === "notice" ? [event.message] : []));
  return { progress, of, notices };
}
const finish = (progress: Progress, code?: FailureCode, held = 0) =>
  progress.finish(code === undefined ? null : { code, message: "m", hint: null }, {
    calls: 4,
    durationMs: 77,
    held,
  });

describe("what is logged about an entity while it is loaded", () => {
  it("starts with the number of its windows", () => {
    expect(start().of("entity_started")).toEqual([{ type: "entity_started", ...POSITION, windows: 3 }]);
  });

  it("includes each page with records, in order, and how far it reached", () => {
    const { progress, of } = start();
    const changes = { rows: 3, inserted: 1, updated: 1, unchanged: 1, stale: 0 };
    progress.take(page({ read: 4, changes }));
    progress.take(page({ completeTo: 2 * DAY }));
    progress.take(page({ read: 2, completeTo: 3 * DAY }));
    expect(of("page_loaded")).toEqual([
      {
        type: "page_loaded",
        ...POSITION,
        ...changes,
        pages: 1,
        duration_ms: 5,
        page: 1,
        read: 4,
        through: "1970-01-02T00:00:00Z",
      },
      {
        type: "page_loaded",
        ...POSITION,
        ...NO_CHANGES,
        pages: 0,
        duration_ms: 5,
        page: 2,
        read: 2,
        through: "1970-01-04T00:00:00Z",
      },
    ]);
  });

  it("includes each window that closes, with its bounds and its numbers", () => {
    const { progress, of } = start();
    progress.take(page({ closed: [window(1, { rows: 2, inserted: 2, error: "e", status: "failed" })] }));
    expect(of("window_closed")).toEqual([
      {
        type: "window_closed",
        ...POSITION,
        window_start_utc: "1970-01-02T00:00:00Z",
        window_end_utc: "1970-01-03T00:00:00Z",
        status: "failed",
        pages: 1,
        rows: 2,
        inserted: 2,
        updated: 0,
        unchanged: 0,
        stale: 0,
        duration_ms: 9,
        error: "e",
        vanished: 0,
      },
    ]);
  });

  it("includes a skipped record every time, and an escaped or rejected record once", () => {
    const { progress, notices, of } = start();
    const rejected = [{ id: "9", window: { from: 0, to: DAY }, reason: "Customer 9 is too deep" }];
    progress.take(page({ skipped: "Customer 1 cannot be read", escaped: ["7", "8"], rejected }));
    progress.take(page({ escaped: ["7"], rejected }));
    expect(notices()).toEqual([
      "Customer 1 cannot be read",
      "Customer 7 holds characters that PostgreSQL cannot store; they are kept as text, such as \\u0000",
      "Customer 8 holds characters that PostgreSQL cannot store; they are kept as text, such as \\u0000",
      "Customer 9 is too deep; it is kept as text in qbo.rejected",
    ]);
    expect(of("notice").every((event) => event.type === "notice" && event.level === "warn")).toBe(true);
    expect(finish(progress)).toMatchObject({ escaped: 2, rejected: 1 });
  });

  it("includes the number of records that vanished from a window, if there are any", () => {
    const { progress, notices } = start();
    const windows = [0, 1, 5].map((day) => window(day));
    progress.take(page({ closed: windows }));
    for (const [index, one] of windows.entries()) progress.vanished(one, index);
    const why = "deleted at the source or changed later";
    expect(notices()).toEqual([
      `1 record of Customer vanished from the window 1970-01-02T00:00:00Z to 1970-01-03T00:00:00Z: ${why}`,
      `2 records of Customer vanished from the window 1970-01-06T00:00:00Z to 1970-01-07T00:00:00Z: ${why}`,
    ]);
    const result = finish(progress);
    expect(result.vanished).toBe(3);
    expect(result.windows.map(({ vanished }) => vanished)).toEqual([0, 1, 2]);
  });

  it("includes a count that differs", () => {
    const { progress, of } = start();
    progress.tellMismatch({ window: window(1), rows: 3, sourceCount: 4 });
    expect(of("proof_mismatch")).toEqual([
      {
        type: "proof_mismatch",
        entity: "Customer",
        window_start_utc: "1970-01-02T00:00:00Z",
        window_end_utc: "1970-01-03T00:00:00Z",
        rows: 3,
        source_count: 4,
      },
    ]);
  });
});

describe("the result of an entity", () => {
  it("adds up the pages, and has the windows in order of time, as they were last closed", () => {
    const { progress, of } = start();
    const changes = { rows: 5, inserted: 1, updated: 2, unchanged: 1, stale: 1 };
    progress.take(page({ read: 5, changes, closed: [window(5, { rows: 9 }), window(0)] }));
    progress.take(
      page({ read: 1, changes: { ...changes, stale: 0 }, closed: [window(1, { status: "open" })] }),
    );
    progress.take(page({ closed: [window(5, { rows: 4 })] }));
    progress.counted(7);
    progress.counted(3);
    const result = finish(progress);
    expect(result).toMatchObject({
      name: "customers",
      file: "customers.yml",
      entity: "Customer",
      table: "raw.qb_customers",
      pages: 2,
      rows: 10,
      inserted: 2,
      updated: 4,
      unchanged: 2,
      stale: 1,
      calls: 4,
      duration_ms: 77,
      source_count: 10,
      status: "success",
      failure: null,
      escaped: 0,
      vanished: 0,
    });
    expect(result.windows.map(({ window_start_utc, rows }) => [window_start_utc, rows])).toEqual([
      ["1970-01-01T00:00:00Z", 0],
      ["1970-01-02T00:00:00Z", 0],
      ["1970-01-06T00:00:00Z", 4],
    ]);
    const { windows: _, ...logged } = result;
    expect(of("entity_finished")).toEqual([
      { type: "entity_finished", ...POSITION, result: logged, open_windows: 1 },
    ]);
    expect(progress.sealed().map(({ from }) => from)).toEqual([0, 5 * DAY]);
  });

  it("has no count if nothing was counted", () => {
    expect(finish(start().progress).source_count).toBeNull();
  });

  it("is a success without a failure, and a partial success if something was loaded", () => {
    expect(finish(start().progress).status).toBe("success");
    const { progress } = start();
    progress.take(page({ closed: [window(0, { status: "failed" })] }));
    expect(finish(progress, "QBO_UNAVAILABLE").status).toBe("error");
    progress.take(page({ closed: [window(1, { status: "open" })] }));
    expect(finish(progress, "QBO_UNAVAILABLE").status).toBe("partial success");
  });

  it('is "not available" only if the table holds nothing', () => {
    expect(finish(start().progress, "QBO_NOT_AVAILABLE").status).toBe("not available");
    expect(finish(start().progress, "QBO_NOT_AVAILABLE", 1).status).toBe("error");
    expect(finish(start().progress, "QBO_UNAVAILABLE", 0).status).toBe("error");
  });
});

describe("the failure of an entity that was read to its end", () => {
  it("is absent if everything is well", () => {
    expect(start().progress.failure()).toBeUndefined();
  });

  it("names what was skipped, or else what was rejected, or else what is not proven", () => {
    const { progress, of } = start();
    progress.doubt(window(0, { status: "failed", error: "one is missing" }));
    expect(of("window_closed")).toHaveLength(1);
    expect(progress.failure()).toMatchObject({
      code: "PROOF_FAILED",
      message: "Customer from 1970-01-01T00:00:00Z to 1970-01-02T00:00:00Z: one is missing",
    });
    const reject = (id: string) => [{ id, window: { from: 0, to: DAY }, reason: `${id} is too deep` }];
    progress.take(page({ rejected: reject("1") }));
    expect(progress.failure()).toMatchObject({ code: "RECORD_REJECTED", message: "1 is too deep" });
    expect(progress.failure()?.hint).toMatch(/qbo\.rejected/);
    progress.take(page({ rejected: [...reject("2"), ...reject("3")] }));
    expect(progress.failure()?.message).toBe("1 is too deep (and 2 more)");
    progress.take(page({ skipped: "Customer 9 cannot be read" }));
    expect(progress.failure()).toMatchObject({
      code: "QBO_POISON_RECORD",
      message: "Customer 9 cannot be read",
    });
    progress.take(page({ skipped: "Customer 10 cannot be read" }));
    progress.take(page({ skipped: "Customer 10 cannot be read" }));
    expect(progress.failure()?.message).toBe("Customer 9 cannot be read (and 1 more)");
    expect(progress.failure()?.hint).toBeTruthy();
  });
});
