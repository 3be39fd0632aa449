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

/** After a page of a pass: a short one ends it. */
export function takeInPasses(sweep: Sweep, state: InPasses, rows: readonly Row[]): Step {
  const { interval } = state;
  if (interval !== null) for (const row of rows) cursorWithin(row, interval);
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

/** A smaller page, or one record less. */
export function refuseInPasses(sweep: Sweep, state: InPasses): Step {
  if (sweep.pageSize > 1) return stay({ ...sweep, pageSize: sweep.pageSize >> 1 }, state);
  const position = state.passed + 1;
  const skipped = { interval: state.interval, position, suspect: state.interval };
  const next = { ...state, passed: position, skipped: state.skipped + 1, pages: state.pages + 1 };
  return { ...stay(sweep, next), skipped };
}

/** The count after a pass that is otherwise believed. */
export function countInPasses(sweep: Sweep, state: InPasses, count: number): Step {
  if (count === state.ids.size + state.skipped) return leavePart(sweep, state.interval);
  return again(sweep, state, `${count} are counted`);
}

/** The API does not count this set: two equal passes must do. */
export function leaveUncounted(sweep: Sweep, state: InPasses): Step {
  return leavePart(sweep, state.interval);
}

function endPass(sweep: Sweep, state: InPasses): Step {
  const isAtomic = state.pages <= 1;
  if (!isAtomic && !isSame(state.ids, state.previous)) {
    return again(sweep, state, "the next pass saw others");
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
