import type { WindowSize } from "../spec/types.ts";
import { union } from "./coverage.ts";
import { DAY, type Interval } from "./interval.ts";
import { cutWindows } from "./windows.ts";

/** The longest that a window of each size can be, in milliseconds. */
const LONGEST: Readonly<Record<WindowSize, number>> = {
  hour: DAY / 24,
  day: DAY,
  week: 7 * DAY,
  month: 31 * DAY,
};

/** Where a run without a range starts: `lookback` windows before the end of what is sealed, in milliseconds since 1970.
 * Undefined if nothing is sealed. */
export function goOnFrom(
  sealed: readonly Interval[],
  size: WindowSize,
  lookback: number,
): number | undefined {
  const last = union(sealed).at(-1);
  if (last === undefined || lookback === 0) return last?.to;
  const before = cutWindows({ from: last.to - (lookback + 1) * LONGEST[size], to: last.to }, size);
  return before.at(-lookback)?.from ?? last.to;
}

/** The end of the window that contains an instant. Both are in milliseconds since 1970. */
export function endOfWindow(instant: number, size: WindowSize): number {
  return cutWindows({ from: instant, to: instant + LONGEST[size] + DAY }, size)[0]?.to ?? instant;
}
