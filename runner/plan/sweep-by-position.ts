import {
  type ByPosition,
  byPosition,
  cursorWithin,
  leavePart,
  MAX_ATTEMPTS,
  type Row,
  type Step,
  type Sweep,
  SweepError,
  stay,
} from "./sweep-state.ts";

/** The places of the next page: the last ones that are not read. */
export function placesOf({ pageSize }: Sweep, { end }: ByPosition): { start: number; limit: number } {
  const limit = Math.min(pageSize, end);
  return { start: end - limit + 1, limit };
}

export function countByPosition(sweep: Sweep, state: ByPosition, count: number): Step {
  if (state.stage === "count-before") return stay(sweep, toStart({ ...state, end: count }));
  // Whoever has left meanwhile was read or need not be: fewer are counted then.
  if (state.ids.size + state.skipped >= count) return leavePart(sweep, state.interval);
  // Where the API has another order of equal times for each page, every attempt brings some of what is missing.
  const attempt = state.ids.size > state.knownBefore ? state.attempt : state.attempt + 1;
  if (attempt > MAX_ATTEMPTS) {
    throw new SweepError(`${count} records are counted in a second, but ${state.ids.size} were read`);
  }
  return stay(sweep, byPosition(state.interval, state.ids, attempt, state.suspect));
}

export function takeByPosition(sweep: Sweep, state: ByPosition, rows: readonly Row[]): Step {
  for (const row of rows) cursorWithin(row, state.interval);
  const fresh = rows.filter((row) => !state.ids.has(row.id));
  const ids = new Set([...state.ids, ...rows.map((row) => row.id)]);
  const end = placesOf(sweep, state).start - 1;
  const grown = { ...sweep, pageSize: Math.min(sweep.maxPageSize, sweep.pageSize * 2) };
  return { ...stay(grown, toStart({ ...state, ids, end })), fresh };
}

/** A smaller page, or one record less. */
export function refuseByPosition(sweep: Sweep, state: ByPosition): Step {
  const { limit } = placesOf(sweep, state);
  if (limit > 1) return stay({ ...sweep, pageSize: limit >> 1 }, state);
  const skipped = { interval: state.interval, position: state.end, suspect: state.suspect };
  const next = { ...state, end: state.end - 1, skipped: state.skipped + 1 };
  return { ...stay(sweep, toStart(next)), skipped };
}

const toStart = (state: ByPosition): ByPosition => ({
  ...state,
  stage: state.end > 0 ? "pages" : "count-after",
});
