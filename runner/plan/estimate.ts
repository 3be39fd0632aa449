/** What reading an entity will cost. */
export interface Estimate {
  readonly rows: number;
  readonly pages: number;
  /** Pages and the count that proves them. */
  readonly calls: number;
}

/** A page that follows another repeats at least one record of it; a last page that is full asks for one more. */
export function estimateCalls(rows: number, pageSize: number): Estimate {
  const step = Math.max(1, pageSize - 1);
  const pages = rows < pageSize ? 1 : 1 + Math.ceil((rows - pageSize + 1) / step);
  return { rows, pages, calls: pages + 1 };
}

/** A set without cursor that fits into one page is read and counted; a larger one is read in two passes, then counted. One
 * without paging is a single answer. */
export function estimateSnapshot(rows: number, pageSize: number, paging: boolean): Estimate {
  if (!paging) return { rows, pages: 1, calls: 1 };
  const pages = rows < pageSize ? 1 : 2 * (Math.floor(rows / pageSize) + 1);
  return { rows, pages, calls: pages + 1 };
}

/** Successful reads a month that cost nothing (QuickBooks API facts, 9.2). */
export const MONTHLY_ALLOWANCE = 500_000;

/** Minutes that so many calls take at least under the documented limits, 10 a second and 500 a minute. */
export function minutesFor(calls: number): number {
  return calls <= 500 ? calls / 10 / 60 : calls / 500;
}
