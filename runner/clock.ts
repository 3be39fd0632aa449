/** Time and chance, as parameters: tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that never go back, whoever sets the clock: for waits and durations. */
  readonly monotonic: () => number;
  /** Waits, or ends at once with the signal's reason when the run is cancelled. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random: () => number;
}
