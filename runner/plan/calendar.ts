import { union } from "./coverage.ts";
import { DAY, type Interval } from "./interval.ts";

/** A window as the ledger records it. */
export interface LedgerWindow extends Interval {
  /** An `unproven` window is sealed, but nothing has confirmed it yet. */
  readonly status: "sealed" | "unproven" | "open" | "failed";
  readonly rows: number;
}

/** What the ledger knows about a day. `sealed`: proven, with records. `empty`: proven to have none. `unproven`: read, but not
 * proven. `open`: read before it was over. `partial`: proven only in part. `never`: never read. */
export type DayStatus = "sealed" | "empty" | "unproven" | "open" | "failed" | "partial" | "never";

export interface Day {
  /** Start of the day in UTC, milliseconds. */
  readonly day: number;
  readonly status: DayStatus;
}

/** The days (UTC) that a range touches, each with its status. */
export function calendarOf(windows: readonly LedgerWindow[], range: Interval): Day[] {
  const sealed = windows.filter(({ status }) => status === "sealed");
  const covered = union(sealed);
  const days: Day[] = [];
  for (let day = Math.floor(range.from / DAY) * DAY; day < range.to; day += DAY) {
    const touches = ({ from, to }: Interval): boolean => from < day + DAY && to > day;
    days.push({
      day,
      status: statusOf({ from: day, to: day + DAY }, windows.filter(touches), covered.filter(touches)),
    });
  }
  return days;
}

function statusOf(day: Interval, windows: readonly LedgerWindow[], covered: readonly Interval[]): DayStatus {
  const isWhole = covered.some(({ from, to }) => from <= day.from && to >= day.to);
  if (isWhole)
    return windows.some(({ status, rows }) => status === "sealed" && rows > 0) ? "sealed" : "empty";
  if (windows.some(({ status }) => status === "failed")) return "failed";
  if (windows.some(({ status }) => status === "open")) return "open";
  if (windows.some(({ status }) => status === "unproven")) return "unproven";
  return covered.length > 0 ? "partial" : "never";
}
