import { RunnerError } from "../errors.ts";
import { type Interval, type OpenRange, parseInstant } from "../plan/interval.ts";
import type { Strategy } from "../run/entity-job.ts";
import { MAX_PAGE_SIZE } from "../spec/resolve-spec.ts";

/** An option as it was written on the command line; a number where it comes from the ledger. */
export type Written = string | number | undefined;

const usage = (message: string, hint: string): RunnerError => new RunnerError("USAGE", message, { hint });

/** How a command writes its result. */
export function checkOutput(written: string): void {
  if (written !== "text" && written !== "json")
    throw usage(`--output ${written} is unknown`, "known are text, json");
}

export function parseOpenRange(from: Written, to: Written): OpenRange {
  if (from !== undefined && to !== undefined) return parseRange(from, to);
  return {
    from: from === undefined ? undefined : parseEnd("--from", from),
    to: to === undefined ? undefined : parseEnd("--to", to),
  };
}

/** The range `[from, to)`; both ends are needed. */
export function parseRange(from: Written, to: Written): Interval {
  if (from === undefined || to === undefined) {
    const missing = [from === undefined ? "--from" : "", to === undefined ? "--to" : ""]
      .filter(Boolean)
      .join(" and ");
    throw usage(
      `the range is incomplete: ${missing} is missing`,
      "for example --from 2026-01-01 --to 2026-02-01 (the end is exclusive)",
    );
  }
  const range = { from: parseEnd("--from", from), to: parseEnd("--to", to) };
  if (range.from < range.to) return range;
  throw usage(
    `--from ${from} is not before --to ${to}`,
    "the range is half-open: --to is the first instant that is not read",
  );
}

function parseEnd(option: string, written: string | number): number {
  const instant = parseInstant(String(written));
  if (instant !== undefined) return instant;
  throw usage(
    `${option} ${written} is no day and no instant that exists`,
    `write a day in UTC, ${option} 2026-01-31, or an instant, ${option} 2026-01-31T15:00:00Z`,
  );
}

export function parsePageSize(written: Written): number | undefined {
  if (written === undefined) return undefined;
  const size = Number(written);
  if (Number.isInteger(size) && size >= 1 && size <= MAX_PAGE_SIZE && /^\d+$/.test(String(written)))
    return size;
  throw usage(
    `--page-size ${written} is not a whole number from 1 to ${MAX_PAGE_SIZE}`,
    "QuickBooks answers with at most 1000 records a page",
  );
}

export function parseStrategy(written: Written): Strategy {
  if (written === undefined || written === "sweep") return "sweep";
  if (written === "windowed") return "windowed";
  throw usage(
    `--strategy ${written} is unknown`,
    "known are sweep (few calls) and windowed (a query for each window)",
  );
}

/** A whole number from 1 on. */
export function parseWhole(option: string, written: Written): number | undefined {
  if (written === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(String(written))) return Number(written);
  throw usage(`${option} ${written} is not a whole number from 1 on`, `for example ${option} 100`);
}
