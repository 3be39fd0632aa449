import { describe, expect, it } from "vitest";
import {
  CUSTOMERS,
  type Plain,
  PlainLanding,
  PlainSource,
  portsOf,
} from "../../test/support/plain-source.ts";
import { RunnerError } from "../errors.ts";
import { cutWindows } from "../plan/windows.ts";
import type { Source } from "../ports/source.ts";
import { sweepInLanes } from "./sweep-in-lanes.ts";
import type { PageDone } from "./sweep-windows.ts";

const HOUR = 3_600_000;
const RANGE = { from: 0, to: 100 * HOUR };
const evenly = (count: number, within = RANGE.to): Plain =>
  new Map(Array.from({ length: count }, (_, index) => [String(index), Math.floor((index * within) / count)]));

interface Scene {
  readonly records: Plain;
  readonly pageSize?: number;
  readonly maxLanes: number;
  /** Fails the page with this number. */
  readonly failAt?: number;
  readonly signal?: AbortSignal;
  readonly onAsk?: (asked: number) => void;
}

async function sweep({ records, pageSize = 10, maxLanes, failAt, signal, onAsk }: Scene) {
  const inner = new PlainSource(records);
  const landing = new PlainLanding();
  const pages: PageDone[] = [];
  /** The number of lanes that ran, and the number of pages that were read by then. */
  const seen: { running: number; done: number }[] = [];
  let [running, done, asked] = [0, 0, 0];
  const source: Source = {
    count: (statement) => inner.count(statement),
    calls: () => inner.calls(),
    page: async (statement) => {
      seen.push({ running: ++running, done });
      const number = ++asked;
      onAsk?.(number);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (number === failAt) throw new RunnerError("QBO_UNAVAILABLE", `page ${number} failed`);
      done++;
      return inner.page(statement);
    },
  };
  const job = { spec: CUSTOMERS, windows: cutWindows(RANGE, "hour"), pageSize, maxLanes };
  const failure: unknown = await sweepInLanes(
    job,
    portsOf(source, landing),
    signal ?? new AbortController().signal,
    (page) => pages.push(page),
  ).then(
    () => undefined,
    (error: unknown) => error,
  );
  const closed = pages.flatMap((page) => page.closed);
  return {
    failure,
    landing,
    seen,
    asked: () => asked,
    most: Math.max(...seen.map((one) => one.running)),
    rows: pages.reduce((sum, { changes }) => sum + changes.rows, 0),
    closed: closed.map(({ from }) => from / HOUR).toSorted((a, b) => a - b),
    statuses: new Set(closed.map(({ status }) => status)),
  };
}

const ALL = Array.from({ length: 100 }, (_, hour) => hour);

describe("lanes", () => {
  it.each([1, 2, 4, 8])(
    "read each record once and close each window once: %i at the most",
    async (maxLanes) => {
      const { rows, closed, statuses, landing, most } = await sweep({ records: evenly(2000), maxLanes });
      expect(rows).toBe(2000);
      expect(landing.rows.size).toBe(2000);
      expect(closed).toEqual(ALL);
      expect([...statuses]).toEqual(["sealed"]);
      expect(most).toBe(maxLanes);
    },
  );

  it("are added after every ten pages", async () => {
    const { seen } = await sweep({ records: evenly(3000), maxLanes: 20 });
    for (const { running, done } of seen) expect(done).toBeGreaterThanOrEqual(10 * (running - 1));
    expect(Math.max(...seen.map(({ running }) => running))).toBeGreaterThan(4);
  });

  it("are not added near the end of the reading, nor for a history that ends early", async () => {
    expect((await sweep({ records: evenly(170), maxLanes: 8 })).most).toBe(1);
    const early = await sweep({ records: evenly(300, 10 * HOUR), maxLanes: 8 });
    expect(early.closed).toEqual(ALL);
    expect(early.rows).toBe(300);
  });

  it("stop when one of them fails, and throw its failure", async () => {
    const { failure, seen, asked, closed, most } = await sweep({
      records: evenly(3000),
      maxLanes: 4,
      failAt: 60,
    });
    expect(failure).toMatchObject({ message: "page 60 failed" });
    expect(most).toBe(4);
    // Pages that were under way are finished, and no new ones begin.
    expect(asked()).toBeLessThanOrEqual(60 + 3);
    expect(seen.length).toBe(asked());
    expect(closed.length).toBeLessThan(100);
  });

  it("end with the cancellation when the run is cancelled", async () => {
    const controller = new AbortController();
    const reason = new Error("cancelled");
    const { failure, asked } = await sweep({
      records: evenly(3000),
      maxLanes: 4,
      signal: controller.signal,
      onAsk: (number) => {
        if (number === 50) controller.abort(reason);
      },
    });
    expect(failure).toBe(reason);
    expect(asked()).toBeLessThanOrEqual(50 + 3);
  });
});
