import {
  type ByHalves,
  byPosition,
  cursorWithin,
  halfOf,
  type Row,
  SECOND,
  type Step,
  type Sweep,
  stay,
} from "./sweep-state.ts";

/** The step after a page of a set that cannot be ordered. A full page means that the part is too large. */
export function takeByHalves(sweep: Sweep, state: ByHalves, rows: readonly Row[]): Step {
  if (rows.length >= sweep.pageSize) return halve(sweep, state);
  const { pos, end } = state;
  for (const row of rows) cursorWithin(row, { from: pos, to: end });
  if (end >= sweep.range.to) return { ...stay(sweep, { kind: "done" }), fresh: rows };
  // Try twice the span that has just fitted into a page.
  const next = Math.min(sweep.range.to, end + 2 * (end - pos));
  return { ...stay(sweep, { kind: "by-halves", pos: end, end: next }), fresh: rows };
}

/** Asks for half of the part. A single second cannot be halved, so it is read by position. */
export function halve(sweep: Sweep, { pos, end }: ByHalves): Step {
  if (end - pos <= SECOND) {
    return stay(sweep, byPosition({ interval: { from: pos, to: end }, ids: new Set() }));
  }
  return stay(sweep, { kind: "by-halves", pos, end: halfOf(pos, end) });
}
