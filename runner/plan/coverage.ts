import type { Interval } from "./interval.ts";

/** The union of intervals, in order. Intervals that overlap or touch are joined. */
export function union(intervals: readonly Interval[]): Interval[] {
  const joined: Interval[] = [];
  for (const { from, to } of intervals.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last === undefined || from > last.to) joined.push({ from, to });
    else joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, to) };
  }
  return joined;
}

/** The parts of a range that no interval covers, in order. */
export function gaps(range: Interval, covered: readonly Interval[]): Interval[] {
  const found: Interval[] = [];
  let from = range.from;
  for (const interval of union(covered)) {
    if (interval.to <= from) continue;
    if (interval.from >= range.to) break;
    if (interval.from > from) found.push({ from, to: interval.from });
    from = interval.to;
  }
  if (from < range.to) found.push({ from, to: range.to });
  return found;
}
