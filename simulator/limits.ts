import type { Clock } from "./clock.ts";
import type { RequestLimits } from "./options.ts";

/** The documented limits per realm (QuickBooks API facts, 4.1). */
export const DOCUMENTED_LIMITS: RequestLimits = {
  perSecond: 10,
  perMinute: 500,
  inFlight: 10,
  batchPerMinute: 40,
};

const NONE: RequestLimits = {
  perSecond: Number.POSITIVE_INFINITY,
  perMinute: Number.POSITIVE_INFINITY,
  inFlight: Number.POSITIVE_INFINITY,
  batchPerMinute: Number.POSITIVE_INFINITY,
};

/** Request limits over sliding windows of simulated time. */
export class Limits {
  readonly #clock: Clock;
  #limits: RequestLimits;
  /** Arrivals of the last minute, UTC ms. */
  #arrivals: number[] = [];
  #batches: number[] = [];
  #inFlight = 0;

  constructor(clock: Clock, limits: boolean | Partial<RequestLimits>) {
    this.#clock = clock;
    this.#limits = resolveLimits(limits);
  }

  set(limits: boolean | Partial<RequestLimits>): void {
    this.#limits = resolveLimits(limits);
  }

  /** Admits a request, or returns the limit that refuses it. Every admitted request must call `leave`. */
  enter(isBatch: boolean): keyof RequestLimits | undefined {
    const now = this.#clock.now();
    this.#arrivals = this.#arrivals.filter((at) => at > now - 60_000);
    this.#batches = this.#batches.filter((at) => at > now - 60_000);
    const lastSecond = this.#arrivals.filter((at) => at > now - 1000).length;
    if (this.#inFlight >= this.#limits.inFlight) return "inFlight";
    if (lastSecond >= this.#limits.perSecond) return "perSecond";
    if (this.#arrivals.length >= this.#limits.perMinute) return "perMinute";
    if (isBatch && this.#batches.length >= this.#limits.batchPerMinute) return "batchPerMinute";
    if (this.#limits !== NONE) this.#arrivals.push(now);
    if (isBatch) this.#batches.push(now);
    this.#inFlight++;
    return undefined;
  }

  leave(): void {
    this.#inFlight--;
  }
}

function resolveLimits(limits: boolean | Partial<RequestLimits>): RequestLimits {
  if (limits === false) return NONE;
  return limits === true ? DOCUMENTED_LIMITS : { ...DOCUMENTED_LIMITS, ...limits };
}
