import { asksOf } from "../spec/asks-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { Claim } from "./table-state.ts";

/** What a spec is going to load into its table for one company. */
export const claimBy = (
  spec: EntitySpec,
  { realmId, environment }: { readonly realmId: string; readonly environment: string },
): Claim => ({
  table: spec.table,
  realmId,
  environment,
  entity: spec.entity,
  asks: asksOf(spec),
  file: spec.file,
});
