/** What reading an entity will cost. */
export interface Estimate {
  readonly rows: number;
  readonly pages: number;
  /** The pages, and the count that proves them if there is one. */
  readonly calls: number;
}

/** The cost of reading by the cursor when no two records share a second. Each page after the first repeats one record of
 * the page before it, and a full last page has to be followed by another one. */
export function estimateCalls(rows: number, pageSize: number): Estimate {
  const step = Math.max(1, pageSize - 1);
  const pages = rows < pageSize ? 1 : 1 + Math.ceil((rows - pageSize + 1) / step);
  return { rows, pages, calls: pages + 1 };
}

/** The cost of reading an entity without a cursor. If it fits into one page, it is read once and counted; if not, it is read
 * in two passes and then counted. An entity without paging takes a single call. */
export function estimateSnapshot(rows: number, pageSize: number, paging: boolean): Estimate {
  if (!paging) return { rows, pages: 1, calls: 1 };
  const pages = rows < pageSize ? 1 : 2 * (Math.floor(rows / pageSize) + 1);
  return { rows, pages, calls: pages + 1 };
}

/** Successful reads that are free each month (QuickBooks API facts, 9.2). */
export const MONTHLY_ALLOWANCE = 500_000;

/** The least time in minutes for a number of calls under the documented limits of 10 a second and 500 a minute. */
export function minutesFor(calls: number): number {
  return calls <= 500 ? calls / 10 / 60 : calls / 500;
}
