import type { Interval } from "../plan/interval.ts";
import type { Row } from "../plan/sweep-state.ts";
import { windowAt } from "../plan/windows.ts";
import { type Changes, NO_CHANGES, plus } from "../ports/changes.ts";
import type { Loaded, Rejected, Taken, WindowRecord } from "../ports/landing.ts";

interface Tally {
  readonly pages: number;
  readonly changes: Changes;
  readonly durationMs: number;
}

const EMPTY: Tally = { pages: 0, changes: NO_CHANGES, durationMs: 0 };

/** What one page loaded, and up to which instant everything has been read with it. */
export interface Brought extends Loaded {
  readonly durationMs: number;
  readonly completeTo: number;
}

/** Counts what each window of a range has received, and closes windows in order. */
export class Tallies {
  readonly windows: readonly Interval[];
  readonly #tallies: Tally[];
  /** The index of the first window that is not closed. */
  #next = 0;
  /** Windows that end after this instant were read too soon after their end to be sealed. */
  #safeTo = Number.POSITIVE_INFINITY;
  /** The reason why a window must fail although it was read to its end, by the window's index. */
  readonly #wounds = new Map<number, string>();

  constructor(windows: readonly Interval[]) {
    this.windows = windows;
    this.#tallies = windows.map(() => EMPTY);
  }

  /** The window and page number of each fresh row of a page. If a row occurs twice, the last one counts. */
  place(rows: readonly Row[]): Taken[] {
    const latest = new Map(rows.map((row) => [row.id, row]));
    return [...latest.values()].map((row) => {
      const index = row.cursor === undefined ? 0 : windowAt(this.windows, row.cursor);
      const window = index === undefined ? undefined : this.windows[index];
      if (index === undefined || window === undefined) throw new Error(`row ${row.id} is outside the range`);
      return { ordinal: row.ordinal, id: row.id, window, pageNumber: this.#tally(index).pages + 1 };
    });
  }

  /** Remembers that everything up to `completeTo` was read when only what is before `safeTo` had safely passed. */
  read(completeTo: number, safeTo: number): void {
    if (completeTo > safeTo) this.#safeTo = Math.min(this.#safeTo, safeTo);
  }

  /** Remembers that some record of this span could not be read. */
  wound(span: Interval, error: string): void {
    for (const [index, window] of this.windows.entries()) {
      if (window.from < span.to && span.from < window.to) this.#wounds.set(index, error);
    }
  }

  /** The windows that a page would close, which are those that end at or before its `completeTo`. Changes nothing. */
  closedBy(brought: Brought): WindowRecord[] {
    const shares = this.#sharesOf(brought);
    const wounds = new Map([...this.#wounds, ...this.#woundsOf(brought.rejected)]);
    return this.windows.slice(this.#next, this.#nextAfter(brought.completeTo)).map((window, offset) => {
      const index = this.#next + offset;
      const tally = joined(this.#tally(index), shares.get(index));
      const wound = wounds.get(index);
      if (wound !== undefined) return recordOf(window, tally, "failed", wound);
      return recordOf(window, tally, window.to <= this.#safeTo ? "sealed" : "open", null);
    });
  }

  /** Adds what a page loaded. Called after the page was committed. */
  add(brought: Brought): void {
    for (const [index, share] of this.#sharesOf(brought))
      this.#tallies[index] = joined(this.#tally(index), share);
    for (const [index, error] of this.#woundsOf(brought.rejected)) this.#wounds.set(index, error);
    this.#next = this.#nextAfter(brought.completeTo);
  }

  /** The window that was being read when the entity failed. */
  failed(error: string): WindowRecord[] {
    const window = this.windows[this.#next];
    return window === undefined ? [] : [recordOf(window, this.#tally(this.#next), "failed", error)];
  }

  /** The share of each window in a page. The duration of the page is divided in proportion to the rows of each window. */
  #sharesOf({ landed, durationMs, completeTo }: Brought): Map<number, Tally> {
    const rows = landed.reduce((sum, part) => sum + part.rows, 0);
    if (rows === 0) return new Map([[this.#indexBefore(completeTo), { ...EMPTY, durationMs }]]);
    return new Map(
      landed.flatMap((part) => {
        const index = windowAt(this.windows, part.from);
        const share = Math.round((durationMs * part.rows) / rows);
        return index === undefined ? [] : [[index, { pages: 1, changes: part, durationMs: share }]];
      }),
    );
  }

  #woundsOf(rejected: readonly Rejected[]): [number, string][] {
    return rejected.flatMap(({ window, reason }): [number, string][] => {
      const index = windowAt(this.windows, window.from);
      return index === undefined ? [] : [[index, reason]];
    });
  }

  #nextAfter(completeTo: number): number {
    let next = this.#next;
    while ((this.windows[next]?.to ?? Number.POSITIVE_INFINITY) <= completeTo) next++;
    return next;
  }

  #tally(index: number): Tally {
    return this.#tallies[index] ?? EMPTY;
  }

  #indexBefore(instant: number): number {
    return windowAt(this.windows, instant - 1) ?? 0;
  }
}

const joined = (tally: Tally, share: Tally = EMPTY): Tally => ({
  pages: tally.pages + share.pages,
  changes: plus(tally.changes, share.changes),
  durationMs: tally.durationMs + share.durationMs,
});

function recordOf(
  { from, to }: Interval,
  { pages, changes, durationMs }: Tally,
  status: WindowRecord["status"],
  error: string | null,
): WindowRecord {
  return { from, to, ...changes, pages, durationMs, status, sourceCount: null, error };
}
