import { type Answer, jsonAnswer, type SimulatedRequest } from "./answer.ts";
import { deactivateRecord, deleteRecord, editRecord, voidRecord } from "./company/changes.ts";
import { createObject } from "./company/create-object.ts";
import type { CompanyRecord } from "./company/record.ts";
import { envelope } from "./envelope.ts";
import { validation } from "./gateway-answers.ts";
import { removeRawMembers } from "./json-text/edit.ts";
import { isJsonObject, type JsonObject, parseJson, stringMember } from "./json-text/json-value.ts";
import { compactJson, type RawMember, rawMember, rawMembers } from "./json-text/scan.ts";
import { type EntityInfo, findEntity } from "./query/entities.ts";
import { NOT_FOUND } from "./read.ts";
import type { World } from "./world.ts";
import { WriteFault } from "./write-fault.ts";

/** `POST /{entity}`, with `operation=update|delete|void`. Undefined for other paths. */
export function answerWrite(world: World, request: SimulatedRequest, path: string): Answer | undefined {
  const entity = findEntity(path);
  if (!entity) return undefined;
  const query = request.url.searchParams;
  const operation = query.get("include") === "void" ? "void" : (query.get("operation") ?? "create");
  const now = world.clock.now();
  try {
    return jsonAnswer(200, envelope(applyWrite(world, entity, operation, request.body), now), { rows: 1 });
  } catch (error) {
    if (error instanceof WriteFault) return validation(400, error.fault, now);
    throw error;
  }
}

/** Does a write and returns the raw member of the answer, `"Invoice":{…}`. Refusals are thrown as WriteFault. */
export function applyWrite(world: World, entity: EntityInfo, operation: string, body: string): string {
  const text = compactJson(body);
  const fields = checkBody(text);
  const id = stringMember(fields, "Id");
  const isNew = operation === "create" && id === undefined && entity.kind !== "singleton";
  if (isNew) return memberOf(entity, createObject(world, entity, text, fields));
  const found = findCurrent(world, entity, id ?? "1", fields);
  const change = { entity, key: found.key, at: world.clock.now() };
  if (operation === "delete") {
    if (entity.kind !== "transaction") throw unsupported("delete");
    deleteRecord(world.company, change);
    return `"${entity.answerKey}":{"domain":"QBO","status":"Deleted","Id":${JSON.stringify(found.id)}}`;
  }
  if (operation === "void") return memberOf(entity, voidRecord(world.company, change) ?? found);
  if (operation !== "create" && operation !== "update") throw unsupported(operation);
  return memberOf(entity, updateObject(world, found, change, text));
}

/** Members that the service sets itself, whatever an update says. */
const OWN_MEMBERS = ["Id", "SyncToken", "MetaData", "domain", "sparse", "status"];

/** An update without changes does not change SyncToken or times (QuickBooks API facts, 8.4). `Active:false`
 * deactivates. */
function updateObject(
  world: World,
  found: CompanyRecord,
  change: { readonly entity: EntityInfo; readonly key: string; readonly at: number },
  text: string,
): CompanyRecord {
  const wanted = rawMembers(removeRawMembers(text, OWN_MEMBERS));
  if (wanted.some(({ key, raw }) => key === "Active" && raw === "false")) {
    return deactivateRecord(world.company, change) ?? found;
  }
  const changed: RawMember[] = wanted.filter(({ key, raw }) => rawMember(found.raw, key) !== raw);
  if (changed.length === 0) return found;
  return editRecord(world.company, change, changed) ?? found;
}

/** QuickBooks properties begin with a capital letter. The few exceptions are listed here. */
const SMALL_MEMBERS = new Set(["domain", "sparse", "status", "time"]);

function checkBody(text: string): JsonObject {
  let value: ReturnType<typeof parseJson>;
  try {
    value = parseJson(text);
  } catch {
    value = null; // answered as an invalid request below
  }
  if (!isJsonObject(value)) {
    throw new WriteFault({
      message: "Invalid Request",
      detail: "The request body is no JSON object.",
      code: "2010",
    });
  }
  const unknown = Object.keys(value).find((key) => /^[a-z]/.test(key) && !SMALL_MEMBERS.has(key));
  if (unknown === undefined) return value;
  const detail = `Property Name:Can not construct instance: unknown property ${unknown} specified is unsupported or invalid`;
  throw new WriteFault({ message: "Request has invalid or unsupported property", detail, code: "2010" });
}

function findCurrent(world: World, entity: EntityInfo, id: string, fields: JsonObject): CompanyRecord {
  const found = world.company.store(entity).get(id);
  if (!found) throw new WriteFault(NOT_FOUND);
  const token = stringMember(fields, "SyncToken");
  if (token !== undefined && token !== stringMember(found.fields, "SyncToken")) {
    const detail = `Stale Object Error : You and another user were working on this at the same time.`;
    throw new WriteFault({ message: "Stale Object Error", detail, code: "5010" });
  }
  return found;
}

function unsupported(operation: string): WriteFault {
  const detail = `Operation ${operation} is not supported.`;
  return new WriteFault({ message: "Unsupported Operation", detail, code: "500" });
}

function memberOf(entity: EntityInfo, record: CompanyRecord): string {
  return `"${entity.answerKey}":${record.raw}`;
}
