import type { Clock } from "../clock.ts";
import type { Log } from "../events.ts";
import { type Database, inTransaction, type Queryable } from "../postgres/connect.ts";
import {
  proveWindows,
  tidyWindows,
  unsealAll,
  unsealWindows,
  type WindowsOf,
  writeWindows,
} from "../postgres/ledger.ts";
import { loadPage } from "../postgres/load-page.ts";
import { lockedError, locksLost, type TableLocks } from "../postgres/lock.ts";
import { checkTable, createTable } from "../postgres/raw-table.ts";
import { readUnproven } from "../postgres/read-ledger.ts";
import { countByWindow, holdsRows } from "../postgres/read-raw.ts";
import type { Statements } from "../render/templates.ts";
import type { Landing } from "../run/ports.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec, TemplateKind } from "../spec/types.ts";
import { explainSql, type RenderedSql } from "./explain-sql.ts";
import { limitTo } from "./limit-to.ts";
import { rawShapeOf } from "./raw-shape.ts";

export interface LandingOptions {
  readonly pool: Database;
  readonly locks: TableLocks;
  readonly statements: Statements;
  readonly runId: string;
  readonly realmId: string;
  readonly environment: string;
  /** When the run began, in milliseconds. */
  readonly startedAt: number;
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

const LOCK_POLL_MS = 1000;
/** Transactions at a time: more than the server has processors gains nothing. */
export const LOADING_CONNECTIONS = 4;

/** Failures of a run that never got in: they leave nothing behind. */
export const NOTHING_BEGUN: ReadonlySet<string> = new Set([
  "QBO_CREDENTIALS_REFUSED",
  "QBO_GRANT_DEAD",
  "QBO_UNAUTHORIZED",
  "QBO_FORBIDDEN",
]);

/** The landing tables and the ledger as the run wants them. */
export function openLanding({ pool, statements, ...options }: LandingOptions): Landing {
  const inTurn = limitTo(LOADING_CONNECTIONS);
  const transaction = <T>(purpose: string, work: (client: Queryable) => Promise<T>): Promise<T> =>
    inTurn(() => inTransaction(pool, purpose, work));
  const prepared = new Map<EntitySpec, Promise<void>>();
  const windowsOf = (spec: EntitySpec): WindowsOf => {
    const { runId, realmId } = options;
    return { runId, realmId, entity: spec.entity, tableName: tableNameOf(spec) };
  };
  const rendered = (spec: EntitySpec, kind: TemplateKind, sql: string, verb: string): RenderedSql => {
    const template = statements.fileOf(spec, kind);
    return { sql, template, spec: spec.name, purpose: `${verb} ${tableNameOf(spec)}` };
  };
  const create = (spec: EntitySpec): Promise<void> => {
    const ddl = statements.table(spec);
    return createTable(pool, spec.table, ddl, (client) => unsealAll(client, windowsOf(spec))).catch(
      (error: unknown) => {
        throw explainSql(error, rendered(spec, "table", ddl, "create the table"));
      },
    );
  };
  return {
    prepare: async (spec) => {
      await options.begin();
      const once = prepared.get(spec) ?? inTurn(() => create(spec));
      prepared.set(spec, once);
      return once;
    },
    load: async (page, close) => {
      // Without its connection the locks are gone, and another run may be loading.
      if (options.locks.isLost()) throw locksLost();
      await transaction(`load a page into ${tableNameOf(page.spec)}`, async (client) => {
        const { answerKey } = page.spec;
        const sent = { ...page, answerKey, runStartedAt: options.startedAt };
        const sql = statements.upsert(page.spec);
        const landed = await loadPage(client, sql, sent).catch((error: unknown) => {
          throw explainSql(error, rendered(page.spec, "upsert", sql, "load a page into"));
        });
        await writeWindows(client, windowsOf(page.spec), close(landed), options.clock.now());
      });
    },
    holds: (spec, spans) => holdsRows(pool, spec.table, spans),
    unproven: async (spec, spans) => {
      const found = await readUnproven(pool, options.realmId, tableNameOf(spec), spans);
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
    mark: async (spec, windows, code) => {
      if (NOTHING_BEGUN.has(code) && !options.hasBegun()) return;
      await options.begin();
      await transaction("record a failed window", (client) =>
        writeWindows(client, windowsOf(spec), windows, options.clock.now()),
      );
    },
    unseal: (spec, windows, reason) =>
      transaction("record a mismatch", (client) => unsealWindows(client, windowsOf(spec), windows, reason)),
    locked: (spec, work) =>
      withLock(tableNameOf(spec), options, async () => {
        // Who waited for the lock may find another company's records now.
        await checkTable(pool, spec.table, { realmId: options.realmId, environment: options.environment });
        return work();
      }),
  };
}

type LockOptions = Pick<LandingOptions, "locks" | "wait" | "log" | "signal" | "clock">;

async function withLock<T>(
  tableName: string,
  { locks, wait, log, signal, clock }: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  for (let told = false; !(await locks.tryLock(tableName)); told = true) {
    const holder = await locks.holderOf(tableName);
    if (!wait) throw lockedError(tableName, holder);
    if (!told)
      log({ type: "notice", level: "info", message: `waiting for ${tableName}, which ${holder} is loading` });
    await clock.sleep(LOCK_POLL_MS, signal);
  }
  try {
    return await work();
  } finally {
    await locks.unlock(tableName);
  }
}
