import { escapeXml } from "./fault-bodies.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json-text/json-value.ts";

/**
 * A JSON answer as XML, for callers that do not ask for `application/json` (QuickBooks API facts, 2.3). The rendering
 * is simple: scalars directly in a record become attributes if the XML form has them as attributes, and elements
 * otherwise.
 */
export function writeXml(answer: JsonObject): string {
  const { time, ...rest } = answer;
  const attributes = `time="${escapeXml(String(time ?? ""))}" xmlns="http://schema.intuit.com/finance/v3"`;
  const content = Object.entries(rest).map(([key, value]) => writeElement(key, value));
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse ${attributes}>${content.join("")}</IntuitResponse>`;
}

const ATTRIBUTES = new Set(["domain", "sparse", "startPosition", "maxResults", "totalCount", "type", "code"]);

function writeElement(name: string, value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  if (isList(value)) return value.map((element) => writeElement(name, element)).join("");
  if (!isJsonObject(value)) return `<${name}>${escapeXml(String(value))}</${name}>`;
  if (isReference(value)) return writeReference(name, value);
  let attributes = "";
  let content = "";
  for (const [key, member] of Object.entries(value)) {
    if (ATTRIBUTES.has(key)) attributes += ` ${key}="${escapeXml(String(member))}"`;
    else content += writeElement(key, member);
  }
  return `<${name}${attributes}>${content}</${name}>`;
}

/** `{"value":"18","name":"Ann"}` becomes `<CustomerRef name="Ann">18</CustomerRef>`. */
function writeReference(name: string, value: JsonObject): string {
  const label = value["name"] === undefined ? "" : ` name="${escapeXml(String(value["name"]))}"`;
  return `<${name}${label}>${escapeXml(String(value["value"]))}</${name}>`;
}

function isReference(value: JsonObject): boolean {
  return (
    typeof value["value"] === "string" && Object.keys(value).every((key) => key === "value" || key === "name")
  );
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
