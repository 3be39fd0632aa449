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

/** By cursor: everything before `pos` is read; so are the `seen` ids at `pos` itself. */
interface ByCursor {
  readonly kind: "by-cursor";
  readonly pos: number;
  readonly seen: ReadonlySet<string>;
}

/** By halves: a set that can be filtered by the cursor but not ordered. A page that is not full was one atomic read of
 * `[pos, end)`; a full one says that the part is too large. */
interface ByHalves {
  readonly kind: "by-halves";
  readonly pos: number;
  readonly end: number;
}

/** By position: a set that the cursor cannot divide (one second fuller than a page or with a poison record in it, or
 * no cursor at all), read by STARTPOSITION between two counts and again if they differ. */
interface ByPosition {
  readonly kind: "by-position";
  readonly interval: Interval | null;
  /** Where a poison record must lie. */
  readonly suspect: Interval | null;
  readonly stage: "count-before" | "pages" | "count-after";
  readonly expected: number;
  /** How many places of the set are behind: records read and records skipped. */
  readonly passed: number;
  readonly skipped: number;
  readonly ids: ReadonlySet<string>;
  /** Records of the set that were read before it was found to be indivisible, or in an earlier attempt. */
  readonly before: ReadonlySet<string>;
  readonly attempt: number;
}

/** A poison record comes next after `seen`: counts halve the rest of the range down to its second. */
interface Locating {
  readonly kind: "locating";
  readonly pos: number;
  readonly seen: ReadonlySet<string>;
  /** No more than the `seen` records lie in `[pos, low)`; more than those in `[pos, high)`. */
  readonly low: number;
  readonly high: number;
}

export interface Sweep {
  readonly range: Interval;
  /** Records asked for in the next page. */
  readonly pageSize: number;
  /** What the page size grows back to after it was halved. */
  readonly maxPageSize: number;
  readonly order: Order;
  readonly state:
    | ByCursor
    | ByHalves
    | ByPosition
    | Locating
    | { readonly kind: "whole" }
    | { readonly kind: "done" };
}

/** How an entity can be read: in the order of its cursor, by its cursor without order, by position as it has no cursor,
 * or in one answer as it has no paging. */
export type Order = "cursor" | "unordered" | "position" | "none";

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

/** How often a set read by position is read again because it changed meanwhile. */
const MAX_ATTEMPTS = 5;
const SECOND = 1000;

export function startSweep(range: Interval, pageSize: number, order: Order): Sweep {
  return { range, pageSize, maxPageSize: pageSize, order, state: startAt(range.from, range, order) };
}

function startAt(pos: number, range: Interval, order: Order): Sweep["state"] {
  switch (order) {
    case "cursor":
      return { kind: "by-cursor", pos, seen: new Set() };
    case "unordered":
      return { kind: "by-halves", pos, end: range.to };
    case "position":
      return byPosition(null, new Set(), 1);
    case "none":
      return { kind: "whole" };
  }
}

function byPosition(
  interval: Interval | null,
  before: ReadonlySet<string>,
  attempt: number,
  suspect: Interval | null = interval,
): ByPosition {
  const start = {
    stage: "count-before",
    expected: 0,
    passed: 0,
    skipped: 0,
    ids: new Set<string>(),
  } as const;
  return { kind: "by-position", interval, suspect, before, attempt, ...start };
}

/** The next question, or undefined when everything is read. */
export function nextAsk({ range, pageSize, state }: Sweep): Ask | undefined {
  switch (state.kind) {
    case "done":
      return undefined;
    case "by-cursor":
      return { kind: "page", interval: { from: state.pos, to: range.to }, start: 1, limit: pageSize };
    case "by-halves":
      return { kind: "page", interval: { from: state.pos, to: state.end }, start: 1, limit: pageSize };
    case "whole":
      return { kind: "page", interval: null, start: 1, limit: pageSize };
    case "locating":
      return { kind: "count", interval: { from: state.pos, to: middleOf(state) } };
    case "by-position":
      if (state.stage !== "pages") return { kind: "count", interval: state.interval };
      return { kind: "page", interval: state.interval, start: state.passed + 1, limit: pageSize };
  }
}

/** Where the sweep stands: everything before is read. */
export function positionOf({ range, state }: Sweep): number {
  if (state.kind === "done") return range.to;
  if (state.kind === "whole") return range.from;
  return state.kind === "by-position" ? (state.interval?.from ?? range.from) : state.pos;
}

