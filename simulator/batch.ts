import { type Answer, jsonAnswer, type SimulatedRequest } from "./answer.ts";
import { envelope, queryResponse } from "./envelope.ts";
import { faultObject } from "./fault-bodies.ts";
import { validation } from "./gateway-answers.ts";
import { isJsonObject, parseJson, parseJsonObject, stringMember } from "./json-text/json-value.ts";
import { rawElements, rawMember, rawMembers } from "./json-text/scan.ts";
import { type EntityInfo, findEntity } from "./query/entities.ts";
import { QueryFault } from "./query/query-fault.ts";
import { queryFaultObject, tryQuery } from "./query-endpoint.ts";
import type { RequestRecord } from "./request-log.ts";
import type { World } from "./world.ts";
import { applyWrite } from "./write.ts";
import { WriteFault } from "./write-fault.ts";

/** The largest number of items in a request, and of objects in an answer (QuickBooks API facts, 5). */
const MOST_ITEMS = 30;
const MOST_OBJECTS = 1000;

/** `POST /batch`: HTTP 200 with one answer per item. An item that fails has its own fault. */
export function answerBatch(world: World, request: SimulatedRequest, record: RequestRecord): Answer {
  const items = readItems(request.body);
  const now = world.clock.now();
  if (!items) {
    return validation(
      400,
      { message: "Invalid Request", detail: "The request body is no batch.", code: "2010" },
      now,
    );
  }
  if (items.length > MOST_ITEMS) {
    const detail = `The maximum number of batch items is ${MOST_ITEMS}. Supplied: ${items.length}`;
    return validation(400, { message: "Batch size too large", detail, code: "1040" }, now);
  }
  record.statement = items.map((item) => stringMember(parseJsonObject(item), "Query") ?? "").join("\n");
  let room = MOST_OBJECTS;
  const answers: string[] = [];
  for (const item of items) {
    const { payload, objects } = answerItem(world, item, room);
    room -= objects;
    const bId = rawMember(item, "bId");
    answers.push(`{${payload}${bId === undefined ? "" : `,"bId":${bId}`}}`);
  }
  const rows = MOST_OBJECTS - room;
  return jsonAnswer(200, envelope(`"BatchItemResponse":[${answers.join(",")}]`, now), { rows });
}

function readItems(body: string): string[] | undefined {
  try {
    const parsed = parseJson(body);
    if (!isJsonObject(parsed) || !Array.isArray(parsed["BatchItemRequest"])) return undefined;
  } catch {
    return undefined; // not JSON: the caller answers with a fault
  }
  return rawElements(rawMember(body, "BatchItemRequest") ?? "[]");
}

/** The result of an item: the raw members before its bId, and the number of objects in them. */
interface ItemAnswer {
  readonly payload: string;
  readonly objects: number;
}

function answerItem(world: World, item: string, room: number): ItemAnswer {
  const query = stringMember(parseJsonObject(item), "Query");
  if (query !== undefined) return answerQueryItem(world, query, room);
  const operation = stringMember(parseJsonObject(item), "operation") ?? "create";
  for (const { key, raw } of rawMembers(item)) {
    const entity = findEntity(key);
    if (entity) return answerWriteItem(world, entity, operation, raw);
  }
  const detail = "A batch item needs a Query or an operation with an object.";
  return faultItem(faultObject({ message: "Unsupported Operation", detail, code: "500" }));
}

function answerQueryItem(world: World, query: string, room: number): ItemAnswer {
  const outcome = tryQuery(world, query);
  if (outcome instanceof QueryFault) return faultItem(queryFaultObject(outcome));
  const objects = outcome.kind === "rows" ? outcome.rows.length : 0;
  if (objects > room) {
    const detail = `The answer of the batch is limited to ${MOST_OBJECTS} objects.`;
    return faultItem(faultObject({ message: "Batch size too large", detail, code: "1040" }));
  }
  return { payload: `"QueryResponse":${queryResponse(outcome)}`, objects };
}

function answerWriteItem(world: World, entity: EntityInfo, operation: string, raw: string): ItemAnswer {
  try {
    return { payload: applyWrite(world, entity, operation, raw), objects: 1 };
  } catch (error) {
    if (error instanceof WriteFault) return faultItem(faultObject(error.fault));
    throw error;
  }
}

function faultItem(fault: string): ItemAnswer {
  return { payload: `"Fault":${fault}`, objects: 0 };
}
