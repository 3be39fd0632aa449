import type { Clock } from "../clock.ts";
import type { Landed, Landing, Loaded, PageLoad, WindowRecord } from "../ports/landing.ts";
import type { TransactionManner } from "../ports/manner.ts";
import type { Statements } from "../render/templates.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { Table } from "../spec/types.ts";
import type { Database, Queryable } from "./connect.ts";
import { explainSql } from "./explain-sql.ts";
import { ledgerKeyOf, writeWindows } from "./ledger.ts";
import { loadPage } from "./load-page.ts";
import {
  forgetRejected,
  isOfRecord,
  keepRejected,
  loadTolerantly,
  type RejectedRecord,
  type TolerantPage,
} from "./load-tolerantly.ts";
import { hasRejected, holdsIds } from "./read-raw.ts";
import { addRows } from "./table-state.ts";

/** Runs `work` in a transaction. Runs it again from the start if the transaction collided with another one. */
export type Transact = <T>(
  purpose: string,
  work: (client: Queryable) => Promise<T>,
  manner?: TransactionManner,
) => Promise<T>;

export interface LoaderOptions {
  readonly pool: Database;
  readonly transact: Transact;
  readonly statements: Statements;
  readonly runId: string;
  readonly realmId: string;
  readonly environment: string;
  readonly clock: Clock;
  /** When the run started, by PostgreSQL's clock, in milliseconds since 1970. */
  readonly startedAt: () => number;
}

/** Creates a function that loads pages. The records, the rejected records and the windows of a page are written in one
 * transaction. If PostgreSQL refuses a page because of some of its records, the page is loaded without them and they are kept
 * as text. */
export function createLoader(options: LoaderOptions): Landing["load"] {
  const { pool, statements, realmId, clock, transact } = options;
  /** Whether records of a table are kept in `qbo.rejected`, by the table's name. */
  const rejecting = new Map<string, Promise<boolean>>();
  const isRejecting = (tableName: string): Promise<boolean> => {
    const known = rejecting.get(tableName) ?? hasRejected(pool, realmId, tableName);
    rejecting.set(tableName, known);
    return known;
  };

  const upsert = async (page: PageLoad, close: Close, isTolerant: boolean): Promise<void> => {
    const { spec } = page;
    const tableName = tableNameOf(spec);
    const purpose = `load a page into ${tableName}`;
    const sql = statements.upsert(spec);
    const sent: TolerantPage = {
      ...page,
      answerKey: spec.answerKey,
      entity: spec.entity,
      runStartedAt: Math.min(options.startedAt(), page.askedAt),
    };
    const mayForget = await isRejecting(tableName);
    await transact(purpose, async (client) => {
      const ids = page.taken.map(({ id }) => id);
      const loaded = await load(client, sql, sent, isTolerant).catch((error: unknown) => {
        const template = statements.fileOf(spec, "upsert");
        throw explainSql(error, { sql, template, spec: spec.name, purpose });
      });
      const landed = await settleDiscarded(client, spec.table, ids, loaded.landed);
      if (mayForget) await forgetRejected(client, realmId, tableName, ids);
      await keepRejected(client, options, { entity: spec.entity, tableName }, loaded.rejected);
      const closed = close({ landed, rejected: loaded.rejected });
      await writeWindows(client, ledgerKeyOf(spec, options), closed, clock.now());
      const inserted = sum(landed, ({ inserted: found }) => found);
      const updated = sum(landed, ({ updated: found }) => found);
      if (inserted + updated > 0) await addRows(client, spec.table, inserted);
    });
  };

  return async (page, close) => {
    try {
      await upsert(page, close, false);
    } catch (error) {
      const [first] = page.taken;
      if (!isOfRecord(error) || first === undefined || page.textOf(first.ordinal) === undefined) throw error;
      await upsert(page, close, true);
      rejecting.set(tableNameOf(page.spec), Promise.resolve(true));
    }
  };
}

type Close = (loaded: Loaded) => readonly WindowRecord[];

async function load(
  client: Queryable,
  sql: string,
  page: TolerantPage,
  isTolerant: boolean,
): Promise<{ landed: Landed[]; rejected: readonly RejectedRecord[] }> {
  if (isTolerant) return loadTolerantly(client, sql, page);
  return { landed: await loadPage(client, sql, page), rejected: [] };
}

/** If the table holds all records of the page, the seemingly discarded ones were written by another lane a moment ago. They
 * count as stale then. */
async function settleDiscarded(
  client: Queryable,
  table: Table,
  ids: readonly string[],
  landed: readonly Landed[],
): Promise<readonly Landed[]> {
  if (!landed.some(({ discarded }) => discarded > 0)) return landed;
  const gone = ids.length - (await holdsIds(client, table, ids));
  if (gone > 0) return landed;
  return landed.map((part) => ({ ...part, stale: part.stale + part.discarded, discarded: 0 }));
}

const sum = (landed: readonly Landed[], pick: (part: Landed) => number): number =>
  landed.reduce((total, part) => total + pick(part), 0);