/** The same sweep with an earlier end, which lies after all that was asked so far: another lane takes the rest. */
export function endSweepAt(sweep: Sweep, to: number): Sweep {
  return { ...sweep, range: { from: sweep.range.from, to } };
}

/** The state after a page. Throws `SweepError` if the page can't be an answer to what was asked. */
export function takePage(sweep: Sweep, rows: readonly Row[]): Step {
  const { state } = sweep;
  const grown = { ...sweep, pageSize: Math.min(sweep.maxPageSize, sweep.pageSize * 2) };
  if (state.kind === "by-cursor") return takeByCursor(sweep, grown, state, rows);
  if (state.kind === "by-halves") return takeByHalves(sweep, state, rows);
  if (state.kind === "whole") return { ...stay(sweep, { kind: "done" }), fresh: rows };
  if (state.kind === "by-position" && state.stage === "pages") return takeByPosition(grown, state, rows);
  throw new SweepError("a page came unasked");
}

/** The state after a count. */
export function takeCount(sweep: Sweep, count: number): Step {
  const { state } = sweep;
  if (state.kind === "locating") return takeLocating(sweep, state, count);
  if (state.kind !== "by-position" || state.stage === "pages") throw new SweepError("a count came unasked");
  if (state.stage === "count-before") {
    return stay(sweep, { ...state, expected: count, stage: count === 0 ? "count-after" : "pages" });
  }
  if (count === state.expected && count === state.ids.size + state.skipped)
    return leavePositions(sweep, state);
  if (state.attempt >= MAX_ATTEMPTS) {
    throw new SweepError(
      `${state.expected} records were counted, ${state.ids.size} read, then ${count} counted`,
    );
  }
  return stay(
    sweep,
    byPosition(state.interval, new Set([...state.before, ...state.ids]), state.attempt + 1, state.suspect),
  );
}

/** The state after the API could not give a page: it is too large for it, or holds a poison record. */
export function takeRefusal(sweep: Sweep): Step {
  const { state, pageSize } = sweep;
  const halved = Math.max(1, pageSize >> 1);
  if (state.kind === "by-cursor") {
    // The records at `pos` come first: a page must be larger than they are many to bring anything new.
    const least = state.seen.size + 1;
    if (pageSize > least) return stay({ ...sweep, pageSize: Math.max(least, halved) }, state);
    return stay(
      sweep,
      locate({ kind: "locating", pos: state.pos, seen: state.seen, low: state.pos, high: sweep.range.to }),
    );
  }
  if (state.kind === "by-halves") return halve(sweep, state);
  if (state.kind !== "by-position" || state.stage !== "pages") throw new SweepError("a refusal came unasked");
  if (pageSize > 1) return stay({ ...sweep, pageSize: halved }, state);
  const skipped = { interval: state.interval, position: state.passed + 1, suspect: state.suspect };
  const next = { ...state, passed: state.passed + 1, skipped: state.skipped + 1 };
  return { ...stay(sweep, toEnd(next)), skipped };
}

function stay(sweep: Sweep, state: Sweep["state"]): Step {
  const next = { ...sweep, state };
  return { sweep: next, fresh: [], completeTo: positionOf(next) };
}

function takeByCursor(sweep: Sweep, grown: Sweep, state: ByCursor, rows: readonly Row[]): Step {
  const { range, pageSize } = sweep;
  // Statements have whole seconds: the next page begins with the second of the last row.
  const last = secondOf(lastCursor(rows, { from: state.pos, to: range.to }) ?? state.pos);
  const fresh = rows.filter((row) => !(isIn(row, state.pos) && state.seen.has(row.id)));
  if (rows.length < pageSize) {
    return { sweep: { ...sweep, state: { kind: "done" } }, fresh, completeTo: range.to };
  }
  if (last > state.pos) {
    const seen = new Set(rows.filter((row) => isIn(row, last)).map((row) => row.id));
    // A page no larger than what it must repeat would stand still.
    const next = { ...grown, pageSize: Math.max(grown.pageSize, Math.min(grown.maxPageSize, seen.size + 1)) };
    return { sweep: { ...next, state: { kind: "by-cursor", pos: last, seen } }, fresh, completeTo: last };
  }
  const second = { from: last, to: Math.min(last + SECOND, range.to) };
  const before = new Set([...state.seen, ...rows.map((row) => row.id)]);
  if (pageSize < sweep.maxPageSize)
    return { sweep: { ...grown, state: { ...state, seen: before } }, fresh, completeTo: last };
  return { sweep: { ...sweep, state: byPosition(second, before, 1) }, fresh, completeTo: last };
}

