import {
  cursorWithin,
  type InPasses,
  inPasses,
  leavePart,
  MAX_ATTEMPTS,
  type Row,
  type Step,
  type Sweep,
  SweepError,
  stay,
} from "./sweep-state.ts";

/** The step after a page of a pass. A short page ends the pass. */
export function takeInPasses(sweep: Sweep, state: InPasses, rows: readonly Row[]): Step {
  const { interval } = state;
  if (interval !== null) {
    for (const row of rows) cursorWithin(row, interval);
  }
  const next = {
    ...state,
    passed: state.passed + rows.length,
    pages: state.pages + 1,
    ids: new Set([...state.ids, ...rows.map((row) => row.id)]),
    seen: new Set([...state.seen, ...rows.map((row) => row.id)]),
  };
  const fresh = rows.filter((row) => !state.seen.has(row.id));
  if (rows.length < sweep.pageSize) return { ...endPass(sweep, next), fresh };
  const grown = { ...sweep, pageSize: Math.min(sweep.maxPageSize, sweep.pageSize * 2) };
  return { ...stay(grown, next), fresh };
}

/** The step after a refused page: ask for a smaller one, or skip the record if it was a page of one. */
export function refuseInPasses(sweep: Sweep, state: InPasses): Step {
  if (sweep.pageSize > 1) return stay({ ...sweep, pageSize: Math.floor(sweep.pageSize / 2) }, state);
  const position = state.passed + 1;
  const skipped = { interval: state.interval, position, suspect: state.interval };
  const next = { ...state, passed: position, skipped: state.skipped + 1, pages: state.pages + 1 };
  return { ...stay(sweep, next), skipped };
}

/** The step after the count that follows two equal passes, or a single page. */
export function countInPasses(sweep: Sweep, state: InPasses, count: number): Step {
  if (count === state.ids.size + state.skipped) return leavePart(sweep, state.interval);
  return again(sweep, state, `the API counts ${count}`);
}

/** The step after the API refused to count the set: two equal passes have to be enough. */
export function leaveUncounted(sweep: Sweep, state: InPasses): Step {
  return leavePart(sweep, state.interval);
}

function endPass(sweep: Sweep, state: InPasses): Step {
  const isAtomic = state.pages <= 1;
  if (!isAtomic && !isSame(state.ids, state.previous)) {
    return again(sweep, state, "the next pass saw different ones");
  }
  if (!state.isCountable) return leaveUncounted(sweep, state);
  return stay(sweep, { ...state, stage: "count" });
}

function again(sweep: Sweep, state: InPasses, why: string): Step {
  const { interval, isCountable, attempt, ids, seen } = state;
  if (attempt >= MAX_ATTEMPTS) throw new SweepError(`${ids.size} records were read, but ${why}`);
  const next = { ...inPasses(interval, isCountable), previous: ids, seen, attempt: attempt + 1 };
  return stay({ ...sweep, pageSize: sweep.maxPageSize }, next);
}

const isSame = (ids: ReadonlySet<string>, others: ReadonlySet<string> | undefined): boolean =>
  others !== undefined && ids.size === others.size && [...ids].every((id) => others.has(id));
