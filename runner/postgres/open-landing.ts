import type { Clock } from "../clock.ts";
import { NOT_LET_IN } from "../errors.ts";
import type { Log } from "../events.ts";
import type { Landed, Landing, PageLoad } from "../ports/landing.ts";
import type { Statements } from "../render/templates.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec, TemplateKind } from "../spec/types.ts";
import { claimBy } from "./claim-by.ts";
import { type Database, inTransaction, type Queryable, type TransactionManner } from "./connect.ts";
import { openDatabaseClock } from "./database-clock.ts";
import { explainSql, type RenderedSql } from "./explain-sql.ts";
import {
  distrustAll,
  proveWindows,
  tidyWindows,
  unsealAll,
  unsealWindows,
  type WindowsOf,
  writeWindows,
} from "./ledger.ts";
import { limitTo } from "./limit-to.ts";
import { loadPage } from "./load-page.ts";
import {
  forgetRejected,
  isOfRecord,
  keepRejected,
  loadTolerantly,
  type RejectedRecord,
  type TolerantPage,
} from "./load-tolerantly.ts";
import { locksLost, type TableLocks } from "./lock.ts";
import { rawShapeOf } from "./raw-shape.ts";
import { checkLandingTable, createTable, type Table } from "./raw-table.ts";
import { readUnproven } from "./read-ledger.ts";
import { countByWindow, findLacking, hasRejected, holdsIds, holdsRows } from "./read-raw.ts";
import { withTableLock } from "./table-lock.ts";
import { addRows, type Claim, claimTable, readTableState, recordContent } from "./table-state.ts";

