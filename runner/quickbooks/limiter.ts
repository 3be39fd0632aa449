import type { Limits } from "../ports/limits.ts";

/** What one company allows (QuickBooks API facts, 4.1). */
export interface Rates {
  readonly perSecond: number;
  readonly perMinute: number;
  readonly inFlight: number;
}

export const DOCUMENTED_RATES: Rates = { perSecond: 10, perMinute: 500, inFlight: 10 };
/** A local simulator is asked as fast as it answers. */
export const NO_RATES: Rates = { perSecond: 100_000, perMinute: 1_000_000, inFlight: 10 };

export interface LimiterPorts {
  /** Milliseconds that never go back: a clock that is set back must not make anybody wait. */
  readonly monotonic: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What a company may be asked: Intuit's limits hold for each realm (QuickBooks API facts, 4.1). */
export const ratesOf = (environment: string): Rates =>
  environment === "simulator" ? NO_RATES : DOCUMENTED_RATES;

/** Requests arrive less evenly than they leave: the windows are kept a tenth longer than they are. */
const SECOND_MS = 1100;
const MINUTE_MS = 61_000;

/** One budget for everything in the process that asks one company. First come, first served. */
export class Limiter implements Limits {
  readonly #rates: Rates;
  readonly #ports: LimiterPorts;
  /** When the last requests left, oldest first. */
  #sent: number[] = [];
  #inFlight = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #pausedAt = Number.NEGATIVE_INFINITY;
  /** 429s in a row, each after the pause of the one before. */
  #strikes = 0;
  #turn: Promise<void> = Promise.resolve();
  #onRelease: (() => void) | undefined;

  constructor(rates: Rates, ports: LimiterPorts) {
    this.#rates = rates;
    this.#ports = ports;
  }

  /** Runs a request when its turn has come and the limits allow it. */
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

  /** Holds every request back after a 429. Returns how many came in a row; one storm counts once. */
  throttled(sentAt: number, waitMs: number): number {
    const now = this.#ports.monotonic();
    if (sentAt >= this.#pausedAt) {
      this.#strikes++;
      this.#pausedAt = now;
    }
    this.#pausedUntil = Math.max(this.#pausedUntil, now + waitMs);
    return this.#strikes;
  }

  /** An answer that was not a 429. */
  passed(): void {
    this.#strikes = 0;
  }

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

  #delay(): number {
    const { perSecond, perMinute } = this.#rates;
    const second = (this.#sent.at(-perSecond) ?? Number.NEGATIVE_INFINITY) + SECOND_MS;
    const minute = (this.#sent.at(-perMinute) ?? Number.NEGATIVE_INFINITY) + MINUTE_MS;
    return Math.max(second, minute, this.#pausedUntil) - this.#ports.monotonic();
  }
}
