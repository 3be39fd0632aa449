import type pg from "pg";
import { inTransaction } from "../postgres/connect.ts";
import { unsealWindows, type WindowsOf, writeWindows } from "../postgres/ledger.ts";
import { loadPage } from "../postgres/load-page.ts";
import { withTableLock } from "../postgres/lock.ts";
import { createTable } from "../postgres/raw-table.ts";
import type { Statements } from "../render/templates.ts";
import type { Clock, Landing } from "../run/ports.ts";
import type { EntitySpec } from "../spec/types.ts";

/** The landing tables and the ledger as the run wants them. */
export function openLanding(
  pool: pg.Pool,
  statements: Statements,
  run: { runId: string; realmId: string },
  now: Clock,
): Landing {
  const prepared = new Set<EntitySpec>();
  const nameOf = ({ table }: EntitySpec): string => `${table.schema}.${table.name}`;
  const windowsOf = (spec: EntitySpec): WindowsOf => ({
    ...run,
    entity: spec.entity,
    tableName: nameOf(spec),
  });
  return {
    prepare: async (spec) => {
      if (prepared.has(spec)) return;
      await createTable(pool, spec.table, statements.table(spec));
      prepared.add(spec);
    },
    load: (page, close) =>
      inTransaction(pool, `load a page into ${nameOf(page.spec)}`, async (client) => {
        const landed = await loadPage(client, statements.upsert(page.spec), {
          ...page,
          answerKey: page.spec.answerKey,
        });
        await writeWindows(client, windowsOf(page.spec), close(landed), now());
      }),
    mark: (spec, windows) =>
      inTransaction(pool, "record a failed window", (client) =>
        writeWindows(client, windowsOf(spec), windows, now()),
      ),
    unseal: (spec, windows, reason) =>
      inTransaction(pool, "record a mismatch", (client) =>
        unsealWindows(client, windowsOf(spec), windows, reason),
      ),
    locked: (spec, work) => withTableLock(pool, nameOf(spec), work),
  };
}
