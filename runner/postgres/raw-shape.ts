import type { EntitySpec } from "../spec/types.ts";
import type { RawShape } from "./read-raw.ts";

/** The paths of the key and the cursor of an entity in its payload. */
export const rawShapeOf = ({ table, entity, wrapped, key, cursor }: EntitySpec): RawShape => ({
  table,
  entity,
  wrapped,
  key: key.map((field) => field.split(".")),
  cursor: cursor === null ? null : cursor.split("."),
});
