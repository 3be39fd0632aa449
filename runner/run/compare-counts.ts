import type { Interval } from "../plan/interval.ts";

/** A window, and how many records RAW holds of it. */
export interface CountedWindow extends Interval {
  readonly rows: number;
}

export interface CountDifference extends CountedWindow {
  readonly sourceCount: number;
}

/** CountDifferences after which it is no use to look for more. */
const MAX_DIFFERENCES = 50;

/** Counts at the source what RAW holds; where the numbers differ, halves the span down to the windows at fault. One
 * count tells both halves: what is not before is after. */
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
    const middle = part.length >> 1;
    const [earlier, later] = [part.slice(0, middle), part.slice(middle)];
    const before = await count(spanOf(earlier));
    await compare(earlier, before);
    await compare(later, sourceCount - before);
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
