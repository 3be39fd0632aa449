import { formatInstant, type Interval } from "./interval.ts";

/** One record of an answer, as far as the sweep must know it. */
export interface Row {
  /** Place in the answer, from 1. */
  readonly ordinal: number;
  readonly id: string;
  /** The cursor's instant in milliseconds; undefined for an entity without one. */
  readonly cursor: number | undefined;
}

/** What the sweep wants to be asked next. `interval` is null for an entity without a cursor. */
export type Ask =
  | {
      readonly kind: "page";
      readonly interval: Interval | null;
      readonly start: number;
      readonly limit: number;
    }
  | { readonly kind: "count"; readonly interval: Interval | null };

/** How an entity can be read: in the order of its cursor, by its cursor without order, by position because it has no
 * cursor, or in one answer because it has no paging. */
export type Order = "cursor" | "unordered" | "position" | "none";

/** By cursor: everything before `pos` is read; so are the `seen` ids at `pos` itself. */
export interface ByCursor {
  readonly kind: "by-cursor";
  readonly pos: number;
  readonly seen: ReadonlySet<string>;
}

/** By halves: a set that can be filtered by the cursor but not ordered. A page that is not full was one atomic read of
 * `[pos, end)`; a full one says that the part is too large. */
export interface ByHalves {
  readonly kind: "by-halves";
  readonly pos: number;
  readonly end: number;
}

/** By position, from the last place to the first: a part of the past that the cursor cannot divide further (a second that
 * is fuller than a page) or that holds a poison record. Records only ever leave the past. One that leaves shifts those
 * after it to the left, which are read already, so no record can slip by. */
export interface ByPosition {
  readonly kind: "by-position";
  readonly interval: Interval;
  /** Where a poison record must lie. */
  readonly suspect: Interval;
  readonly stage: "count-before" | "pages" | "count-after";
  /** The last place that is not read. */
  readonly end: number;
  readonly skipped: number;
  /** Records of this part that were read, in earlier attempts and before it was found to be indivisible, too. */
  readonly ids: ReadonlySet<string>;
  /** How many of these were known when the attempt began. */
  readonly knownBefore: number;
  /** Attempts that brought no record that was not known before. */
  readonly attempt: number;
}

/** In passes: a set whose order can change while it is read (it has no cursor), or one that the API does not count. It is
 * read whole until two passes in a row saw the same records, and as many as are counted. A set that fits into one
 * page is read atomically: the count alone confirms it. */
export interface InPasses {
  readonly kind: "in-passes";
  readonly interval: Interval | null;
  readonly stage: "pages" | "count";
  /** How many places of the set are behind: records read and records skipped. */
  readonly passed: number;
  readonly skipped: number;
  readonly pages: number;
  readonly ids: ReadonlySet<string>;
  /** What the pass before saw. */
  readonly previous: ReadonlySet<string> | undefined;
  /** What any pass saw. */
  readonly seen: ReadonlySet<string>;
  readonly isCountable: boolean;
  readonly attempt: number;
}

/** A poison record comes next after `seen`: counts halve the rest of the range down to its second. */
export interface Locating {
  readonly kind: "locating";
  readonly pos: number;
  readonly seen: ReadonlySet<string>;
  /** No more than the `seen` records lie in `[pos, low)`; more than those in `[pos, high)`. */
  readonly low: number;
  readonly high: number;
}

export type State =
  | ByCursor
  | ByHalves
  | ByPosition
  | InPasses
  | Locating
  | { readonly kind: "whole" }
  | { readonly kind: "done" };

export interface Sweep {
  readonly range: Interval;
  /** Records asked for in the next page. */
  readonly pageSize: number;
  /** What the page size grows back to after it was halved. */
  readonly maxPageSize: number;
  readonly order: Order;
  readonly state: State;
}

/** What became of a sweep with an answer. */
export interface Step {
  readonly sweep: Sweep;
  /** The rows of the page that were not read before. */
  readonly fresh: readonly Row[];
  /** Everything before this instant is read, but for what was skipped. */
  readonly completeTo: number;
  /** The place of a record that was skipped because no page with it can be had. */
  readonly skipped?: {
    readonly interval: Interval | null;
    readonly position: number;
    /** The second it lies in, as far as is known. */
    readonly suspect: Interval | null;
  };
}

/** An answer that contradicts what was asked. */
export class SweepError extends Error {}

/** How often a set that changes while it is read by position is read again. */
export const MAX_ATTEMPTS = 5;
export const SECOND = 1000;

export const secondOf = (instant: number): number => Math.floor(instant / SECOND) * SECOND;

/** Half of a stretch, in whole seconds: statements have no fractions. */
export const halfOf = (from: number, to: number): number =>
  from + Math.ceil((to - from) / 2 / SECOND) * SECOND;

/** Where the sweep stands: everything before is read. */
export function positionOf({ range, state }: Sweep): number {
  switch (state.kind) {
    case "done":
      return range.to;
    case "whole":
      return range.from;
    case "by-position":
    case "in-passes":
      return state.interval?.from ?? range.from;
    default:
      return state.pos;
  }
}

/** The step to another state that brought no record. */
export function stay(sweep: Sweep, state: State): Step {
  const next = { ...sweep, state };
  return { sweep: next, fresh: [], completeTo: positionOf(next) };
}

/** The state in which everything from `pos` on is still to be read. */
export function startAt(pos: number, { range, order }: Pick<Sweep, "range" | "order">): State {
  if (pos >= range.to) return { kind: "done" };
  switch (order) {
    case "cursor":
      return { kind: "by-cursor", pos, seen: new Set() };
    case "unordered":
      return { kind: "by-halves", pos, end: range.to };
    case "position":
      return inPasses(null);
    case "none":
      return { kind: "whole" };
  }
}

export function inPasses(interval: Interval | null, isCountable = true): InPasses {
  return {
    kind: "in-passes",
    interval,
    stage: "pages",
    passed: 0,
    skipped: 0,
    pages: 0,
    ids: new Set(),
    previous: undefined,
    seen: new Set(),
    isCountable,
    attempt: 1,
  };
}

export function byPosition(
  interval: Interval,
  ids: ReadonlySet<string>,
  attempt: number,
  suspect: Interval = interval,
): ByPosition {
  return {
    kind: "by-position",
    interval,
    suspect,
    stage: "count-before",
    end: 0,
    skipped: 0,
    ids,
    knownBefore: ids.size,
    attempt,
  };
}

/** Goes on after a part that was read by position or in passes. */
export function leavePart(sweep: Sweep, interval: Interval | null): Step {
  const completeTo = interval?.to ?? sweep.range.to;
  const next = { ...sweep, pageSize: sweep.maxPageSize, state: startAt(completeTo, sweep) };
  return { sweep: next, fresh: [], completeTo };
}

/** The cursor of a row that must lie within what was asked. */
export function cursorWithin({ ordinal, cursor }: Row, { from, to }: Interval): number {
  if (cursor === undefined) throw new SweepError(`record ${ordinal} of the page has no cursor`);
  if (cursor >= from && cursor < to) return cursor;
  const asked = `${formatInstant(from)} to ${formatInstant(to)}`;
  throw new SweepError(
    `record ${ordinal} of the page is of ${formatInstant(cursor)}, but ${asked} was asked`,
  );
}
