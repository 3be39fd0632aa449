import { describe, expect, it } from "vitest";
import type { RunEvent } from "../events.ts";
import { openReporter, plain } from "./reporter.ts";

const position = { index: 1, total: 1, name: "customers", entity: "Customer", table: "raw.qb_customers" };
const metrics = { pages: 1, rows: 3, inserted: 3, updated: 0, unchanged: 0, stale: 0, duration_ms: 10 };
const EVENTS: readonly RunEvent[] = [
  {
    type: "run_started",
    run_id: "r",
    version: "1",
    from: "2026-01-01T00:00:00Z",
    to: "2026-01-03T00:00:00Z",
    entities: 1,
    windows: 2,
  },
  { type: "page_loaded", ...position, ...metrics, page: 1, read: 3, through: "2026-01-02T00:00:00Z" },
  {
    type: "window_closed",
    ...position,
    ...metrics,
    vanished: 0,
    error: null,
    status: "sealed",
    window_start_utc: "2026-01-01T00:00:00Z",
    window_end_utc: "2026-01-02T00:00:00Z",
  },
  {
    type: "summary",
    status: "success",
    counts: { pass: 1, partial: 0, error: 0, skip: 0, total: 1 },
    totals: null,
    failure: null,
  },
];

const said = (options: { isTerminal: boolean; format?: "text" | "json"; quiet?: boolean }) => {
  let text = "";
  let now = 0;
  const write = (more: string): void => {
    text += more;
  };
  const log = openReporter({
    write,
    format: "text",
    quiet: false,
    ...options,
    paint: plain,
    clear: "<cleared>",
    now: () => (now += 1000),
  });
  for (const event of EVENTS) log(event);
  return text;
};

describe("the reporter", () => {
  it("draws a progress bar under the lines on a terminal, and erases it at the end", () => {
    const text = said({ isTerminal: true });
    expect(text).toContain("████████████░░░░░░░░░░░░  50 %  1/2 windows, 3 rows, 1 pages, ");
    expect(text.endsWith("<cleared>")).toBe(true);
  });

  it.each([
    { isTerminal: false },
    { isTerminal: true, format: "json" as const },
    { isTerminal: true, quiet: true },
  ])("draws no progress bar with %j", (options) => {
    expect(said(options)).not.toMatch(/█|<cleared>/);
  });

  it("writes a notice in one line even if it quotes a text of several lines", () => {
    let text = "";
    const write = (more: string): void => {
      text += more;
    };
    const options = { quiet: false, isTerminal: false, paint: plain, clear: "", now: () => 0 };
    const log = openReporter({ write, format: "text", ...options });
    log({ type: "notice", level: "warn", message: "Class 7\n00:00:00  Completed successfully" });
    expect(text).toBe("00:00:00  Class 7\\u000a00:00:00  Completed successfully\n");
  });

  it("writes one JSON object on each line, the summary last", () => {
    const lines = said({ isTerminal: false, format: "json" })
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type, code }) => `${code} ${type}`)).toEqual([
      "Q010 run_started",
      "Q020 page_loaded",
      "Q021 window_closed",
      "Q099 summary",
    ]);
  });
});
