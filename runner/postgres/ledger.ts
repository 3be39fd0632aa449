import type { Summary } from "../events.ts";
import type { Interval } from "../plan/interval.ts";
import type { WindowRecord } from "../ports/landing.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import { type Database, type Queryable, runStatement } from "./connect.ts";
import { migrate } from "./migrate.ts";

export interface RunStart {
  readonly runId: string;
  readonly command: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly realmId: string;
  readonly environment: string;
  readonly startedAt: number;
  readonly version: string;
}

/** Identifies the run and the table whose windows are written. */
export interface LedgerKey {
  readonly runId: string;
  readonly realmId: string;
  readonly entity: string;
  readonly tableName: string;
}

export const ledgerKeyOf = (
  spec: EntitySpec,
  { runId, realmId }: Pick<LedgerKey, "runId" | "realmId">,
): LedgerKey => ({ runId, realmId, entity: spec.entity, tableName: tableNameOf(spec) });

/** Records that a run has started. Creates the ledger if it is missing. Runs in the caller's transaction. */
export async function startRun(client: Queryable, run: RunStart): Promise<void> {
  await migrate(client);
  await client.query(END_CRASHED, [run.realmId, new Date(run.startedAt)]);
  await client.query(
    `insert into qbo.runs (run_id, command, arguments, realm_id, environment, started_at_utc, status, version)
values ($1, $2, $3, $4, $5, $6, 'running', $7)`,
    [
      run.runId,
      run.command,
      JSON.stringify(run.arguments),
      run.realmId,
      run.environment,
      new Date(run.startedAt),
      run.version,
    ],
  );
}

/** Ends runs whose process has crashed: they are marked as running, but none of their connections exists any more. */
const END_CRASHED = `update qbo.runs set status = 'error', finished_at_utc = $2
where status = 'running' and realm_id = $1 and not exists (
  select 1 from pg_stat_activity where application_name = 'qbo ' || command || ' ' || run_id::text
)`;

export async function finishRun(
  pool: Database,
  runId: string,
  status: Summary["status"],
  totals: object,
  now: number,
): Promise<void> {
  await runStatement(
    pool,
    "record the end of the run",
    "update qbo.runs set status = $2, totals = $3, finished_at_utc = $4 where run_id = $1",
    [runId, status, JSON.stringify(totals), new Date(now)],
    { closing: true },
  );
}

/** Records windows in the transaction of the page that completed them. A sealed window stays sealed if a later read of it
 * fails or finds it open, because the table still holds what was proven. */
export async function writeWindows(
  client: Queryable,
  key: LedgerKey,
  windows: readonly WindowRecord[],
  now: number,
): Promise<void> {
  if (windows.length === 0) return;
  const given = windows.map(({ from, to, sourceCount, durationMs, ...window }) => ({
    ...window,
    window_start: new Date(from),
    window_end: new Date(to),
    source_count: sourceCount,
    duration_ms: durationMs,
  }));
  await client.query(WRITE_WINDOWS, [
    key.realmId,
    key.entity,
    key.tableName,
    key.runId,
    JSON.stringify(given),
    new Date(now),
  ]);
}

const WRITE_WINDOWS = `insert into qbo.windows as stored (realm_id, entity, table_name, run_id,
  window_start_utc, window_end_utc, status, pages, rows, inserted, updated, unchanged, stale,
  source_count, attempts, duration_ms, error, sealed_at_utc)
select $1, $2, $3, $4::uuid, window_start, window_end, status, pages, rows, inserted, updated, unchanged, stale,
  source_count, 1, duration_ms, error, case when status = 'sealed' then $6::timestamptz end
from jsonb_to_recordset($5::jsonb) as given (
  window_start timestamptz, window_end timestamptz, status text, pages integer, rows integer, inserted integer,
  updated integer, unchanged integer, stale integer, source_count integer, duration_ms integer, error text
)
on conflict (realm_id, table_name, window_start_utc, window_end_utc) do update set
  entity = excluded.entity, run_id = excluded.run_id, status = excluded.status, pages = excluded.pages,
  rows = excluded.rows, inserted = excluded.inserted, updated = excluded.updated, unchanged = excluded.unchanged,
  stale = excluded.stale, source_count = excluded.source_count, attempts = stored.attempts + 1,
  duration_ms = excluded.duration_ms, error = excluded.error, sealed_at_utc = excluded.sealed_at_utc
where stored.status <> 'sealed' or excluded.status = 'sealed'`;

/** Removes the seals of windows whose proof failed, and of all windows that overlap them. */
export async function unsealWindows(
  client: Queryable,
  key: LedgerKey,
  windows: readonly Interval[],
  error: string,
): Promise<void> {
  await client.query(
    `update qbo.windows set status = 'failed', sealed_at_utc = null, source_count = null, error = $5
from unnest($3::timestamptz[], $4::timestamptz[]) as given (begins, ends)
where realm_id = $1 and table_name = $2 and window_start_utc < ends and window_end_utc > begins`,
    [
      key.realmId,
      key.tableName,
      windows.map(({ from }) => new Date(from)),
      windows.map(({ to }) => new Date(to)),
      error,
    ],
  );
}

/** Removes all seals of a table that differs from what the ledger says. */
export async function unsealAll(client: Queryable, key: LedgerKey, reason: string): Promise<void> {
  await client.query(
    `update qbo.windows set status = 'failed', sealed_at_utc = null, source_count = null, error = $3
where realm_id = $1 and table_name = $2 and status = 'sealed'`,
    [key.realmId, key.tableName, reason],
  );
}

/** Keeps the seals of a table but requires that they are proven again, because the ledger does not know what the table must
 * hold. */
export async function distrustAll(client: Queryable, key: LedgerKey): Promise<void> {
  await client.query(
    `update qbo.windows set source_count = null
where realm_id = $1 and table_name = $2 and status = 'sealed' and source_count is not null`,
    [key.realmId, key.tableName],
  );
}

/** Writes down how many records the source has in windows. Call it only when the table is known to hold these records. From
 * then on the seals count for later runs. */
export async function recordProofs(
  client: Queryable,
  key: LedgerKey,
  windows: readonly Pick<WindowRecord, "from" | "to" | "sourceCount">[],
): Promise<void> {
  await client.query(
    `update qbo.windows set source_count = counted
from unnest($3::timestamptz[], $4::timestamptz[], $5::integer[]) as given (begins, ends, counted)
where realm_id = $1 and table_name = $2 and status = 'sealed' and window_start_utc = begins and window_end_utc = ends`,
    [
      key.realmId,
      key.tableName,
      windows.map(({ from }) => new Date(from)),
      windows.map(({ to }) => new Date(to)),
      windows.map(({ sourceCount }) => sourceCount),
    ],
  );
}

/** Deletes windows that are not sealed if proven windows of another size cover them. */
export async function tidyWindows(client: Queryable, key: LedgerKey): Promise<void> {
  await client.query(
    `delete from qbo.windows using (
  select range_agg(tstzrange(window_start_utc, window_end_utc)) as covered from qbo.windows
  where realm_id = $1 and table_name = $2 and status = 'sealed' and source_count is not null
) as proven
where realm_id = $1 and table_name = $2 and status <> 'sealed' and covered @> tstzrange(window_start_utc, window_end_utc)`,
    [key.realmId, key.tableName],
  );
}
