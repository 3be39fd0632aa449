import pg from "pg";
import type { Interval } from "../plan/interval.ts";
import type { Version } from "../ports/landing.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { Table } from "../spec/types.ts";
import { type Database, type Queryable, runStatement } from "./connect.ts";
import { quoteTable } from "./raw-table.ts";
import { tableExists } from "./table-exists.ts";

/** How to read records from a table: the paths of their key and cursor in the payload. */
export interface RawShape {
  readonly table: Table;
  /** The id of the only record, if the entity has no key. */
  readonly entity: string;
  /** Whether the record is the only member of its payload. */
  readonly wrapped: boolean;
  readonly key: readonly (readonly string[])[];
  readonly cursor: readonly string[] | null;
}

function textAt({ wrapped }: RawShape, path: readonly string[]): string {
  const record = wrapped ? "jsonb_path_query_first(payload, '$.*')" : "payload";
  return `${record} #>> ${pg.escapeLiteral(`{${path.join(",")}}`)}`;
}

/** The SQL expression for the cursor of a record; undefined if the entity has none. */
export const cursorOf = (shape: RawShape): string | undefined =>
  shape.cursor === null ? undefined : `(${textAt(shape, shape.cursor)})::timestamptz`;

export const hasTable = (pool: Database, table: Table): Promise<boolean> =>
  tableExists(pool, quoteTable(table));

/** Whether a row was read in a window that overlaps one of the spans. Times in milliseconds since 1970. */
export async function holdsRows(pool: Database, table: Table, spans: readonly Interval[]): Promise<boolean> {
  if (!(await hasTable(pool, table))) return false;
  const [row] = await runStatement<{ holds: boolean }>(
    pool,
    `search ${tableNameOf({ table })}`,
    `select exists (select 1 from ${quoteTable(table)} join unnest($1::timestamptz[], $2::timestamptz[]) as span (begins, ends)
  on extract_window_start_utc < ends and extract_window_end_utc > begins) as holds`,
    [spans.map(({ from }) => new Date(from)), spans.map(({ to }) => new Date(to))],
  );
  return row?.holds === true;
}

/** How many records the table holds in each of some adjacent windows, by their cursor. Times in milliseconds since 1970. */
export async function countByWindow(
  pool: Database,
  shape: RawShape,
  windows: readonly Interval[],
): Promise<number[]> {
  const { table } = shape;
  const cursor = cursorOf(shape);
  const counts = windows.map(() => 0);
  const last = windows.at(-1);
  if (last === undefined || cursor === undefined) return counts;
  const borders = [...windows.map(({ from }) => new Date(from)), new Date(last.to)];
  const rows = await runStatement<{ window: number; rows: number }>(
    pool,
    `count ${tableNameOf({ table })}`,
    `select width_bucket(${cursor}, $1::timestamptz[]) as window, count(*)::integer as rows
from ${quoteTable(table)} group by 1`,
    [borders],
  );
  for (const { window, rows: found } of rows)
    if (window >= 1 && window <= windows.length) counts[window - 1] = found;
  return counts;
}

/** The versions that the table lacks: it holds neither this version of the record nor a newer one. Cursors in milliseconds
 * since 1970. */
export async function findLacking(
  pool: Database,
  shape: RawShape,
  versions: readonly Version[],
): Promise<Version[]> {
  const { table } = shape;
  const stored = cursorOf(shape) ?? "null::timestamptz";
  const rows = await runStatement<{ place: number }>(
    pool,
    `look for listed records in ${tableNameOf({ table })}`,
    `select listed.place::integer from unnest($1::text[], $2::timestamptz[]) with ordinality as listed (id, cursor, place)
left join ${quoteTable(table)} as held on held.id = listed.id
where held.id is null or ${stored} < listed.cursor`,
    [
      versions.map(({ id }) => id),
      versions.map(({ cursor: at }) => (at === undefined ? null : new Date(at))),
    ],
  );
  return rows.flatMap(({ place }) => versions[place - 1] ?? []);
}

/** How many of the given ids are in the table. */
export async function holdsIds(client: Queryable, table: Table, ids: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ held: number }>(
    `select count(*)::integer as held from ${quoteTable(table)} where id = any($1)`,
    [ids],
  );
  return rows[0]?.held ?? 0;
}

/** Whether records of a table are kept in `qbo.rejected`. */
export async function hasRejected(pool: Database, realmId: string, tableName: string): Promise<boolean> {
  const [row] = await runStatement<{ has: boolean }>(
    pool,
    "look for rejected records",
    "select exists (select 1 from qbo.rejected where realm_id = $1 and table_name = $2) as has",
    [realmId, tableName],
  );
  return row?.has === true;
}

export async function countAll(pool: Database, { table }: RawShape): Promise<number> {
  const [row] = await runStatement<{ rows: number }>(
    pool,
    `count ${tableNameOf({ table })}`,
    `select count(*)::integer as rows from ${quoteTable(table)}`,
  );
  return row?.rows ?? 0;
}

export interface Integrity {
  /** Rows whose id differs from the key in their payload. */
  readonly wrong_id: number;
  /** Rows whose cursor lies outside the window in which they were read. */
  readonly outside_window: number;
  /** Rows without a part of their lineage. */
  readonly without_lineage: number;
}

/** Checks every row against its own payload and window. */
export async function readIntegrity(pool: Database, shape: RawShape): Promise<Integrity> {
  const { table, entity, key } = shape;
  const parts = key.map((path) => `coalesce(${textAt(shape, path)}, '')`).join(" || '|' || ");
  const id = parts === "" ? pg.escapeLiteral(entity) : parts;
  const at = cursorOf(shape);
  const outside =
    at === undefined ? "false" : `${at} < extract_window_start_utc or ${at} >= extract_window_end_utc`;
  const [row] = await runStatement<Integrity>(
    pool,
    `check ${tableNameOf({ table })}`,
    `select count(*) filter (where id <> ${id})::integer as wrong_id,
  count(*) filter (where ${outside})::integer as outside_window,
  count(*) filter (where ingested_at_utc is null or extract_window_start_utc is null or extract_window_end_utc is null
    or page_number is null or page_size is null or request_payload is null)::integer as without_lineage
from ${quoteTable(table)}`,
  );
  return row ?? { wrong_id: 0, outside_window: 0, without_lineage: 0 };
}
