/** What everything that asks one company has to keep to. Implementations may be of one process or shared by many. */
export interface Limits {
  /** Runs a request when its turn has come and the limits allow it. */
  readonly run: <T>(signal: AbortSignal, request: () => Promise<T>) => Promise<T>;
  /** Holds every request back after a 429. Returns how many came in a row; one storm counts once. `sentAt` by the clock that
   * never goes back, in milliseconds. */
  readonly throttled: (sentAt: number, waitMs: number) => number;
  /** Notes an answer that was not a 429. */
  readonly passed: () => void;
}

/** How many calls may still be made. */
export interface Budget {
  /** Takes one call. Throws `CALL_BUDGET` once none is left. */
  readonly spend: () => void;
}
