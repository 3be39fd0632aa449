/** Time and randomness. They are passed as parameters so that tests can replace them. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that never go backwards, even if the system clock is set; for waits and durations. */
  readonly monotonic: () => number;
  /** Waits for `ms` milliseconds. Rejects at once with the signal's reason if the run is cancelled. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
}
