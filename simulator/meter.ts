import type { Clock } from "./clock.ts";

/** Calls that count against the monthly allowance: query, read and change data capture (facts, 9.2). */
export class Meter {
  readonly #clock: Clock;
  /** Calls allowed per calendar month (UTC). Undefined means no limit. */
  allowance: number | undefined;
  readonly #used = new Map<string, number>();

  constructor(clock: Clock, allowance?: number) {
    this.#clock = clock;
    this.allowance = allowance;
  }

  /** The calls counted in this month. */
  get used(): number {
    return this.#used.get(this.#month()) ?? 0;
  }

  get isBlocked(): boolean {
    return this.allowance !== undefined && this.used >= this.allowance;
  }

  /** Counts a successful call. */
  count(): void {
    this.#used.set(this.#month(), this.used + 1);
  }

  /** Sets the count of this month to zero. */
  reset(): void {
    this.#used.delete(this.#month());
  }

  #month(): string {
    return new Date(this.#clock.now()).toISOString().slice(0, 7);
  }
}
