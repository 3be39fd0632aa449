import type { Interval } from "../plan/interval.ts";

/** A window, and how many records RAW holds of it. */
export interface CountedWindow extends Interval {
  readonly rows: number;
}

export interface Difference extends CountedWindow {
  readonly sourceCount: number;
}

/** Counts at the source what RAW holds; where the numbers differ, halves the span down to the windows at fault. */
export async function compareCounts(
  windows: readonly CountedWindow[],
  count: (span: Interval) => Promise<number>,
): Promise<Difference[]> {
  const [first, last] = [windows[0], windows.at(-1)];
  if (first === undefined || last === undefined) return [];
  const sourceCount = await count({ from: first.from, to: last.to });
  if (sourceCount === windows.reduce((sum, { rows }) => sum + rows, 0)) return [];
  if (windows.length === 1) return [{ ...first, sourceCount }];
  const middle = windows.length >> 1;
  return [
    ...(await compareCounts(windows.slice(0, middle), count)),
    ...(await compareCounts(windows.slice(middle), count)),
  ];
}
