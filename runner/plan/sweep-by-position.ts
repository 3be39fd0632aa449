import {
  type ByPosition,
  byPosition,
  cursorWithin,
  leavePart,
  MAX_ATTEMPTS,
  type PagePlace,
  type Row,
  type Step,
  type Sweep,
  SweepError,
  stay,
} from "./sweep-state.ts";

/** The places of the next page: the last ones that have not been read yet. */
export function placesOf({ pageSize }: Sweep, { end }: ByPosition): Pick<PagePlace, "start" | "limit"> {
  const limit = Math.min(pageSize, end);
  return { start: end - limit + 1, limit };
}

/** The step after one of the two counts, the one before the pages or the one after them. */
export function countByPosition(sweep: Sweep, state: ByPosition, count: number): Step {
  if (state.stage === "count-before") return stay(sweep, toStart({ ...state, end: count }));
  // Records that have left the second since then make the count smaller; they do not have to be read here.
  if (state.ids.size + state.skipped >= count) return leavePart(sweep, state.interval);
  // The API may order records of equal time differently on each page. Then each attempt brings some that were missing, and
  // only attempts that bring none count towards the limit.
  const attempt = state.ids.size > state.knownBefore ? state.attempt : state.attempt + 1;
  if (attempt > MAX_ATTEMPTS) {
    throw new SweepError(`${count} records are counted in one second, but only ${state.ids.size} were read`);
  }
  const { interval, suspect, ids } = state;
  return stay(sweep, byPosition({ interval, suspect, ids, attempt }));
}

/** The step after a page of places. */
export function takeByPosition(sweep: Sweep, state: ByPosition, rows: readonly Row[]): Step {
  for (const row of rows) cursorWithin(row, state.interval);
  const fresh = rows.filter((row) => !state.ids.has(row.id));
  const ids = new Set([...state.ids, ...rows.map((row) => row.id)]);
  const end = placesOf(sweep, state).start - 1;
  const grown = { ...sweep, pageSize: Math.min(sweep.maxPageSize, sweep.pageSize * 2) };
  return { ...stay(grown, toStart({ ...state, ids, end })), fresh };
}

/** The step after a refused page: ask for a smaller one, or skip the record if it was a page of one. */
export function refuseByPosition(sweep: Sweep, state: ByPosition): Step {
  const { limit } = placesOf(sweep, state);
  if (limit > 1) return stay({ ...sweep, pageSize: Math.floor(limit / 2) }, state);
  const skipped = { interval: state.interval, position: state.end, suspect: state.suspect };
  const next = { ...state, end: state.end - 1, skipped: state.skipped + 1 };
  return { ...stay(sweep, toStart(next)), skipped };
}

const toStart = (state: ByPosition): ByPosition => ({
  ...state,
  stage: state.end > 0 ? "pages" : "count-after",
});