const secondOf = (instant: number): number => Math.floor(instant / SECOND) * SECOND;
const isIn = ({ cursor }: Row, second: number): boolean =>
  cursor !== undefined && secondOf(cursor) === second;

function takeByHalves(sweep: Sweep, state: ByHalves, rows: readonly Row[]): Step {
  if (rows.length >= sweep.pageSize) return halve(sweep, state);
  for (const row of rows) checkWithin(row, { from: state.pos, to: state.end });
  const { pos, end } = state;
  // What fitted once, and room to grow.
  const next = { kind: "by-halves", pos: end, end: Math.min(sweep.range.to, end + 2 * (end - pos)) } as const;
  return { ...stay(sweep, end >= sweep.range.to ? { kind: "done" } : next), fresh: rows };
}

/** Asks for less; a second that is still too much is read by position. */
function halve(sweep: Sweep, { pos, end }: ByHalves): Step {
  if (end - pos <= SECOND) return stay(sweep, byPosition({ from: pos, to: end }, new Set(), 1));
  const middle = pos + Math.ceil((end - pos) / 2 / SECOND) * SECOND;
  return stay(sweep, { kind: "by-halves", pos, end: middle });
}

/** The cursor of the last row, once all are proven to ascend within what was asked. */
function lastCursor(rows: readonly Row[], { from, to }: Interval): number | undefined {
  let previous = from;
  for (const row of rows) {
    const cursor = checkWithin(row, { from, to });
    if (cursor < previous) throw new SweepError(`record ${row.ordinal} of the page is out of order`);
    previous = cursor;
  }
  return rows.at(-1)?.cursor;
}

function checkWithin({ ordinal, cursor }: Row, { from, to }: Interval): number {
  if (cursor === undefined) throw new SweepError(`record ${ordinal} of the page has no cursor`);
  if (cursor >= from && cursor < to) return cursor;
  const asked = `${formatInstant(from)} to ${formatInstant(to)}`;
  throw new SweepError(
    `record ${ordinal} of the page is of ${formatInstant(cursor)}, but ${asked} was asked`,
  );
}

function takeByPosition(sweep: Sweep, state: ByPosition, rows: readonly Row[]): Step {
  for (const row of rows) if (state.interval !== null) checkWithin(row, state.interval);
  const fresh = rows.filter((row) => !state.ids.has(row.id) && !state.before.has(row.id));
  const ids = new Set([...state.ids, ...rows.map((row) => row.id)]);
  const next = { ...state, passed: state.passed + rows.length, ids };
  return { ...stay(sweep, rows.length === 0 ? { ...next, stage: "count-after" } : toEnd(next)), fresh };
}

const toEnd = (state: ByPosition): ByPosition =>
  state.passed >= state.expected ? { ...state, stage: "count-after" } : state;

function leavePositions(sweep: Sweep, { interval }: ByPosition): Step {
  const end = interval?.to ?? sweep.range.to;
  const { range, order, maxPageSize } = sweep;
  const state: Sweep["state"] = end >= range.to ? { kind: "done" } : startAt(end, range, order);
  return { sweep: { ...sweep, pageSize: maxPageSize, state }, fresh: [], completeTo: end };
}

const middleOf = ({ low, high }: Locating): number => low + Math.ceil((high - low) / 2 / SECOND) * SECOND;

function takeLocating(sweep: Sweep, state: Locating, count: number): Step {
  const middle = middleOf(state);
  const isBefore = count > state.seen.size;
  return stay(sweep, locate({ ...state, ...(isBefore ? { high: middle } : { low: middle }) }));
}

/** Once the second is found, all up to its end is read by position, record by record around the poison. */
function locate(state: Locating): Locating | ByPosition {
  if (state.high - state.low > SECOND) return state;
  const suspect = { from: state.high - SECOND, to: state.high };
  return byPosition({ from: state.pos, to: state.high }, state.seen, 1, suspect);
}
