import type { WindowSize } from "../spec/types.ts";
import { union } from "./coverage.ts";
import type { Interval } from "./interval.ts";
import { cutWindows } from "./windows.ts";

const DAY = 86_400_000;
/** Long enough for a window of every size. */
const LONGEST: Readonly<Record<WindowSize, number>> = {
  hour: DAY / 24,
  day: DAY,
  week: 7 * DAY,
  month: 31 * DAY,
};

/** Where a run goes on: so many windows before the end of what is sealed. Undefined if nothing is. */
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

/** The end of the window that holds an instant: it stays open until it has passed. */
export function endOfWindow(instant: number, size: WindowSize): number {
  return cutWindows({ from: instant, to: instant + LONGEST[size] + DAY }, size)[0]?.to ?? instant;
}
