/** The limits that all requests to one company must respect. An implementation may serve one process or be shared by many. */
export interface Limits {
  /** Runs a request once it is its turn and the limits allow it. */
  readonly run: <T>(signal: AbortSignal, request: () => Promise<T>) => Promise<T>;
  /** Holds back every request for `waitMs` after a 429. Returns how many 429s came in a row; several that arrive for requests
   * sent before the pause count as one. `sentAt` is in milliseconds by the monotonic clock. */
  readonly throttled: (sentAt: number, waitMs: number) => number;
  /** Must be called for every answer that is not a 429. */
  readonly passed: () => void;
}

/** How many calls may still be made. */
export interface Budget {
  /** Uses up one call. Throws `CALL_BUDGET` if none is left. */
  readonly spend: () => void;
}
