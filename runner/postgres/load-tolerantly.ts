import { plus } from "../ports/changes.ts";
import type { Landed, Rejected, Taken } from "../ports/landing.ts";
import { type Queryable, sqlState } from "./connect.ts";
import { loadPage, type PageOfRecords } from "./load-page.ts";

export interface TolerantPage extends PageOfRecords {
  readonly entity: string;
  /** A record exactly as it came; undefined if the answer has an unusual form. */
  readonly textOf: (ordinal: number) => string | undefined;
  /** The same record, with characters that jsonb refuses written as the text of their escape. */
  readonly storableOf: (ordinal: number) => string | undefined;
}

/** A record that PostgreSQL cannot hold, with its original text. */
export interface RejectedRecord extends Rejected {
  readonly payload: string;
}

/** How many records of one page may be rejected. If there are more, the table or the template is probably wrong. */
const MAX_REJECTED = 20;

/** SQLSTATEs that are caused by the data: a value (22), a constraint (23), a limit of the server (54), or an exception in a
 * user's trigger (P0001). */
const OF_DATA = /^(22|23|54|P0001)/;

/** Whether some records of a page may be the cause why it could not be loaded. */
export function isOfRecord(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (OF_DATA.test(sqlState(cause) ?? "")) return true;
  return false;
}

/** Loads as many records of a page as possible in the caller's transaction. It halves the page until only records that cannot
 * be loaded are left, and returns those. Throws the failure if too many records fail, or all of them. */
export async function loadTolerantly(
  client: Queryable,
  upsert: string,
  page: TolerantPage,
): Promise<{ landed: Landed[]; rejected: RejectedRecord[] }> {
  const landed: Landed[] = [];
  const rejected: RejectedRecord[] = [];
  const load = async (part: readonly Taken[]): Promise<void> => {
    await client.query("savepoint part");
    try {
      landed.push(...(await loadPage(client, upsert, pieceOf(page, part))));
      await client.query("release savepoint part");
    } catch (error) {
      if (!isOfRecord(error)) throw error;
      await client.query("rollback to savepoint part");
      const [only] = part;
      if (only !== undefined && part.length === 1) {
        rejected.push(rejectedBy(error, page, only));
        if (rejected.length > MAX_REJECTED) throw error;
        return;
      }
      const middle = Math.floor(part.length / 2);
      await load(part.slice(0, middle));
      await load(part.slice(middle));
      if (rejected.length === page.taken.length) throw error;
    }
  };
  await load(page.taken);
  return { landed: addUp(landed), rejected };
}

/** An answer with only some records of a page. */
function pieceOf(page: TolerantPage, part: readonly Taken[]): PageOfRecords {
  const texts = part.map(({ ordinal }) => page.storableOf(ordinal) ?? "null");
  return {
    ...page,
    text: `{"QueryResponse":{${JSON.stringify(page.answerKey)}:[${texts.join(",")}]}}`,
    taken: part.map((taken, at) => ({ ...taken, ordinal: at + 1 })),
  };
}

function rejectedBy(error: unknown, page: TolerantPage, { id, window, ordinal }: Taken): RejectedRecord {
  const words = error instanceof Error ? error.message : String(error);
  return {
    id,
    window,
    payload: page.textOf(ordinal) ?? "",
    reason: `${page.entity} ${id} cannot be stored by PostgreSQL: ${words} (${sqlState(error)})`,
  };
}

/** Adds up the entries of each window. */
function addUp(landed: readonly Landed[]): Landed[] {
  const byWindow = new Map<number, Landed>();
  for (const part of landed) {
    const sum = byWindow.get(part.from);
    byWindow.set(part.from, sum === undefined ? part : join(sum, part));
  }
  return [...byWindow.values()];
}

const join = (one: Landed, other: Landed): Landed => ({
  ...plus(one, other),
  from: one.from,
  collided: one.collided + other.collided,
  discarded: one.discarded + other.discarded,
});

/** Keeps rejected records as text. */
export async function keepRejected(
  client: Queryable,
  of: { readonly runId: string; readonly realmId: string; readonly environment: string },
  table: { readonly entity: string; readonly tableName: string },
  rejected: readonly RejectedRecord[],
): Promise<void> {
  for (const { id, window, payload, reason } of rejected) {
    await client.query(
      `insert into qbo.rejected (realm_id, environment, table_name, entity, id, payload, reason, window_start_utc,
  window_end_utc, run_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (realm_id, table_name, id) do update set payload = excluded.payload, reason = excluded.reason,
  window_start_utc = excluded.window_start_utc, window_end_utc = excluded.window_end_utc, run_id = excluded.run_id,
  rejected_at_utc = now()`,
      [
        of.realmId,
        of.environment,
        table.tableName,
        table.entity,
        id,
        payload,
        reason,
        new Date(window.from),
        new Date(window.to),
        of.runId,
      ],
    );
  }
}

/** Deletes records from `qbo.rejected` that could be stored now. */
export async function forgetRejected(
  client: Queryable,
  realmId: string,
  tableName: string,
  ids: readonly string[],
): Promise<void> {
  await client.query("delete from qbo.rejected where realm_id = $1 and table_name = $2 and id = any($3)", [
    realmId,
    tableName,
    ids,
  ]);
}
