import type { RunEvent } from "../events.ts";

/** The length of the bar in characters. */
const CELLS = 24;

/** Follows the events of a run and shows its progress in one line: windows, rows, pages and time left. Times are in
 * milliseconds. */
export class ProgressBar {
  #windows = 0;
  #closed = new Set<string>();
  #rows = 0;
  #pages = 0;
  #startedAt: number | undefined;

  take(event: RunEvent, now: number): void {
    switch (event.type) {
      case "run_started":
        this.#windows = event.windows;
        this.#startedAt = now;
        break;
      case "page_loaded":
        this.#rows += event.rows;
        this.#pages++;
        break;
      case "window_closed":
        this.#closed.add(`${event.table} ${event.window_start_utc}`);
        break;
      case "summary":
        this.#startedAt = undefined;
        break;
    }
  }

  /** The line to show; undefined while no run is going on. */
  line(now: number): string | undefined {
    if (this.#startedAt === undefined || this.#windows === 0) return undefined;
    const done = Math.min(1, this.#closed.size / this.#windows);
    const full = Math.floor(done * CELLS);
    const bar = `${"█".repeat(full)}${"░".repeat(CELLS - full)}`;
    const counts = `${this.#closed.size}/${this.#windows} windows, ${this.#rows} rows, ${this.#pages} pages`;
    const percent = String(Math.floor(done * 100)).padStart(3);
    return `${bar} ${percent} %  ${counts}${timeLeft(now - this.#startedAt, done)}`;
  }
}

/** Estimates the time left from the part that is done. Below a twentieth that would be a guess, so nothing is shown. */
function timeLeft(elapsed: number, done: number): string {
  if (done < 0.05 || done >= 1) return "";
  const seconds = Math.ceil((elapsed / done - elapsed) / 1000);
  return seconds < 90 ? `, ${seconds} s left` : `, ${Math.ceil(seconds / 60)} min left`;
}
