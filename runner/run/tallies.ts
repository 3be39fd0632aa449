import type { Interval } from "../plan/interval.ts";
import type { Row } from "../plan/sweep.ts";
import { windowAt } from "../plan/windows.ts";
import type { Landed, Taken, WindowRecord } from "./ports.ts";

interface Tally {
  pages: number;
  rows: number;
  inserted: number;
  updated: number;
  unchanged: number;
  stale: number;
  durationMs: number;
}

const empty = (): Tally => ({
  pages: 0,
  rows: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  stale: 0,
  durationMs: 0,
});

/** Keeps count of what each window of a range received, and closes windows in order. */
export class Tallies {
  readonly windows: readonly Interval[];
  readonly #tallies: Tally[];
  /** The first window that is not closed. */
  #next = 0;
  /** Nothing after this instant was read a safe distance after it had passed. */
  #safeTo = Number.POSITIVE_INFINITY;
  /** Why a window can't be sealed though it was read to its end. */
  readonly #wounds = new Map<number, string>();

  constructor(windows: readonly Interval[]) {
    this.windows = windows;
    this.#tallies = windows.map(empty);
  }

  /** Where each fresh row of a page belongs. Of a row that occurs twice the last one counts. */
  place(rows: readonly Row[]): Taken[] {
    const latest = new Map(rows.map((row) => [row.id, row]));
    return [...latest.values()].map((row) => {
      const index = row.cursor === undefined ? 0 : windowAt(this.windows, row.cursor);
      const window = index === undefined ? undefined : this.windows[index];
      if (index === undefined || window === undefined)
        throw new Error(`row ${row.id} lies outside of the range`);
      return { ordinal: row.ordinal, id: row.id, window, pageNumber: this.#tally(index).pages + 1 };
    });
  }

  /** Adds what a page brought. Its duration is shared out by rows: over all windows it adds up to the whole. */
  add(landed: readonly Landed[], durationMs: number, completeTo: number): void {
    const rows = landed.reduce((sum, { rows }) => sum + rows, 0);
    for (const part of landed) {
      const index = windowAt(this.windows, part.from);
      if (index === undefined) continue;
      const tally = this.#tally(index);
      tally.pages++;
      tally.rows += part.rows;
      tally.inserted += part.inserted;
      tally.updated += part.updated;
      tally.unchanged += part.unchanged;
      tally.stale += part.stale;
      tally.durationMs += Math.round((durationMs * part.rows) / rows);
    }
    if (rows === 0) this.#tally(this.#indexBefore(completeTo)).durationMs += durationMs;
  }

  /** Notes that everything up to `completeTo` was read at a moment when only `safeTo` lay safely in the past. */
  read(completeTo: number, safeTo: number): void {
    if (completeTo > safeTo) this.#safeTo = Math.min(this.#safeTo, safeTo);
  }

  /** Notes that a record of this span could not be read. */
  wound(span: Interval, error: string): void {
    for (const [index, window] of this.windows.entries()) {
      if (window.from < span.to && span.from < window.to) this.#wounds.set(index, error);
    }
  }

  /** Closes the windows that end at or before `completeTo`. */
  close(completeTo: number): WindowRecord[] {
    const closed: WindowRecord[] = [];
    for (
      let window = this.windows[this.#next];
      window !== undefined && window.to <= completeTo;
      window = this.windows[++this.#next]
    ) {
      closed.push(this.#close(this.#next, window));
    }
    return closed;
  }

  /** The window that was being read when the entity failed. */
  failed(error: string): WindowRecord[] {
    return this.#next < this.windows.length ? [this.record(this.#next, "failed", error)] : [];
  }

  #close(index: number, window: Interval): WindowRecord {
    const wound = this.#wounds.get(index);
    if (wound !== undefined) return this.record(index, "failed", wound);
    return this.record(index, window.to <= this.#safeTo ? "sealed" : "open", null);
  }

  record(index: number, status: WindowRecord["status"], error: string | null): WindowRecord {
    const window = this.windows[index] ?? { from: 0, to: 0 };
    return { ...window, ...this.#tally(index), status, sourceCount: null, error };
  }

  #tally(index: number): Tally {
    return this.#tallies[index] ?? empty();
  }

  #indexBefore(instant: number): number {
    return windowAt(this.windows, instant - 1) ?? 0;
  }
}
