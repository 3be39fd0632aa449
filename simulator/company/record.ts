import { isJsonObject, type JsonObject, type JsonValue, parseJsonObject } from "../json-text/json-value.ts";
import { compactJson } from "../json-text/scan.ts";
import { parseInstant } from "../pacific-time.ts";
import type { EntityInfo } from "../query/entities.ts";

/** A record of the company: its raw JSON text, from which answers are built, and parsed fields for filters. */
export interface CompanyRecord {
  /** Identifies the record within its entity: the Id, or the key parts if there is no Id. */
  readonly key: string;
  readonly id: string;
  /** MetaData.LastUpdatedTime as an instant, UTC ms; 0 if the record has none. */
  readonly updated: number;
  readonly active: boolean;
  /** The name that name lists sort by, if it is known without parsing the record. */
  readonly sortName?: string;
  readonly raw: string;
  readonly fields: JsonObject;
}

/** Reads a record from raw JSON text. White space is removed; numbers and strings are kept as they are. */
export function readRecord(entity: EntityInfo, text: string): CompanyRecord {
  return new StoredRecord(entity, compactJson(text));
}

/** Parsed fields need several times the memory of the text, so they are parsed again whenever a filter needs them. */
class StoredRecord implements CompanyRecord {
  readonly #entity: EntityInfo;
  #fields: JsonObject | undefined;
  readonly key: string;
  readonly id: string;
  readonly updated: number;
  readonly active: boolean;
  readonly raw: string;

  constructor(entity: EntityInfo, raw: string) {
    const fields = innerFields(entity, parseJsonObject(raw));
    this.#entity = entity;
    this.raw = raw;
    this.id = idOf(fields);
    this.key = entity.name === "ExchangeRate" ? exchangeRateKey(fields) : this.id;
    this.updated = instantAt(fields, "LastUpdatedTime");
    this.active = fields["Active"] !== false;
  }

  get fields(): JsonObject {
    this.#fields ??= innerFields(this.#entity, parseJsonObject(this.raw));
    return this.#fields;
  }
}

/** The instant of a MetaData member, UTC ms, or 0. */
export function instantAt(fields: JsonObject, member: "CreateTime" | "LastUpdatedTime"): number {
  const metaData = fields["MetaData"];
  const text = isJsonObject(metaData) ? metaData[member] : undefined;
  return typeof text === "string" ? (parseInstant(text) ?? 0) : 0;
}

/**
 * RecurringTransaction rows are wrapped in an object named after their transaction type (QuickBooks API facts, 7.4).
 * The fields are those of the inner object, with the type as `Type`.
 */
export function innerFields(entity: EntityInfo, fields: JsonObject): JsonObject {
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
