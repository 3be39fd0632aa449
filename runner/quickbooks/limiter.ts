import type { Limits } from "../ports/limits.ts";

/** How many requests about one company the API allows (QuickBooks API facts, 4.1). */
export interface Rates {
  readonly perSecond: number;
  readonly perMinute: number;
  readonly inFlight: number;
}

export const DOCUMENTED_RATES: Rates = { perSecond: 10, perMinute: 500, inFlight: 10 };
/** For a local simulator, which is used as fast as it answers. */
export const NO_RATES: Rates = { perSecond: 100_000, perMinute: 1_000_000, inFlight: 10 };

export interface LimiterPorts {
  /** Milliseconds that never go backwards: a wall clock that is set back must not make requests wait. */
  readonly monotonic: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Intuit's limits hold for each company (QuickBooks API facts, 4.1). */
export const ratesOf = (environment: string): Rates =>
  environment === "simulator" ? NO_RATES : DOCUMENTED_RATES;

/** Requests arrive less evenly than they are sent, so a second counts as 1.1 s and a minute as 61 s. */
const SECOND_MS = 1100;
const MINUTE_MS = 61_000;

/** Keeps all requests of this process about one company within the limits. First come, first served. */
export class Limiter implements Limits {
  readonly #rates: Rates;
  readonly #ports: LimiterPorts;
  /** When the last requests were sent, oldest first, by the monotonic clock. */
  readonly #sent: number[] = [];
  #inFlight = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #pausedAt = Number.NEGATIVE_INFINITY;
  /** How many 429s came in a row, counting only those for requests that were sent after the last pause had begun. */
  #strikes = 0;
  #turn: Promise<void> = Promise.resolve();
  #onRelease: (() => void) | undefined;

  constructor(rates: Rates, ports: LimiterPorts) {
    this.#rates = rates;
    this.#ports = ports;
  }

  /** Runs a request as soon as it is its turn and the limits allow it. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => this.#wait(signal));
    this.#turn = turn.catch(() => undefined);
    await turn;
    try {
      return await work();
    } finally {
      this.#inFlight--;
      this.#onRelease?.();
    }
  }

  /** Makes all requests wait for `waitMs` after a 429 to a request that was sent at `sentAt` (monotonic milliseconds). Returns
   * how many 429s came in a row. Those of requests that were in flight together count once. */
  throttled(sentAt: number, waitMs: number): number {
    const now = this.#ports.monotonic();
    if (sentAt >= this.#pausedAt) {
      this.#strikes++;
      this.#pausedAt = now;
    }
    this.#pausedUntil = Math.max(this.#pausedUntil, now + waitMs);
    return this.#strikes;
  }

  /** Reports an answer that was not a 429. */
  passed(): void {
    this.#strikes = 0;
  }

  /** Waits until a request may be sent, and counts it as sent. */
  async #wait(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#inFlight >= this.#rates.inFlight) {
        await new Promise<void>((resolve) => {
          this.#onRelease = resolve;
        });
        continue;
      }
      const delay = this.#delay();
      if (delay > 0) {
        await this.#ports.sleep(delay, signal);
        continue;
      }
      this.#sent.push(this.#ports.monotonic());
      if (this.#sent.length > this.#rates.perMinute) this.#sent.shift();
      this.#inFlight++;
      return;
    }
  }

  /** Milliseconds until the rates and the pause allow the next request; 0 or less if they do already. */
  #delay(): number {
    const { perSecond, perMinute } = this.#rates;
    const second = (this.#sent.at(-perSecond) ?? Number.NEGATIVE_INFINITY) + SECOND_MS;
    const minute = (this.#sent.at(-perMinute) ?? Number.NEGATIVE_INFINITY) + MINUTE_MS;
    return Math.max(second, minute, this.#pausedUntil) - this.#ports.monotonic();
  }
}
