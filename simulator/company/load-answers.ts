import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, parseJson } from "../json-text/json-value.ts";
import { rawElements, rawMember } from "../json-text/scan.ts";
import { type EntityInfo, findEntity } from "../query/entities.ts";
import type { Company } from "./store.ts";

/**
 * Loads a folder of recorded query answers, `<Entity>.json`, and keeps every number as written. A file may contain a
 * whole answer, its QueryResponse, a bare list or a single record. Files with other names are ignored. A file that is
 * not JSON is an error.
 */
export function loadAnswers(company: Company, folder: string): void {
  for (const file of readdirSync(folder).sort()) {
    const entity = file.endsWith(".json") ? findEntity(file.slice(0, -".json".length)) : undefined;
    if (!entity) continue;
    const text = readFileSync(join(folder, file), "utf8").replace(/^\uFEFF/, "");
    try {
      company.insert(entity, findRecords(entity, text));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${join(folder, file)} is not a query answer: ${reason}`, { cause: error });
    }
  }
}

function findRecords(entity: EntityInfo, text: string): string[] {
  const value = parseJson(text);
  if (Array.isArray(value)) return rawElements(text);
  if (!isJsonObject(value)) throw new Error("it contains no object");
  const response = rawMember(text, "QueryResponse");
  if (response !== undefined) return findRecords(entity, response);
  const rows = rawMember(text, entity.answerKey) ?? rawMember(text, entity.name);
  if (rows !== undefined) return rows.startsWith("[") ? rawElements(rows) : [rows];
  return value["Id"] === undefined ? [] : [text];
}
