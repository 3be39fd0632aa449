import type { Interval } from "../plan/interval.ts";
import { type Database, runStatement } from "./connect.ts";
import { tableExists } from "./table-exists.ts";

export interface LastRun {
  readonly run_id: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly status: string;
  readonly started_at_utc: Date;
}

/** The windows of a table that are sealed and proven, as they were recorded. Times are in milliseconds since 1970. Empty if
 * there is no ledger yet. */
export async function readSealed(pool: Database, realmId: string, tableName: string): Promise<Interval[]> {
  if (!(await tableExists(pool, "qbo.tables"))) return [];
  const rows = await runStatement<{ from: Date; to: Date }>(
    pool,
    "read the ledger",
    `select window_start_utc as from, window_end_utc as to from qbo.windows
where realm_id = $1 and table_name = $2 and status = 'sealed' and source_count is not null order by window_start_utc`,
    [realmId, tableName],
  );
  return rows.map(({ from, to }) => ({ from: from.getTime(), to: to.getTime() }));
}

/** The extent of all windows of a table that were ever read or tried. Times in milliseconds since 1970. */
export interface Recorded {
  /** From the start of the first window to the end of the last; undefined if there are no windows. */
  readonly hull: Interval | undefined;
  /** The end of the last window that has passed, that is, of the last window that is not open. */
  readonly passedTo: number | undefined;
}

export async function readRecorded(pool: Database, realmId: string, tableName: string): Promise<Recorded> {
  if (!(await tableExists(pool, "qbo.tables"))) return { hull: undefined, passedTo: undefined };
  const [found] = await runStatement<{ from: Date | null; to: Date | null; passed_to: Date | null }>(
    pool,
    "read the ledger",
    `select min(window_start_utc) as from, max(window_end_utc) as to,
  max(window_end_utc) filter (where status <> 'open') as passed_to
from qbo.windows where realm_id = $1 and table_name = $2`,
    [realmId, tableName],
  );
  return {
    hull: found?.from && found.to ? { from: found.from.getTime(), to: found.to.getTime() } : undefined,
    passedTo: found?.passed_to?.getTime(),
  };
}

/** The last run of a company that had something to read, whether or not it succeeded. */
export async function readLastRun(
  pool: Database,
  realmId: string,
  environment: string,
): Promise<LastRun | undefined> {
  if (!(await tableExists(pool, "qbo.runs"))) return undefined;
  const [row] = await runStatement<LastRun>(
    pool,
    "read the last run",
    `select run_id, arguments, status, started_at_utc from qbo.runs
where realm_id = $1 and environment = $2 and arguments @? '$.entities[*].from'
order by started_at_utc desc limit 1`,
    [realmId, environment],
  );
  return row;
}

export interface UnprovenWindow extends Interval {
  readonly pages: number;
  readonly rows: number;
}

/** Sealed windows within the spans that were never proven. Times in milliseconds since 1970. */
export async function readUnproven(
  pool: Database,
  realmId: string,
  tableName: string,
  spans: readonly Interval[],
): Promise<UnprovenWindow[]> {
  if (!(await tableExists(pool, "qbo.tables"))) return [];
  const rows = await runStatement<{ from: Date; to: Date; pages: number; rows: number }>(
    pool,
    "read the ledger",
    `select window_start_utc as from, window_end_utc as to, pages, rows from qbo.windows
join unnest($3::timestamptz[], $4::timestamptz[]) as span (begins, ends) on window_start_utc >= begins and window_end_utc <= ends
where realm_id = $1 and table_name = $2 and status = 'sealed' and source_count is null order by window_start_utc`,
    [realmId, tableName, spans.map(({ from }) => new Date(from)), spans.map(({ to }) => new Date(to))],
  );
  return withoutOverlaps(rows.map((row) => ({ ...row, from: row.from.getTime(), to: row.to.getTime() })));
}

/** Leaves out windows that overlap an earlier one, which happens if the window size has changed. A proof must count each
 * instant once. */
function withoutOverlaps(windows: readonly UnprovenWindow[]): UnprovenWindow[] {
  const kept: UnprovenWindow[] = [];
  for (const window of windows)
    if (window.from >= (kept.at(-1)?.to ?? Number.NEGATIVE_INFINITY)) kept.push(window);
  return kept;
}
