import type { EntitySpec } from "./types.ts";

/** The landing table as people, the ledger and artifacts name it; not quoted, so nothing for a statement. */
export const tableNameOf = ({ table }: Pick<EntitySpec, "table">): string => `${table.schema}.${table.name}`;
