import { RunnerError } from "../errors.ts";
import type { SpecIdentity } from "../spec/spec-identity.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { Table } from "../spec/types.ts";
import type { Claim } from "./claim-by.ts";
import { type Database, inTransaction, type Queryable } from "./connect.ts";
import { quoteTable } from "./raw-table.ts";
import { tableExists } from "./table-exists.ts";

/** What a table holds, and what the ledger knows about it. */
export interface FoundTable {
  /** Whether the table exists. */
  readonly exists: boolean;
  /** Whether the ledger exists. */
  readonly hasLedger: boolean;
  readonly rows: number;
  /** Whether the ledger knows this table at all. */
  readonly isKnown: boolean;
  /** The reason why its seals do not count; undefined if they count. */
  readonly changed: string | undefined;
}

interface Found {
  readonly rows: string;
  readonly digest: string | null;
  readonly realm_id: string | null;
  readonly environment: string | null;
  readonly entity: string | null;
  readonly asks: SpecIdentity | null;
  readonly known_rows: string | null;
  readonly known_digest: string | null;
}

const NOTHING_KNOWN = `null as realm_id, null as environment, null as entity, null::jsonb as asks,
  null as known_rows, null as known_digest`;
const KNOWN = `known.realm_id, known.environment, known.entity, known.asks, known.rows as known_rows,
  known.digest as known_digest`;

/** The number of rows of a table, and a sum over their ids and loading times. Adding, removing or replacing any row changes
 * the sum. */
const CONTENT = `count(*) as rows,
  sum(hashtextextended(id, coalesce(extract(epoch from ingested_at_utc) * 1000, 0)::bigint)) as digest`;

/** Compares a table with what the ledger says it must hold. One statement reads both, so that they are of the same moment.
 * Throws `TABLE_MISMATCH` if the table holds records of another company, environment or entity, or with ids from another
 * key. */
export async function readTableState(client: Queryable, claim: Claim): Promise<FoundTable> {
  const name = tableNameOf(claim);
  const exists = await tableExists(client, quoteTable(claim.table));
  const hasLedger = await tableExists(client, "qbo.tables");
  const content = exists
    ? `(select ${CONTENT} from ${quoteTable(claim.table)})`
    : "(select 0 as rows, null::numeric as digest)";
  const { rows } = await client.query<Found>(
    hasLedger
      ? `select content.rows, content.digest, ${KNOWN} from ${content} as content left join qbo.tables as known on table_name = $1`
      : `select content.rows, content.digest, ${NOTHING_KNOWN} from ${content} as content where $1::text is not null`,
    [name],
  );
  const [found] = rows;
  if (found === undefined) throw new Error("a count has no answer");
  const held = Number(found.rows);
  if (found.asks === null) return { exists, hasLedger, rows: held, isKnown: false, changed: undefined };
  return { exists, hasLedger, rows: held, isKnown: true, changed: changeOf(claim, found, exists) };
}

function changeOf(claim: Claim, found: Found, exists: boolean): string | undefined {
  const name = tableNameOf(claim);
  const held = Number(found.rows);
  const owner = `${found.entity} of the realm ${found.realm_id} (${found.environment})`;
  const isOwn =
    found.realm_id === claim.realmId &&
    found.environment === claim.environment &&
    found.entity === claim.entity;
  if (!isOwn) {
    if (held > 0) throw anotherOwner(claim, owner);
    return `${name} was last loaded with ${owner}`;
  }
  const known = Number(found.known_rows);
  if (!exists && known > 0) return `${name} no longer exists, and with it ${rowsOf(known)}`;
  if (held !== known) return `${name} holds ${rowsOf(held)} but the ledger says ${known}`;
  if (found.known_digest !== null && found.known_digest !== (found.digest ?? "0"))
    return `${name} holds different rows from those that were loaded`;
  return found.asks === null ? undefined : changeOfIdentity(claim, found.asks, held);
}

function changeOfIdentity(
  { table, identity, file }: Claim,
  before: SpecIdentity,
  held: number,
): string | undefined {
  const name = tableNameOf({ table });
  const isSame = (field: keyof SpecIdentity): boolean =>
    JSON.stringify(identity[field]) === JSON.stringify(before[field]);
  if (held > 0 && !(isSame("key") && isSame("wrapped"))) {
    throw new RunnerError(
      "TABLE_MISMATCH",
      `the ids in ${name} come from the key [${before.key.join(", ")}], but the key of ${file} is [${identity.key.join(", ")}]`,
      { hint: `name another table in ${file}, or drop ${name} to load it again` },
    );
  }
  if (isSame("query") && isSame("cursor") && isSame("key") && isSame("wrapped")) return undefined;
  const field = isSame("query") ? "cursor" : "query";
  const was = before[field];
  const is = identity[field];
  return `${file} no longer asks for what ${name} was loaded with: "${is}" instead of "${was}"`;
}

function anotherOwner({ table, entity, realmId, environment, file }: Claim, owner: string): RunnerError {
  return new RunnerError(
    "TABLE_MISMATCH",
    `the table ${tableNameOf({ table })} holds ${owner}; ${file} would load ${entity} of the realm ${realmId} (${environment}) into it`,
    { hint: "name another table in the spec; use a database or a schema for each company" },
  );
}

/** Like `readTableState`, but in a transaction of its own. */
export function lookAtTable(pool: Database, claim: Claim): Promise<FoundTable> {
  return inTransaction(pool, `compare ${tableNameOf(claim)} with the ledger`, (client) =>
    readTableState(client, claim),
  );
}

/** Records in the ledger who loads a table, and how many rows it holds now. Runs in the caller's transaction, which must hold
 * the table's lock. */
export async function claimTable(client: Queryable, claim: Claim, rows: number): Promise<void> {
  const { realmId, environment, entity, identity } = claim;
  await client.query(
    `insert into qbo.tables (table_name, realm_id, environment, entity, asks, rows) values ($1, $2, $3, $4, $5, $6)
on conflict (table_name) do update set realm_id = excluded.realm_id, environment = excluded.environment,
  entity = excluded.entity, asks = excluded.asks, rows = excluded.rows, digest = null`,
    [tableNameOf(claim), realmId, environment, entity, JSON.stringify(identity), rows],
  );
}

/** Adds to the number of rows that the ledger knows, in the transaction that adds the rows. Until `recordContent` runs again,
 * only the number of rows shows whether the table matches the ledger. */
export async function addRows(client: Queryable, table: Table, added: number): Promise<void> {
  await client.query("update qbo.tables set rows = rows + $2, digest = null where table_name = $1", [
    tableNameOf({ table }),
    added,
  ]);
}

/** Records the exact content of a table whose number of rows matches the ledger. */
export async function recordContent(client: Queryable, table: Table): Promise<void> {
  await client.query(
    `update qbo.tables set digest = coalesce(content.digest, 0) from (select ${CONTENT} from ${quoteTable(table)}) as content
where table_name = $1 and qbo.tables.rows = content.rows`,
    [tableNameOf({ table })],
  );
}

const rowsOf = (count: number): string => (count === 1 ? "1 row" : `${count} rows`);
