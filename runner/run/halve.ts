import type { Interval } from "../plan/interval.ts";

/** Adjacent windows, and the number of records that the source has in them. */
export interface Half<Window, Count> {
  readonly windows: readonly Window[];
  readonly count: Count;
}

/** Divides adjacent windows into an earlier and a later half. One count at the source is enough to know the number of records
 * in both, because records that are not in the earlier half are in the later one. If the API does not count (`undefined`),
 * neither number is known. */
export async function halve<Window extends Interval, Count extends number | undefined>(
  windows: readonly Window[],
  total: number,
  count: (windows: readonly Window[]) => Promise<Count>,
): Promise<[earlier: Half<Window, Count>, later: Half<Window, Count | number>]> {
  const middle = Math.floor(windows.length / 2);
  const earlier = windows.slice(0, middle);
  const later = windows.slice(middle);
  const counted = await count(earlier);
  const rest = counted === undefined ? counted : total - counted;
  return [
    { windows: earlier, count: counted },
    { windows: later, count: rest },
  ];
}
