import type { Clock } from "../clock.ts";
import { NOT_LET_IN } from "../errors.ts";
import type { Log } from "../events.ts";
import { NO_CHANGES } from "../ports/changes.ts";
import type { Landing } from "../ports/landing.ts";
import type { Statements } from "../render/templates.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import { claimBy } from "./claim-by.ts";
import { type Database, inTransaction } from "./connect.ts";
import { openDatabaseClock } from "./database-clock.ts";
import { explainSql } from "./explain-sql.ts";
import { ledgerKeyOf, recordProofs, tidyWindows, unsealWindows, writeWindows } from "./ledger.ts";
import { limitTo } from "./limit-to.ts";
import { createLoader, type Transact } from "./load-into-table.ts";
import { locksLost, type TableLocks } from "./lock.ts";
import { rawShapeOf } from "./raw-shape.ts";
import { checkLandingTable, createTable } from "./raw-table.ts";
import { readUnproven } from "./read-ledger.ts";
import { countByWindow, findLacking, holdsRows } from "./read-raw.ts";
import { withTableLock } from "./table-lock.ts";
import { claimTable, readTableState } from "./table-state.ts";
import { verifyTable } from "./verify-table.ts";

export interface LandingOptions {
  readonly pool: Database;
  readonly locks: TableLocks;
  readonly statements: Statements;
  readonly runId: string;
  readonly realmId: string;
  readonly environment: string;
  /** Records the run in the ledger, if it is not recorded yet. */
  readonly begin: () => Promise<void>;
  /** Whether the run is recorded in the ledger. */
  readonly hasBegun: () => boolean;
  /** Whether to wait for a table that another run is loading. */
  readonly wait: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** How many transactions run at the same time. More transactions than the server has processors would not be faster. */
export const LOADING_CONNECTIONS = 4;

/** Opens the landing tables and the ledger for a run. */
export function openLanding(options: LandingOptions): Landing {
  const { pool, locks, statements, realmId, environment, clock } = options;
  const inTurn = limitTo(LOADING_CONNECTIONS);
  const transact: Transact = (purpose, work, manner = {}) =>
    inTurn(() => inTransaction(pool, purpose, work, { repeatable: true, ...manner }));
  const claimOf = (spec: EntitySpec) => claimBy(spec, options);
  const keyOf = (spec: EntitySpec) => ledgerKeyOf(spec, options);

  const readClock = openDatabaseClock(pool, clock.monotonic);
  let startedAt = Number.POSITIVE_INFINITY;
  const load = createLoader({ ...options, transact, startedAt: () => startedAt });

  const create = (spec: EntitySpec): Promise<void> => {
    const sql = statements.table(spec);
    const claim = claimOf(spec);
    return createTable(pool, spec.table, sql, async (client) => {
      const { isKnown, rows } = await readTableState(client, claim);
      if (!isKnown) await claimTable(client, claim, rows);
    }).catch((error: unknown) => {
      const template = statements.fileOf(spec, "table");
      throw explainSql(error, {
        sql,
        template,
        spec: spec.name,
        purpose: `create the table ${tableNameOf(spec)}`,
      });
    });
  };
  const prepared = new Map<EntitySpec, Promise<void>>();

  return {
    verify: (spec) =>
      transact(`compare ${tableNameOf(spec)} with the ledger`, (client) =>
        verifyTable(client, claimOf(spec), keyOf(spec)),
      ),
    prepare: async (spec) => {
      await options.begin();
      const once = prepared.get(spec) ?? inTurn(() => create(spec));
      prepared.set(spec, once);
      return once;
    },
    load: async (page, close) => {
      // If their connection is lost, the locks are gone, and another run may be loading the table.
      if (locks.isLost()) throw locksLost();
      await load(page, close);
    },
    now: async () => {
      const moment = await readClock();
      startedAt = Math.min(startedAt, moment.earliest);
      return moment;
    },
    holds: (spec, spans) => holdsRows(pool, spec.table, spans),
    countByWindow: (spec, windows) => countByWindow(pool, rawShapeOf(spec), windows),
    lacking: (spec, versions) => findLacking(pool, rawShapeOf(spec), versions),
    mark: async (spec, windows, code) => {
      if (NOT_LET_IN.has(code) && !options.hasBegun()) return;
      await options.begin();
      await transact(
        "record a failed window",
        (client) => writeWindows(client, keyOf(spec), windows, clock.now()),
        { closing: true },
      );
    },
    unproven: async (spec, spans) => {
      const found = await readUnproven(pool, realmId, tableNameOf(spec), spans);
      // These changes are zero because the run that read the window has already reported them.
      return found.map((window) => ({
        ...NO_CHANGES,
        ...window,
        status: "sealed",
        durationMs: 0,
        sourceCount: null,
        error: null,
      }));
    },
    recordProof: async (spec, windows) => {
      if (windows.length > 0)
        await transact("record a proof", (client) => recordProofs(client, keyOf(spec), windows));
    },
    tidy: async (spec) => {
      if (options.hasBegun()) await transact("tidy the ledger", (client) => tidyWindows(client, keyOf(spec)));
    },
    unseal: (spec, windows, reason) =>
      transact("record a mismatch", (client) => unsealWindows(client, keyOf(spec), windows, reason)),
    locked: (spec, work) =>
      withTableLock(tableNameOf(spec), options, async () => {
        // Another run may have put another company's records into the table while this one waited for the lock.
        await checkLandingTable(pool, spec.table, { realmId, environment, entity: spec.entity });
        return work();
      }),
  };
}
