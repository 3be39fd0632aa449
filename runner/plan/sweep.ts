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

/** By position: a set too dense for the cursor (one second fuller than a page, or no cursor at all), read by
 * STARTPOSITION between two counts and again if they differ. */
interface ByPosition {
  readonly kind: "by-position";
  readonly interval: Interval | null;
  readonly stage: "count-before" | "pages" | "count-after";
  readonly expected: number;
  /** How many records the pages have brought so far. */
  readonly read: number;
  readonly ids: ReadonlySet<string>;
  /** Records of the set that were read before it was found to be too dense, or in an earlier attempt. */
  readonly before: ReadonlySet<string>;
  readonly attempt: number;
}

export interface Sweep {
  readonly range: Interval;
  readonly pageSize: number;
  readonly state: ByCursor | ByPosition | { readonly kind: "done" };
}

/** How often a set read by position is read again because it changed meanwhile. */
const MAX_ATTEMPTS = 5;

export function startSweep(range: Interval, pageSize: number, hasCursor: boolean): Sweep {
  const state: Sweep["state"] = hasCursor
    ? { kind: "by-cursor", pos: range.from, seen: new Set() }
    : byPosition(null, new Set(), 1);
  return { range, pageSize, state };
}

function byPosition(interval: Interval | null, before: ReadonlySet<string>, attempt: number): ByPosition {
  return {
    kind: "by-position",
    interval,
    stage: "count-before",
    expected: 0,
    read: 0,
    ids: new Set(),
    before,
    attempt,
  };
}

/** The next question, or undefined when everything is read. */
export function nextAsk({ range, pageSize, state }: Sweep): Ask | undefined {
  if (state.kind === "done") return undefined;
  if (state.kind === "by-cursor") {
    return { kind: "page", interval: { from: state.pos, to: range.to }, start: 1, limit: pageSize };
  }
  if (state.stage !== "pages") return { kind: "count", interval: state.interval };
  return { kind: "page", interval: state.interval, start: state.read + 1, limit: pageSize };
}

export interface Step {
  readonly sweep: Sweep;
  /** The rows of the page that were not read before. */
  readonly fresh: readonly Row[];
  /** Everything before this instant is read. */
  readonly completeTo: number;
}

/** The state after a page. Throws `SweepError` if the page can't be an answer to what was asked. */
export function takePage(sweep: Sweep, rows: readonly Row[]): Step {
  const { state } = sweep;
  if (state.kind === "by-cursor") return takeByCursor(sweep, state, rows);
  if (state.kind === "by-position") return takeByPosition(sweep, state, rows);
  throw new SweepError("a page came after the end");
}

/** The state after a count. */
export function takeCount(sweep: Sweep, count: number): Step {
  const { state } = sweep;
  if (state.kind !== "by-position") throw new SweepError("a count came unasked");
  if (state.stage === "count-before") {
    const next = { ...state, expected: count, stage: count === 0 ? "count-after" : "pages" } as const;
    return { sweep: { ...sweep, state: next }, fresh: [], completeTo: startOf(sweep, state) };
  }
  if (count === state.expected && count === state.ids.size) return leavePositions(sweep, state);
  if (state.attempt >= MAX_ATTEMPTS) {
    throw new SweepError(
      `${state.expected} records were counted, ${state.ids.size} read, then ${count} counted`,
    );
  }
  const again = byPosition(state.interval, new Set([...state.before, ...state.ids]), state.attempt + 1);
  return { sweep: { ...sweep, state: again }, fresh: [], completeTo: startOf(sweep, state) };
}

/** An answer that contradicts what was asked. */
export class SweepError extends Error {}

const startOf = (sweep: Sweep, state: ByPosition): number => state.interval?.from ?? sweep.range.from;

function takeByCursor(sweep: Sweep, state: ByCursor, rows: readonly Row[]): Step {
  const { range, pageSize } = sweep;
  const last = lastCursor(rows, { from: state.pos, to: range.to }) ?? state.pos;
  const fresh = rows.filter((row) => !(row.cursor === state.pos && state.seen.has(row.id)));
  if (rows.length < pageSize)
    return { sweep: { ...sweep, state: { kind: "done" } }, fresh, completeTo: range.to };
  if (last > state.pos) {
    const seen = new Set(rows.filter((row) => row.cursor === last).map((row) => row.id));
    return { sweep: { ...sweep, state: { kind: "by-cursor", pos: last, seen } }, fresh, completeTo: last };
  }
  const second = { from: last, to: Math.min(last + 1000, range.to) };
  return {
    sweep: { ...sweep, state: byPosition(second, new Set([...state.seen, ...rows.map((row) => row.id)]), 1) },
    fresh,
    completeTo: last,
  };
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
  if (state.stage !== "pages") throw new SweepError("a page came where a count was asked");
  for (const row of rows) if (state.interval !== null) checkWithin(row, state.interval);
  const fresh = rows.filter((row) => !state.ids.has(row.id) && !state.before.has(row.id));
  const read = state.read + rows.length;
  const isLast = rows.length === 0 || read >= state.expected;
  const next: ByPosition = {
    ...state,
    read,
    ids: new Set([...state.ids, ...rows.map((row) => row.id)]),
    stage: isLast ? "count-after" : "pages",
  };
  return { sweep: { ...sweep, state: next }, fresh, completeTo: startOf(sweep, state) };
}

function leavePositions(sweep: Sweep, state: ByPosition): Step {
  const end = state.interval?.to ?? sweep.range.to;
  const next: Sweep["state"] =
    end >= sweep.range.to ? { kind: "done" } : { kind: "by-cursor", pos: end, seen: new Set() };
  return { sweep: { ...sweep, state: next }, fresh: [], completeTo: end };
}
