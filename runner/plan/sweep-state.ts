import { formatInstant, type Interval } from "./interval.ts";

/** What the sweep needs to know about one record of an answer. */
export interface Row {
  /** Place in the answer, counted from 1. */
  readonly ordinal: number;
  readonly id: string;
  /** The cursor in milliseconds since 1970; undefined for an entity without one. */
  readonly cursor: number | undefined;
}

/** The place of a page in a set. */
export interface PagePlace {
  /** Null for an entity without a cursor. */
  readonly interval: Interval | null;
  /** The place of the first record, counted from 1. */
  readonly start: number;
  /** The most records that the page may have. */
  readonly limit: number;
}

/** The next question of a sweep to the API. `interval` is null for an entity without a cursor. */
export type Ask =
  | ({ readonly kind: "page" } & PagePlace)
  | { readonly kind: "count"; readonly interval: Interval | null };

/** How an entity can be read. `cursor`: in the order of its cursor. `unordered`: by its cursor, but in no order.
 * `position`: by position, because it has no cursor. `none`: in a single answer, because it has no paging. */
export type Order = "cursor" | "unordered" | "position" | "none";

/** Reading by cursor. Everything before `pos` has been read, and so have the ids in `seen`, which lie at `pos` itself. */
export interface ByCursor {
  readonly kind: "by-cursor";
  readonly pos: number;
  readonly seen: ReadonlySet<string>;
}

/** Reading by halves, for a set that can be filtered by the cursor but not ordered. A page that is not full was one atomic
 * read of `[pos, end)`. A full page means that this part is too large. */
export interface ByHalves {
  readonly kind: "by-halves";
  readonly pos: number;
  readonly end: number;
}

/** Reading by position, from the last place to the first. It is for a part of the past that the cursor cannot divide any
 * further (a second with more records than a page) or that contains a poison record. Records only ever leave the past. A
 * record that leaves shifts those after it to the left, but those have been read already, so none is missed. */
export interface ByPosition {
  readonly kind: "by-position";
  readonly interval: Interval;
  /** Where a poison record must be, if there is one. */
  readonly suspect: Interval;
  readonly stage: "count-before" | "pages" | "count-after";
  /** The last place that has not been read. */
  readonly end: number;
  readonly skipped: number;
  /** Ids of the records of this part that have been read, including those read in earlier attempts and those read before the
   * part turned out to be indivisible. */
  readonly ids: ReadonlySet<string>;
  /** How many of these ids were known when the attempt began. */
  readonly knownBefore: number;
  /** The number of this attempt, from 1. An attempt that brought new records is not counted. */
  readonly attempt: number;
}

/** Reading in passes, for a set whose order can change while it is read (it has no cursor) or that the API does not count.
 * The whole set is read again and again until two passes in a row saw the same records, and as many as the API counts. A
 * set that fits into one page is read atomically, so the count alone confirms it. */
export interface InPasses {
  readonly kind: "in-passes";
  readonly interval: Interval | null;
  readonly stage: "pages" | "count";
  /** How many places this pass has behind it: the records it read and those it skipped. */
  readonly passed: number;
  readonly skipped: number;
  readonly pages: number;
  /** The ids that this pass has seen. */
  readonly ids: ReadonlySet<string>;
  /** The ids that the pass before this one saw. */
  readonly previous: ReadonlySet<string> | undefined;
  /** The ids that any pass saw. */
  readonly seen: ReadonlySet<string>;
  readonly isCountable: boolean;
  readonly attempt: number;
}

/** Locating a poison record, which is the next record after those in `seen`. Counts halve the rest of the range until the
 * second of the record is found. */
export interface Locating {
  readonly kind: "locating";
  readonly pos: number;
  readonly seen: ReadonlySet<string>;
  /** `[pos, low)` contains no more than the records in `seen`. */
  readonly low: number;
  /** `[pos, high)` contains more than the records in `seen`. */
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
  /** The number of records that the next page asks for. */
  readonly pageSize: number;
  /** The size that pages grow back to after they were made smaller. */
  readonly maxPageSize: number;
  readonly order: Order;
  readonly state: State;
}

/** The outcome of an answer: the next state of the sweep, and what is known now. */
export interface Step {
  readonly sweep: Sweep;
  /** The rows of the page that had not been read before. */
  readonly fresh: readonly Row[];
  /** Everything before this instant has been read, except for skipped records. Milliseconds since 1970. */
  readonly completeTo: number;
  /** The place of a record that was skipped because the API cannot return any page that contains it. */
  readonly skipped?: {
    readonly interval: Interval | null;
    readonly position: number;
    /** The span that the record lies in: its second if that is known; null for a set without a cursor. */
    readonly suspect: Interval | null;
  };
}

/** An answer that cannot be an answer to what was asked. */
export class SweepError extends Error {}

/** How many attempts there are to read a set that changes while it is being read. */
export const MAX_ATTEMPTS = 5;
/** In milliseconds. */
export const SECOND = 1000;

/** The second that an instant lies in; both in milliseconds since 1970. */
export const secondOf = (instant: number): number => Math.floor(instant / SECOND) * SECOND;

/** The middle of a span, rounded up to a whole second from its start, because statements only know whole seconds. */
export const halfOf = (from: number, to: number): number =>
  from + Math.ceil((to - from) / 2 / SECOND) * SECOND;

/** The instant before which everything has been read. */
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

/** The step to another state after an answer that brought no record. */
export function stay(sweep: Sweep, state: State): Step {
  const next = { ...sweep, state };
  return { sweep: next, fresh: [], completeTo: positionOf(next) };
}

/** The state of a sweep that still has everything from `pos` on to read. */
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

/** The start of the first pass over a set. */
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

/** The start of an attempt to read `interval` by position. */
export function byPosition({
  interval,
  suspect = interval,
  ids,
  attempt = 1,
}: Pick<ByPosition, "interval" | "ids"> & Partial<Pick<ByPosition, "suspect" | "attempt">>): ByPosition {
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

/** The step from a part that was read by position or in passes to what follows it. */
export function leavePart(sweep: Sweep, interval: Interval | null): Step {
  const completeTo = interval?.to ?? sweep.range.to;
  const next = { ...sweep, pageSize: sweep.maxPageSize, state: startAt(completeTo, sweep) };
  return { sweep: next, fresh: [], completeTo };
}

/** The cursor of a row. Throws `SweepError` if it is missing or lies outside of what was asked for. */
export function cursorWithin({ ordinal, cursor }: Row, { from, to }: Interval): number {
  if (cursor === undefined) throw new SweepError(`record ${ordinal} of the page has no cursor`);
  if (cursor >= from && cursor < to) return cursor;
  const asked = `${formatInstant(from)} to ${formatInstant(to)}`;
  throw new SweepError(
    `record ${ordinal} of the page has the cursor ${formatInstant(cursor)}, but ${asked} was asked for`,
  );
}
