import type { WindowSize } from "../spec/types.ts";
import { DAY, type Interval } from "./interval.ts";

/** Cuts a range at the borders of UTC hours, days, weeks (starting on Monday) or months. The windows are adjacent and cover
 * the range exactly, so the first and the last may be shorter than the others. */
export function cutWindows(range: Interval, size: WindowSize): Interval[] {
  const windows: Interval[] = [];
  let from = range.from;
  while (from < range.to) {
    const to = Math.min(nextBorder(from, size), range.to);
    windows.push({ from, to });
    from = to;
  }
  return windows;
}

const HOUR = DAY / 24;
/** The epoch, 1970-01-01, was a Thursday, so the first Monday came four days later. */
const FIRST_MONDAY = 4 * DAY;

function nextBorder(ms: number, size: WindowSize): number {
  switch (size) {
    case "hour":
      return (Math.floor(ms / HOUR) + 1) * HOUR;
    case "day":
      return (Math.floor(ms / DAY) + 1) * DAY;
    case "week":
      return (Math.floor((ms - FIRST_MONDAY) / (7 * DAY)) + 1) * 7 * DAY + FIRST_MONDAY;
    case "month": {
      const date = new Date(ms);
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    }
  }
}

/** The index of the window that contains an instant; undefined if none does. `windows` must be adjacent and in order. */
export function windowAt(windows: readonly Interval[], ms: number): number | undefined {
  let low = 0;
  let high = windows.length - 1;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const window = windows[middle];
    if (window === undefined) return undefined;
    if (ms < window.from) high = middle - 1;
    else if (ms >= window.to) low = middle + 1;
    else return middle;
  }
  return undefined;
}
