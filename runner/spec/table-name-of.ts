import type { EntitySpec } from "./types.ts";

/** The name of a landing table for people, the ledger and artifacts. It is not quoted, so it must not be used in SQL. */
export const tableNameOf = ({ table }: Pick<EntitySpec, "table">): string => `${table.schema}.${table.name}`;
