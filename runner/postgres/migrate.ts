import pg from "pg";
import { RunnerError } from "../errors.ts";
import type { Queryable } from "./connect.ts";
import { tableExists } from "./table-exists.ts";

/** The ledger's schema: one migration for each version. Migrations only go forward, and a released one is never edited.
 * Times are UTC instants. */
export const MIGRATIONS: readonly string[] = [
  `create table qbo.runs (
  run_id          uuid primary key,
  command         text not null,
  arguments       jsonb not null,
  realm_id        text not null,
  environment     text not null,
  started_at_utc  timestamptz not null,
  finished_at_utc timestamptz,
  status          text not null check (status in ('running', 'success', 'partial', 'error', 'cancelled')),
  totals          jsonb,
  version         text not null
);
create table qbo.windows (
  realm_id         text not null,
  entity           text not null,
  table_name       text not null,
  window_start_utc timestamptz not null,
  window_end_utc   timestamptz not null,
  status           text not null check (status in ('sealed', 'open', 'failed')),
  run_id           uuid not null references qbo.runs,
  pages            integer not null,
  rows             integer not null,
  inserted         integer not null,
  updated          integer not null,
  unchanged        integer not null,
  stale            integer not null,
  source_count     integer,
  attempts         integer not null,
  duration_ms      integer not null,
  error            text,
  sealed_at_utc    timestamptz,
  primary key (realm_id, table_name, window_start_utc, window_end_utc),
  check (window_start_utc < window_end_utc)
);
create table qbo.vault (
  client_id              text not null,
  seed                   text not null,
  realm_id               text not null,
  environment            text not null,
  sealed_tokens          bytea not null,
  access_expires_at_utc  timestamptz not null,
  refresh_expires_at_utc timestamptz not null,
  refreshed_at_utc       timestamptz not null,
  primary key (client_id, seed)
);`,
  `create table qbo.tables (
  table_name  text primary key,
  realm_id    text not null,
  environment text not null,
  entity      text not null,
  asks        jsonb not null,
  rows        bigint not null,
  digest      numeric
);
create table qbo.rejected (
  realm_id         text not null,
  environment      text not null,
  table_name       text not null,
  entity           text not null,
  id               text not null,
  payload          text not null,
  reason           text not null,
  window_start_utc timestamptz not null,
  window_end_utc   timestamptz not null,
  run_id           uuid not null references qbo.runs,
  rejected_at_utc  timestamptz not null default now(),
  primary key (realm_id, table_name, id)
);
update qbo.windows set source_count = null where status = 'sealed';`,
];

/** Name of the advisory lock that lets one process migrate at a time. */
const MIGRATION_LOCK = "qbo.migrations";

/** Migrates the schema `qbo` to the newest version within the caller's transaction, and returns that version. Throws
 * `TABLE_MISMATCH` if the schema is already newer than this program. */
export async function migrate(client: Queryable): Promise<number> {
  const found = await versionOf(client);
  if (found === MIGRATIONS.length) return found;
  if (found > MIGRATIONS.length) throw newerLedger(found);
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [MIGRATION_LOCK]);
  await createSchema(client, "qbo");
  await client.query(`create table if not exists qbo.migrations (
  version        integer primary key,
  applied_at_utc timestamptz not null default now()
)`);
  const version = await versionOf(client);
  for (let next = version + 1; next <= MIGRATIONS.length; next++) {
    await client.query(MIGRATIONS[next - 1] ?? "");
    await client.query("insert into qbo.migrations (version) values ($1)", [next]);
  }
  return MIGRATIONS.length;
}

const newerLedger = (version: number): RunnerError =>
  new RunnerError(
    "TABLE_MISMATCH",
    `the schema qbo has version ${version}, made by a newer qbo; this one knows only version ${MIGRATIONS.length}`,
    { hint: "update qbo on this machine" },
  );

/** Creates a schema if it does not exist. It looks first, because `create schema if not exists` needs the right to create
 * schemas even when the schema is already there. */
export async function createSchema(client: Queryable, name: string): Promise<void> {
  const { rows } = await client.query<{ exists: boolean }>(
    "select to_regnamespace($1) is not null as exists",
    [pg.escapeIdentifier(name)],
  );
  if (rows[0]?.exists !== true)
    await client.query(`create schema if not exists ${pg.escapeIdentifier(name)}`);
}

/** The version of the schema `qbo`; 0 if there is none. */
export async function versionOf(client: Queryable): Promise<number> {
  if (!(await tableExists(client, "qbo.migrations"))) return 0;
  const { rows } = await client.query<{ version: number }>(
    "select coalesce(max(version), 0)::integer as version from qbo.migrations",
  );
  return rows[0]?.version ?? 0;
}
