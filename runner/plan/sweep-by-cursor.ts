import type { Interval } from "./interval.ts";
import {
  type ByCursor,
  type ByPosition,
  byPosition,
  cursorWithin,
  halfOf,
  type Locating,
  type Row,
  SECOND,
  type Step,
  type Sweep,
  SweepError,
  secondOf,
  stay,
} from "./sweep-state.ts";

/** The step after a page in cursor order. A short page contained everything that was left; a full page says where the next
 * one starts. */
export function takeByCursor(sweep: Sweep, state: ByCursor, rows: readonly Row[]): Step {
  const { range, pageSize, maxPageSize } = sweep;
  // Statements only know whole seconds, so the next page starts at the second of the last row.
  const last = secondOf(lastCursor(rows, { from: state.pos, to: range.to }) ?? state.pos);
  const isRepeated = (row: Row): boolean => isIn(row, state.pos) && state.seen.has(row.id);
  const fresh = rows.filter((row) => !isRepeated(row));
  if (rows.length < pageSize) {
    return { sweep: { ...sweep, state: { kind: "done" } }, fresh, completeTo: range.to };
  }
  const grown = Math.min(maxPageSize, pageSize * 2);
  if (last > state.pos) {
    const seen = new Set(rows.filter((row) => isIn(row, last)).map((row) => row.id));
    // The next page repeats the records in `seen`, so it must be larger than that to bring anything new.
    const next = Math.max(grown, Math.min(maxPageSize, seen.size + 1));
    const onward: ByCursor = { kind: "by-cursor", pos: last, seen };
    return { sweep: { ...sweep, pageSize: next, state: onward }, fresh, completeTo: last };
  }
  // All rows lie in one second. Ask for a larger page if that is allowed; otherwise read the second by position.
  const seen = new Set([...state.seen, ...rows.map((row) => row.id)]);
  if (pageSize < maxPageSize) {
    return { sweep: { ...sweep, pageSize: grown, state: { ...state, seen } }, fresh, completeTo: last };
  }
  const interval = { from: last, to: Math.min(last + SECOND, range.to) };
  return { sweep: { ...sweep, state: byPosition({ interval, ids: seen }) }, fresh, completeTo: last };
}

/** The step after a refused page: ask for a smaller one. If even a single new record is refused, find its second. */
export function refuseByCursor(sweep: Sweep, state: ByCursor): Step {
  const { pageSize, range } = sweep;
  // The records in `seen` come first, so only a larger page brings anything new.
  const least = state.seen.size + 1;
  if (pageSize > least) return stay({ ...sweep, pageSize: Math.max(least, Math.floor(pageSize / 2)) }, state);
  const { pos, seen } = state;
  return stay(sweep, locate({ kind: "locating", pos, seen, low: pos, high: range.to }));
}

/** The step after a count of everything before the middle of the span. If that is more than the records in `seen`, the poison
 * record lies before the middle, otherwise after it. */
export function takeLocating(sweep: Sweep, state: Locating, count: number): Step {
  const middle = halfOf(state.low, state.high);
  const isBefore = count > state.seen.size;
  return stay(sweep, locate(isBefore ? { ...state, high: middle } : { ...state, low: middle }));
}

/** Goes on halving until the second of the poison record is found. Then everything up to the end of that second is read by
 * position, so that only the poison record itself is skipped. */
function locate(state: Locating): Locating | ByPosition {
  if (state.high - state.low > SECOND) return state;
  const suspect = { from: state.high - SECOND, to: state.high };
  return byPosition({ interval: { from: state.pos, to: state.high }, suspect, ids: state.seen });
}

const isIn = ({ cursor }: Row, second: number): boolean =>
  cursor !== undefined && secondOf(cursor) === second;

/** The cursor of the last row; undefined if there is none. Throws `SweepError` unless the cursors ascend and lie within what
 * was asked for. */
function lastCursor(rows: readonly Row[], asked: Interval): number | undefined {
  let previous = asked.from;
  for (const row of rows) {
    const cursor = cursorWithin(row, asked);
    if (cursor < previous) throw new SweepError(`record ${row.ordinal} of the page is out of order`);
    previous = cursor;
  }
  return rows.at(-1)?.cursor;
}
