import type pg from "pg";
import { ask } from "./connect.ts";

export interface LastRun {
  readonly run_id: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly status: string;
  readonly started_at_utc: Date;
}

const LEDGER_EXISTS = "select to_regclass('qbo.windows') is not null as exists";

/** Whether there is a ledger yet. */
export async function hasLedger(pool: pg.Pool): Promise<boolean> {
  const [row] = await ask<{ exists: boolean }>(pool, "look for the ledger", LEDGER_EXISTS);
  return row?.exists === true;
}

/** What is sealed of a table, as it was recorded. Times in milliseconds; empty where there is no ledger yet. */
export async function readSealed(
  pool: pg.Pool,
  realmId: string,
  tableName: string,
): Promise<{ from: number; to: number }[]> {
  if (!(await hasLedger(pool))) return [];
  const rows = await ask<{ from: Date; to: Date }>(
    pool,
    "read the ledger",
    `select window_start_utc as from, window_end_utc as to from qbo.windows
where realm_id = $1 and table_name = $2 and status = 'sealed' order by window_start_utc`,
    [realmId, tableName],
  );
  return rows.map(({ from, to }) => ({ from: from.getTime(), to: to.getTime() }));
}

/** The last run of a company, whatever became of it. */
export async function readLastRun(
  pool: pg.Pool,
  realmId: string,
  environment: string,
): Promise<LastRun | undefined> {
  if (!(await hasLedger(pool))) return undefined;
  const [row] = await ask<LastRun>(
    pool,
    "read the last run",
    `select run_id, arguments, status, started_at_utc from qbo.runs
where realm_id = $1 and environment = $2 order by started_at_utc desc limit 1`,
    [realmId, environment],
  );
  return row;
}
