import type pg from "pg";
import { RunnerError } from "../errors.ts";
import type { Table } from "../spec/types.ts";
import { type Database, inTransaction, type Queryable, runStatement } from "./connect.ts";
import { createSchema } from "./migrate.ts";
import { tableExists } from "./table-exists.ts";

export interface Owner {
  readonly realmId: string;
  readonly environment: string;
  readonly entity: string;
}

/** A table's name as it stands in SQL. */
export const quoteTable = ({ schema, name }: Table): string =>
  `"${schema.replaceAll('"', '""')}"."${name.replaceAll('"', '""')}"`;

/** The columns of a landing table, in order. */
export const RAW_COLUMNS: ReadonlyMap<string, string> = new Map([
  ["id", "text"],
  ["payload", "jsonb"],
  ["ingested_at_utc", "timestamp with time zone"],
  ["extract_window_start_utc", "timestamp with time zone"],
  ["extract_window_end_utc", "timestamp with time zone"],
  ["page_number", "integer"],
  ["page_size", "integer"],
  ["request_payload", "jsonb"],
]);

interface Column extends pg.QueryResultRow {
  readonly name: string;
  readonly type: string;
  readonly must_be_given: boolean;
  /** Generated or an identity: it takes no value. */
  readonly makes_itself: boolean;
  readonly kind: string;
}

/** Refuses a table that the runner could not fill, or that holds another company's records. A table that is not
 * there yet is fine. Reads only. */
export async function checkLandingTable(pool: Database, table: Table, owner: Owner): Promise<void> {
  const columns = await readColumns(pool, table);
  const [first] = columns;
  if (first === undefined) return;
  const name = `${table.schema}.${table.name}`;
  if (first.kind !== "r" && first.kind !== "p") {
    throw new RunnerError("TABLE_MISMATCH", `${name} exists, but is no table`, {
      hint: "name another table in the spec",
    });
  }
  const problems = columnProblems(columns);
  if (problems.length > 0) {
    throw new RunnerError(
      "TABLE_MISMATCH",
      `the table ${name} exists, but not as a RAW table: ${problems.join("; ")}`,
      {
        hint: `name another table in the spec, or rename the existing one: alter table ${name} rename to …`,
      },
    );
  }
  if (!(await hasUniqueId(pool, table))) {
    throw new RunnerError("TABLE_MISMATCH", `the table ${name} has no primary key or unique index on id`, {
      hint: `add one: alter table ${name} add primary key (id)`,
    });
  }
  await checkOwner(pool, table, owner);
}

function readColumns(pool: Database, { schema, name }: Table): Promise<Column[]> {
  return runStatement<Column>(
    pool,
    `look at ${schema}.${name}`,
    `select attname as name, format_type(atttypid, null) as type,
  attnotnull and not atthasdef and attidentity = '' as must_be_given,
  attgenerated <> '' or attidentity <> '' as makes_itself, relkind as kind
from pg_attribute
join pg_class on pg_class.oid = attrelid
join pg_namespace on pg_namespace.oid = relnamespace
where nspname = $1 and relname = $2 and attnum > 0 and not attisdropped
order by attnum`,
    [schema, name],
  );
}

function columnProblems(columns: readonly Column[]): string[] {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const problems: string[] = [];
  for (const [name, type] of RAW_COLUMNS) {
    const found = types.get(name);
    if (found === undefined) problems.push(`the column ${name} is missing`);
    else if (found !== type) problems.push(`the column ${name} is ${found}, not ${type}`);
  }
  for (const { name, makes_itself } of columns) {
    if (makes_itself && RAW_COLUMNS.has(name)) problems.push(`the column ${name} makes its values itself`);
  }
  const foreign = columns.filter((column) => column.must_be_given && !RAW_COLUMNS.has(column.name));
  return [...problems, ...foreign.map(({ name }) => `the column ${name} wants a value`)];
}

async function hasUniqueId(pool: Database, { schema, name }: Table): Promise<boolean> {
  const rows = await runStatement(
    pool,
    `look at ${schema}.${name}`,
    `select 1 from pg_index
join pg_class on pg_class.oid = indrelid
join pg_namespace on pg_namespace.oid = relnamespace
join pg_attribute on attrelid = indrelid and attnum = indkey[0]
where nspname = $1 and relname = $2 and indisunique and indnkeyatts = 1 and indimmediate and indpred is null and attname = 'id'`,
    [schema, name],
  );
  return rows.length > 0;
}

interface Origin {
  readonly realm_id: string | null;
  readonly environment: string | null;
  readonly statement: string | null;
}

/** Every row carries the company it came from and the statement that asked for it: the first one speaks for the table. */
async function checkOwner(pool: Database, table: Table, owner: Owner): Promise<void> {
  const name = `${table.schema}.${table.name}`;
  const [row] = await runStatement<Origin>(
    pool,
    `look at ${name}`,
    `select request_payload ->> 'realm_id' as realm_id, request_payload ->> 'environment' as environment,
  request_payload ->> 'statement' as statement
from ${quoteTable(table)} limit 1`,
  );
  if (row === undefined) return;
  const entity = /\bfrom\s+([a-z]+)/i.exec(row.statement ?? "")?.[1] ?? owner.entity;
  const isOwn =
    row.realm_id === owner.realmId &&
    row.environment === owner.environment &&
    entity.toLowerCase() === owner.entity.toLowerCase();
  if (isOwn) return;
  const holder =
    row.realm_id === null
      ? "rows of unknown origin"
      : `${entity} of the realm ${row.realm_id} (${row.environment})`;
  throw new RunnerError(
    "TABLE_MISMATCH",
    `the table ${name} holds ${holder}; this run is for ${owner.entity} of the realm ${owner.realmId} (${owner.environment})`,
    {
      hint: "name another table in the spec for another entity; use a database or a schema for each company: change POSTGRES_DB, or table in the spec",
    },
  );
}

/** Creates the table where it is missing, one at a time, since concurrent `if not exists` collide; `then` runs in the same
 * transaction, whether the table was there or not. */
export function createTable(
  pool: Database,
  table: Table,
  ddl: string,
  then: (client: Queryable) => Promise<void>,
): Promise<void> {
  const work = async (client: Queryable): Promise<void> => {
    if (!(await tableExists(client, quoteTable(table)))) {
      await client.query("select pg_advisory_xact_lock(hashtextextended('qbo.tables', 0))");
      await createSchema(client, table.schema);
      await client.query(ddl);
    }
    await then(client);
  };
  return inTransaction(pool, `create the table ${table.schema}.${table.name}`, work, { repeatable: true });
}
