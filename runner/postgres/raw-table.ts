import type pg from "pg";
import { RunnerError } from "../errors.ts";
import { quoteName } from "../render/helpers.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { Table } from "../spec/types.ts";
import type { Claim } from "./claim-by.ts";
import { type Database, inTransaction, type Queryable, runStatement } from "./connect.ts";
import { createSchema } from "./migrate.ts";
import { tableExists } from "./table-exists.ts";

/** What a landing table belongs to. */
type Owner = Pick<Claim, "realmId" | "environment" | "entity">;

/** A table's name, quoted for SQL. */
export const quoteTable = ({ schema, name }: Table): string => quoteName(schema, name);

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
  /** Whether the column is generated or an identity, so that no value can be inserted. */
  readonly makes_itself: boolean;
  readonly kind: string;
}

/** Throws `TABLE_MISMATCH` if the runner could not load a table, or if the table holds records of another company or entity.
 * A table that does not exist yet is fine. Changes nothing. */
export async function checkLandingTable(pool: Database, table: Table, owner: Owner): Promise<void> {
  const columns = await readColumns(pool, table);
  const [first] = columns;
  if (first === undefined) return;
  const name = tableNameOf({ table });
  if (first.kind !== "r" && first.kind !== "p") {
    throw new RunnerError("TABLE_MISMATCH", `${name} exists but is not a table`, {
      hint: "name another table in the spec",
    });
  }
  const problems = columnProblems(columns);
  if (problems.length > 0) {
    throw new RunnerError(
      "TABLE_MISMATCH",
      `the table ${name} exists but is not a RAW table: ${problems.join("; ")}`,
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
    if (makes_itself && RAW_COLUMNS.has(name)) problems.push(`the column ${name} generates its own values`);
  }
  const foreign = columns.filter((column) => column.must_be_given && !RAW_COLUMNS.has(column.name));
  return [
    ...problems,
    ...foreign.map(({ name }) => `the column ${name} needs a value, which qbo does not provide`),
  ];
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

/** Throws `TABLE_MISMATCH` if the table belongs to another company or entity. Every row names its company and the statement
 * that fetched it, so looking at one row is enough. */
async function checkOwner(pool: Database, table: Table, owner: Owner): Promise<void> {
  const name = tableNameOf({ table });
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
      hint: "for another entity, name another table in the spec; for another company, use another database (POSTGRES_DB) or another schema (`table` in the spec)",
    },
  );
}

/** Creates the table if it is missing. A lock makes sure that only one table is created at a time, because concurrent
 * statements with `if not exists` collide. `then` runs in the same transaction, whether or not the table existed before. */
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
  return inTransaction(pool, `create the table ${tableNameOf({ table })}`, work, { repeatable: true });
}