export interface LandingOptions {
  readonly pool: Database;
  readonly locks: TableLocks;
  readonly statements: Statements;
  readonly runId: string;
  readonly realmId: string;
  readonly environment: string;
  /** Puts the run on record, once. */
  readonly begin: () => Promise<void>;
  readonly hasBegun: () => boolean;
  /** Whether to wait for a table that another run is loading. */
  readonly wait: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What a window of an earlier run did is told by that run. */
const NO_CHANGES = {
  inserted: 0,
  updated: 0,
  unchanged: 0,
  stale: 0,
  durationMs: 0,
  sourceCount: null,
  error: null,
} as const;

/** Transactions at a time: more than the server has processors gains nothing. */
export const LOADING_CONNECTIONS = 4;

/** The landing tables and the ledger as the run wants them. */
export function openLanding({ pool, statements, ...options }: LandingOptions): Landing {
  const { realmId, environment, runId, clock } = options;
  const inTurn = limitTo(LOADING_CONNECTIONS);
  const transaction = <T>(
    purpose: string,
    work: (client: Queryable) => Promise<T>,
    manner: TransactionManner = {},
  ): Promise<T> => inTurn(() => inTransaction(pool, purpose, work, { repeatable: true, ...manner }));
  const prepared = new Map<EntitySpec, Promise<void>>();
  /** Tables of which rejected records are kept. */
  const withRejected = new Set<string>();
  const lookAtClock = openDatabaseClock(pool, clock.monotonic);
  let startedAt = Number.POSITIVE_INFINITY;
  const windowsOf = (spec: EntitySpec): WindowsOf => ({
    runId,
    realmId,
    entity: spec.entity,
    tableName: tableNameOf(spec),
  });
  const claimOf = (spec: EntitySpec): Claim => claimBy(spec, options);
  const rendered = (spec: EntitySpec, kind: TemplateKind, sql: string, verb: string): RenderedSql => {
    const template = statements.fileOf(spec, kind);
    return { sql, template, spec: spec.name, purpose: `${verb} ${tableNameOf(spec)}` };
  };
  const create = async (spec: EntitySpec): Promise<void> => {
    const ddl = statements.table(spec);
    const claim = claimOf(spec);
    await createTable(pool, spec.table, ddl, async (client) => {
      const { isKnown, rows } = await readTableState(client, claim);
      if (!isKnown) await claimTable(client, claim, rows);
    }).catch((error: unknown) => {
      throw explainSql(error, rendered(spec, "table", ddl, "create the table"));
    });
    if (await hasRejected(pool, realmId, tableNameOf(spec))) withRejected.add(tableNameOf(spec));
  };
  const upsert = async (page: PageLoad, close: Parameters<Landing["load"]>[1], isTolerant: boolean) => {
    const { spec } = page;
    const tableName = tableNameOf(spec);
    const sql = statements.upsert(spec);
    const sent: TolerantPage = {
      ...page,
      answerKey: spec.answerKey,
      entity: spec.entity,
      runStartedAt: Math.min(startedAt, page.askedAt),
    };
    await transaction(`load a page into ${tableName}`, async (client) => {
      const ids = page.taken.map(({ id }) => id);
      const loaded = await load(client, sql, sent, isTolerant).catch((error: unknown) => {
        throw explainSql(error, rendered(spec, "upsert", sql, "load a page into"));
      });
      const landed = await settleDiscarded(client, spec.table, ids, loaded.landed);
      const { rejected } = loaded;
      if (withRejected.has(tableName)) await forgetRejected(client, realmId, tableName, ids);
      await keepRejected(client, options, { entity: spec.entity, tableName }, rejected);
      const inserted = landed.reduce((sum, part) => sum + part.inserted, 0);
      const updated = landed.reduce((sum, part) => sum + part.updated, 0);
      const closed = close({ landed, rejected });
      await writeWindows(client, windowsOf(spec), closed, clock.now());
      if (inserted + updated > 0) await addRows(client, spec.table, inserted);
    });
  };
  return {
    verify: (spec) =>
      transaction(`compare ${tableNameOf(spec)} with the ledger`, async (client) => {
        const claim = claimOf(spec);
        const { exists, hasLedger, rows, isKnown, changed } = await readTableState(client, claim);
        // Without a ledger there are no seals, and a run that was not let in leaves none.
        if (!hasLedger) return { rows, changed };
        if (changed !== undefined) {
          await unsealAll(client, windowsOf(spec), changed);
          await claimTable(client, claim, rows);
        } else if (!isKnown && exists) {
          await distrustAll(client, windowsOf(spec));
          await claimTable(client, claim, rows);
        } else if (exists) {
          await recordContent(client, spec.table);
        }
        return { rows, changed };
      }),
    prepare: async (spec) => {
      await options.begin();
      const once = prepared.get(spec) ?? inTurn(() => create(spec));
      prepared.set(spec, once);
      return once;
    },
    load: async (page, close) => {
      // Without its connection the locks are gone, and another run may be loading.
      if (options.locks.isLost()) throw locksLost();
      try {
        await upsert(page, close, false);
      } catch (error) {
        const [first] = page.taken;
        if (!isOfRecord(error) || first === undefined || page.textOf(first.ordinal) === undefined)
          throw error;
        await upsert(page, close, true);
        withRejected.add(tableNameOf(page.spec));
      }
    },
    now: async () => {
      const moment = await lookAtClock();
      startedAt = Math.min(startedAt, moment.earliest);
      return moment;
    },
    holds: (spec, spans) => holdsRows(pool, spec.table, spans),
    unproven: async (spec, spans) => {
      const found = await readUnproven(pool, realmId, tableNameOf(spec), spans);
      return found.map((window) => ({ ...NO_CHANGES, ...window, status: "sealed" }));
    },
    prove: async (spec, windows) => {
      if (windows.length === 0) return;
      await transaction("record a proof", (client) => proveWindows(client, windowsOf(spec), windows));
    },
    tidy: async (spec) => {
      if (options.hasBegun())
        await transaction("tidy the ledger", (client) => tidyWindows(client, windowsOf(spec)));
    },
    countByWindow: (spec, windows) => countByWindow(pool, rawShapeOf(spec), windows),
    lacking: (spec, versions) => findLacking(pool, rawShapeOf(spec), versions),
    mark: async (spec, windows, code) => {
      if (NOT_LET_IN.has(code) && !options.hasBegun()) return;
      await options.begin();
      await transaction(
        "record a failed window",
        (client) => writeWindows(client, windowsOf(spec), windows, clock.now()),
        { closing: true },
      );
    },
    unseal: (spec, windows, reason) =>
      transaction("record a mismatch", (client) => unsealWindows(client, windowsOf(spec), windows, reason)),
    locked: (spec, work) =>
      withTableLock(tableNameOf(spec), options, async () => {
        // Who waited for the lock may find another company's records now.
        await checkLandingTable(pool, spec.table, { realmId, environment, entity: spec.entity });
        return work();
      }),
  };
}

async function load(
  client: Queryable,
  sql: string,
  page: TolerantPage,
  isTolerant: boolean,
): Promise<{ landed: Landed[]; rejected: readonly RejectedRecord[] }> {
  if (isTolerant) return loadTolerantly(client, sql, page);
  return { landed: await loadPage(client, sql, page), rejected: [] };
}

/** Where another lane has just written the same records, they were not discarded: what they hold is newer. */
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
