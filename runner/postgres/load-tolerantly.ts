import { plus } from "../ports/changes.ts";
import type { Landed, Rejected, Taken } from "../ports/landing.ts";
import { type Queryable, sqlState } from "./connect.ts";
import { loadPage, type PageOfRecords } from "./load-page.ts";

export interface TolerantPage extends PageOfRecords {
  readonly entity: string;
  /** A record as it came, and the same with characters that jsonb refuses as text; undefined where the answer has an unusual
   * form. */
  readonly textOf: (ordinal: number) => string | undefined;
  readonly storableOf: (ordinal: number) => string | undefined;
}

/** A record that PostgreSQL cannot hold. Times in milliseconds. */
export interface RejectedRecord extends Rejected {
  readonly payload: string;
}

/** Records of one page that may be rejected: where there are more, it is the table or the template that is at fault. */
const MAX_REJECTED = 20;

/** SQLSTATEs that speak of the data: of a value (22), a constraint (23), a limit of the server (54), or of a trigger of the
 * user's own (P0001). */
const OF_DATA = /^(22|23|54|P0001)/;

/** Whether a failure to load a page may be due to some of its records. */
export function isOfRecord(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (OF_DATA.test(sqlState(cause) ?? "")) return true;
  return false;
}

/** Loads what can be loaded of a page, by halves around the records that cannot, and returns those. Within the caller's
 * transaction. Throws the failure itself where too many records fail, or all of them. */
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
      const middle = part.length >> 1;
      await load(part.slice(0, middle));
      await load(part.slice(middle));
      if (rejected.length === page.taken.length) throw error;
    }
  };
  await load(page.taken);
  return { landed: addUp(landed), rejected };
}

/** An answer that holds only some of the records. */
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

/** One entry a window. */
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

/** Forgets rejected records that could be stored now. */
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
