import { isJsonObject, type JsonObject, type JsonValue, parseJsonObject } from "../json-text/json-value.ts";
import { compactJson } from "../json-text/scan.ts";
import { parseInstant } from "../pacific-time.ts";
import type { EntityInfo } from "../query/entities.ts";

/** A record of the company: its raw JSON text, from which answers are built, and parsed fields for filters. */
export interface CompanyRecord {
  /** Identity inside the entity: the Id, or the key parts where there is none. */
  readonly key: string;
  readonly id: string;
  /** MetaData.LastUpdatedTime as an instant, UTC ms; 0 where the record has none. */
  readonly updated: number;
  readonly active: boolean;
  readonly raw: string;
  readonly fields: JsonObject;
}

/** Reads a record from raw JSON text. White space is dropped, numbers and strings are kept as they are. */
export function readRecord(entity: EntityInfo, text: string): CompanyRecord {
  const raw = compactJson(text);
  const fields = innerFields(entity, parseJsonObject(raw));
  const id = idOf(fields);
  return {
    key: entity.name === "ExchangeRate" ? exchangeRateKey(fields) : id,
    id,
    updated: instantAt(fields, "LastUpdatedTime"),
    active: fields["Active"] !== false,
    raw,
    fields,
  };
}

/** The instant of a MetaData member, UTC ms, or 0. */
export function instantAt(fields: JsonObject, member: "CreateTime" | "LastUpdatedTime"): number {
  const metaData = fields["MetaData"];
  const text = isJsonObject(metaData) ? metaData[member] : undefined;
  return typeof text === "string" ? (parseInstant(text) ?? 0) : 0;
}

/**
 * RecurringTransaction rows are wrapped in their transaction type (QuickBooks API facts, 7.4); its fields are
 * those of the inner object, with the type as `Type`.
 */
function innerFields(entity: EntityInfo, fields: JsonObject): JsonObject {
  if (entity.name !== "RecurringTransaction") return fields;
  const [type, inner] = Object.entries(fields)[0] ?? [];
  return isJsonObject(inner) ? { ...inner, Type: type } : fields;
}

function idOf(fields: JsonObject): string {
  const id: JsonValue | undefined = fields["Id"];
  return typeof id === "string" || typeof id === "number" ? String(id) : "1";
}

function exchangeRateKey(fields: JsonObject): string {
  const parts = ["SourceCurrencyCode", "TargetCurrencyCode", "AsOfDate"];
  return parts.map((part) => fields[part] ?? "").join("|");
}
