import type { Interval } from "../plan/interval.ts";
import { halve } from "./halve.ts";

/** A window, and how many of its records RAW holds. */
export interface CountedWindow extends Interval {
  readonly rows: number;
}

export interface CountDifference extends CountedWindow {
  readonly sourceCount: number;
}

/** The search stops after this many differences, because more would not help to find the cause. */
const MAX_DIFFERENCES = 50;

/** Compares the number of records in RAW with a count at the source. If they differ, halves the span until it finds the
 * windows that differ. */
export async function compareCounts(
  windows: readonly CountedWindow[],
  count: (span: Interval) => Promise<number>,
): Promise<CountDifference[]> {
  const found: CountDifference[] = [];
  const compare = async (part: readonly CountedWindow[], sourceCount: number): Promise<void> => {
    const [first] = part;
    if (first === undefined || sourceCount === rowsIn(part) || found.length >= MAX_DIFFERENCES) return;
    if (part.length === 1) {
      found.push({ ...first, sourceCount });
      return;
    }
    const [earlier, later] = await halve(part, sourceCount, (half) => count(spanOf(half)));
    await compare(earlier.windows, earlier.count);
    await compare(later.windows, later.count);
  };
  if (windows.length > 0) await compare(windows, await count(spanOf(windows)));
  return found;
}

const rowsIn = (windows: readonly CountedWindow[]): number =>
  windows.reduce((sum, { rows }) => sum + rows, 0);
const spanOf = (windows: readonly CountedWindow[]): Interval => ({
  from: windows[0]?.from ?? 0,
  to: windows.at(-1)?.to ?? 0,
});
