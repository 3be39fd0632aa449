import { type CompanyRecord, instantAt } from "../company/record.ts";
import { isJsonObject, type JsonValue } from "../json-text/json-value.ts";
import type { Property } from "./properties.ts";

/** The value of a property in a record. Times are instants (UTC ms). */
export function propertyValue(record: CompanyRecord, property: Property): JsonValue | undefined {
  if (property.type === "id") return record.id;
  if (property.name === "Active") return record.active;
  if (property.name === "MetaData.LastUpdatedTime") return record.updated;
  if (property.name === "MetaData.CreateTime") return instantAt(record.fields, "CreateTime");
  return valueAt(record.fields, property.path);
}

/** All values of a property, for properties that lie inside lists (`AttachableRef.EntityRef.value`). */
export function propertyValues(
  record: CompanyRecord,
  property: Property,
): readonly (JsonValue | undefined)[] {
  const [first] = property.path;
  const head = first === undefined ? undefined : record.fields[first];
  if (property.path.length < 2 || !isList(head)) return [propertyValue(record, property)];
  return head.map((element) => valueAt(element, property.path.slice(1)));
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** `AttachableRef.EntityRef.Type` is called `type` in records. */
function valueAt(start: JsonValue, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = start;
  for (const key of path) {
    if (!isJsonObject(value)) return undefined;
    value = value[key] ?? value[key.charAt(0).toLowerCase() + key.slice(1)];
  }
  return value;
}
