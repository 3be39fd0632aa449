import type { TableState } from "../ports/landing.ts";
import type { Claim } from "./claim-by.ts";
import type { Queryable } from "./connect.ts";
import { distrustAll, type LedgerKey, unsealAll } from "./ledger.ts";
import { claimTable, readTableState, recordContent } from "./table-state.ts";

/** Compares a table with what the ledger says it must hold. If they differ, every seal of the table is removed. A table that
 * the ledger does not know yet keeps its seals, but they must be proven again. Runs in the caller's transaction, which must
 * hold the table's lock. */
export async function verifyTable(client: Queryable, claim: Claim, key: LedgerKey): Promise<TableState> {
  const { exists, hasLedger, rows, isKnown, changed } = await readTableState(client, claim);
  // Without a ledger there are no seals. The ledger is not created here, because QuickBooks may not let this run in.
  if (!hasLedger) return { rows, changed };
  if (changed !== undefined) {
    await unsealAll(client, key, changed);
    await claimTable(client, claim, rows);
  } else if (exists && isKnown) {
    await recordContent(client, claim.table);
  } else if (exists) {
    await distrustAll(client, key);
    await claimTable(client, claim, rows);
  }
  return { rows, changed };
}
