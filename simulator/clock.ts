/**
 * The simulator's clock: real time plus an offset that tests move forward.
 * All instants are UTC milliseconds since 1970; formatting as US Pacific time happens at the edge.
 */
export class Clock {
  #offset: number;

  /** @param startAt the instant the clock shows now (UTC ms); real time if omitted. */
  constructor(startAt?: number) {
    this.#offset = startAt === undefined ? 0 : startAt - Date.now();
  }

  /** The simulated current instant, UTC milliseconds. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** Moves the clock by a number of milliseconds. */
  advance(ms: number): void {
    this.#offset += ms;
  }
}
