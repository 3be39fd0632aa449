/** A parsed JSON value. Parsed values are only used for filters and sorting; answers are built from raw text. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A parsed JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** Whether a parsed value is an object (not null, not an array). */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses JSON text. Throws a SyntaxError if it is not valid. */
export function parseJson(text: string): JsonValue {
  return JSON.parse(text);
}

/** Parses JSON text that should be an object. Anything else gives an empty object. */
export function parseJsonObject(text: string): JsonObject {
  const value = parseJson(text);
  return isJsonObject(value) ? value : {};
}

/** The text of a member, or undefined if it is missing or not a string. */
export function stringMember(value: JsonValue | undefined, key: string): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const member = value[key];
  return typeof member === "string" ? member : undefined;
}
