import { identityOf, type SpecIdentity } from "../spec/spec-identity.ts";
import type { EntitySpec, Table } from "../spec/types.ts";

/** What a spec is going to load into a table: the company, the environment, the entity, and what the spec asks for. */
export interface Claim {
  readonly table: Table;
  readonly realmId: string;
  readonly environment: string;
  readonly entity: string;
  readonly identity: SpecIdentity;
  /** The spec's file, for messages. */
  readonly file: string;
}

/** What a spec is going to load into its table for one company. */
export const claimBy = (
  spec: EntitySpec,
  { realmId, environment }: Pick<Claim, "realmId" | "environment">,
): Claim => ({
  table: spec.table,
  realmId,
  environment,
  entity: spec.entity,
  identity: identityOf(spec),
  file: spec.file,
});
