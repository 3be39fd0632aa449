import { compareIds } from "../company/compare-ids.ts";
import type { CompanyRecord } from "../company/record.ts";
import type { JsonValue } from "../json-text/json-value.ts";
import type { EntityInfo } from "./entities.ts";
import type { Property } from "./properties.ts";
import { propertyValue } from "./property-value.ts";

type SortKey = string | number;

/** An order of rows. `name` identifies the order, so that a store can keep it. */
export interface RowOrder {
  readonly name: string;
  readonly sort: (records: readonly CompanyRecord[]) => CompanyRecord[];
}

/** The order of an entity's rows without ORDERBY, if it is not by time (QuickBooks API facts, 3.6). */
export function defaultOrder(entity: EntityInfo): RowOrder {
  const key = DEFAULT_KEYS[entity.defaultOrder];
  return { name: "default", sort: (records) => sortByKey(records, (record) => key(record)) };
}

/** ORDERBY a property, ascending. Ties are ordered by ascending Id. Records without a value come first. */
export function propertyOrder(property: Property): RowOrder {
  if (property.type === "id") {
    return { name: "Id", sort: (records) => [...records].sort((a, b) => compareIds(a.id, b.id)) };
  }
  return {
    name: property.name,
    sort: (records) => sortByKey(records, (record) => sortKey(property, propertyValue(record, property))),
  };
}

/** Sub-customers follow their parent: the colon sorts before every other character. */
const DEFAULT_KEYS: Record<EntityInfo["defaultOrder"], (record: CompanyRecord) => SortKey> = {
  time: (record) => record.updated,
  "full-name": (record) => nameOf(record, "FullyQualifiedName").toLowerCase().replaceAll(":", "\u0001"),
  "display-name-binary": (record) => nameOf(record, "DisplayName"),
  name: (record) => nameOf(record, "Name").toLowerCase(),
  "tax-code": (record) => `${taxCodeRank(record.id)}${nameOf(record, "Name").toLowerCase()}`,
};

function taxCodeRank(id: string): number {
  const rank = ["TAX", "NON", "CustomSalesTax"].indexOf(id);
  return rank === -1 ? 3 : rank;
}

function nameOf(record: CompanyRecord, member: string): string {
  if (record.sortName !== undefined) return record.sortName;
  const { fields } = record;
  for (const value of [fields[member], fields["Name"], fields["DisplayName"], fields["Code"]]) {
    if (typeof value === "string") return value;
  }
  return "";
}

function sortKey(property: Property, value: JsonValue | undefined): SortKey {
  if (property.type === "number") return typeof value === "number" ? value : Number.NEGATIVE_INFINITY;
  if (property.type === "time") return typeof value === "number" ? value : 0;
  return value === undefined || value === null ? "" : String(value).toLowerCase();
}

function sortByKey(
  records: readonly CompanyRecord[],
  keyOf: (record: CompanyRecord) => SortKey,
): CompanyRecord[] {
  const keyed = records.map((record) => ({ record, key: keyOf(record) }));
  keyed.sort((a, b) => {
    if (a.key === b.key) return compareIds(a.record.id, b.record.id);
    return a.key < b.key ? -1 : 1;
  });
  return keyed.map(({ record }) => record);
}
