import type { LedgerWindow } from "../plan/calendar.ts";
import type { Interval } from "../plan/interval.ts";
import { quoteName } from "../render/helpers.ts";
import { type Database, runStatement } from "./connect.ts";
import { tableExists } from "./table-exists.ts";

export interface TableStatus {
  readonly realm_id: string;
  readonly entity: string;
  readonly table_name: string;
  /** Windows that are sealed and proven. */
  readonly sealed: number;
  /** Windows that are sealed, but that nothing has confirmed yet. */
  readonly unproven: number;
  readonly open: number;
  readonly failed: number;
  readonly covered_from_utc: Date | null;
  readonly covered_to_utc: Date | null;
  /** Records in the table now; null if the table no longer exists. */
  readonly rows: number | null;
  /** Records that the table must hold according to the ledger; null if the ledger does not know. If `rows` differs,
   * no seal of the table counts. */
  readonly known_rows: number | null;
}

/** What the ledger knows about each table; empty if there is no ledger yet. */
export async function readStatus(pool: Database): Promise<TableStatus[]> {
  if (!(await tableExists(pool, "qbo.windows"))) return [];
  const tables = await runStatement<Omit<TableStatus, "rows" | "known_rows">>(
    pool,
    "read the ledger",
    `select realm_id, min(entity) as entity, table_name,
  count(*) filter (where status = 'sealed' and source_count is not null)::integer as sealed,
  count(*) filter (where status = 'sealed' and source_count is null)::integer as unproven,
  count(*) filter (where status = 'open')::integer as open,
  count(*) filter (where status = 'failed')::integer as failed,
  min(window_start_utc) filter (where status = 'sealed' and source_count is not null) as covered_from_utc,
  max(window_end_utc) filter (where status = 'sealed' and source_count is not null) as covered_to_utc
from qbo.windows group by realm_id, table_name order by table_name, realm_id`,
  );
  return Promise.all(
    tables.map(async (table) => {
      const rows = await countRows(pool, table.table_name);
      const known_rows = await readKnownRows(pool, table);
      return withoutVoidSeals({ ...table, rows, known_rows });
    }),
  );
}

/** Whether the seals of a table count: the table holds as many records as the ledger says. */
export const isAsKnown = ({ rows, known_rows }: Pick<TableStatus, "rows" | "known_rows">): boolean =>
  known_rows === null || known_rows === (rows ?? 0);

function withoutVoidSeals(table: TableStatus): TableStatus {
  if (isAsKnown(table)) return table;
  const unproven = table.unproven + table.sealed;
  return { ...table, sealed: 0, unproven, covered_from_utc: null, covered_to_utc: null };
}

async function readKnownRows(
  pool: Database,
  { table_name, realm_id }: Pick<TableStatus, "table_name" | "realm_id">,
): Promise<number | null> {
  if (!(await tableExists(pool, "qbo.tables"))) return null;
  const [known] = await runStatement<{ rows: string }>(
    pool,
    "read the ledger",
    "select rows from qbo.tables where table_name = $1 and realm_id = $2",
    [table_name, realm_id],
  );
  return known === undefined ? null : Number(known.rows);
}

async function countRows(pool: Database, tableName: string): Promise<number | null> {
  const quoted = quoteName(...tableName.split("."));
  if (!(await tableExists(pool, quoted))) return null;
  const [counted] = await runStatement<{ rows: string }>(
    pool,
    `count ${tableName}`,
    `select count(*) as rows from ${quoted}`,
  );
  return Number(counted?.rows ?? 0);
}

/** How many sealed and proven windows of a table touch a range; 0 if there is no ledger yet. Times in milliseconds. */
export async function countSealed(
  pool: Database,
  realmId: string,
  tableName: string,
  range: Interval,
): Promise<number> {
  if (!(await tableExists(pool, "qbo.windows"))) return 0;
  const [counted] = await runStatement<{ sealed: number }>(
    pool,
    "read the ledger",
    `select count(*)::integer as sealed from qbo.windows
where realm_id = $1 and table_name = $2 and status = 'sealed' and source_count is not null
  and window_start_utc < $4 and window_end_utc > $3`,
    [realmId, tableName, new Date(range.from), new Date(range.to)],
  );
  return counted?.sealed ?? 0;
}

export interface RecentRun {
  readonly run_id: string;
  readonly command: string;
  readonly realm_id: string;
  readonly status: string;
  readonly started_at_utc: Date;
  readonly finished_at_utc: Date | null;
  readonly totals: unknown;
}

/** The last ten runs, newest first; empty if there is no ledger yet. */
export async function readRecentRuns(pool: Database): Promise<RecentRun[]> {
  if (!(await tableExists(pool, "qbo.windows"))) return [];
  return runStatement<RecentRun>(
    pool,
    "read the last runs",
    `select run_id, command, realm_id, status, started_at_utc, finished_at_utc, totals
from qbo.runs order by started_at_utc desc limit 10`,
  );
}

/** Every window of a table. Times in milliseconds. */
export async function readWindows(
  pool: Database,
  realmId: string,
  tableName: string,
): Promise<LedgerWindow[]> {
  const rows = await runStatement<Omit<LedgerWindow, "from" | "to"> & { from: Date; to: Date }>(
    pool,
    "read the ledger",
    `select window_start_utc as from, window_end_utc as to, rows,
  case when status = 'sealed' and source_count is null then 'unproven' else status end as status from qbo.windows
where realm_id = $1 and table_name = $2 order by window_start_utc`,
    [realmId, tableName],
  );
  return rows.map((row) => ({ ...row, from: row.from.getTime(), to: row.to.getTime() }));
}
