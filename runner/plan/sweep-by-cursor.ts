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

/** After a page in cursor order: a short one was everything that is left, a full one tells where to go on. */
export function takeByCursor(sweep: Sweep, state: ByCursor, rows: readonly Row[]): Step {
  const { range, pageSize, maxPageSize } = sweep;
  // Statements have whole seconds: the next page begins with the second of the last row.
  const last = secondOf(lastCursor(rows, { from: state.pos, to: range.to }) ?? state.pos);
  const fresh = rows.filter((row) => !(isIn(row, state.pos) && state.seen.has(row.id)));
  if (rows.length < pageSize) {
    return { sweep: { ...sweep, state: { kind: "done" } }, fresh, completeTo: range.to };
  }
  const grown = Math.min(maxPageSize, pageSize * 2);
  if (last > state.pos) {
    const seen = new Set(rows.filter((row) => isIn(row, last)).map((row) => row.id));
    // A page no larger than what it must repeat would stand still.
    const next = Math.max(grown, Math.min(maxPageSize, seen.size + 1));
    const onward: ByCursor = { kind: "by-cursor", pos: last, seen };
    return { sweep: { ...sweep, pageSize: next, state: onward }, fresh, completeTo: last };
  }
  const seen = new Set([...state.seen, ...rows.map((row) => row.id)]);
  if (pageSize < maxPageSize) {
    return { sweep: { ...sweep, pageSize: grown, state: { ...state, seen } }, fresh, completeTo: last };
  }
  const second = { from: last, to: Math.min(last + SECOND, range.to) };
  return { sweep: { ...sweep, state: byPosition(second, seen, 1) }, fresh, completeTo: last };
}

/** A smaller page; where one record alone cannot be had, its second is looked for. */
export function refuseByCursor(sweep: Sweep, state: ByCursor): Step {
  const { pageSize, range } = sweep;
  // The records at `pos` come first: only a page that is larger than their number brings anything new.
  const least = state.seen.size + 1;
  if (pageSize > least) return stay({ ...sweep, pageSize: Math.max(least, pageSize >> 1) }, state);
  const { pos, seen } = state;
  return stay(sweep, locate({ kind: "locating", pos, seen, low: pos, high: range.to }));
}

export function takeLocating(sweep: Sweep, state: Locating, count: number): Step {
  const middle = halfOf(state.low, state.high);
  const isBefore = count > state.seen.size;
  return stay(sweep, locate(isBefore ? { ...state, high: middle } : { ...state, low: middle }));
}

/** Once the second is found, all up to its end is read by position, record by record around the poison. */
function locate(state: Locating): Locating | ByPosition {
  if (state.high - state.low > SECOND) return state;
  const suspect = { from: state.high - SECOND, to: state.high };
  return byPosition({ from: state.pos, to: state.high }, state.seen, 1, suspect);
}

const isIn = ({ cursor }: Row, second: number): boolean =>
  cursor !== undefined && secondOf(cursor) === second;

/** The cursor of the last row, once all are proven to ascend within what was asked. */
function lastCursor(rows: readonly Row[], asked: Interval): number | undefined {
  let previous = asked.from;
  for (const row of rows) {
    const cursor = cursorWithin(row, asked);
    if (cursor < previous) throw new SweepError(`record ${row.ordinal} of the page is out of order`);
    previous = cursor;
  }
  return rows.at(-1)?.cursor;
}
