import { type Answer, jsonAnswer, type SimulatedRequest } from "./answer.ts";
import { refreshRow } from "./company/refresh-row.ts";
import { envelope } from "./envelope.ts";
import { validation } from "./gateway-answers.ts";
import { formatPacificSeconds, parseInstant } from "./pacific-time.ts";
import { type EntityInfo, findEntity } from "./query/entities.ts";
import type { World } from "./world.ts";

/** How far back change data capture goes, and how many objects one answer can hold (QuickBooks API facts, 6). */
const LOOK_BACK_MS = 30 * 24 * 3_600_000;
const MOST_OBJECTS = 1000;

/** `GET /cdc?entities=…&changedSince=…`: whole records in the order of LastUpdatedTime, followed by deleted ones. */
export function answerChangeDataCapture(world: World, request: SimulatedRequest): Answer {
  const now = world.clock.now();
  const query = request.url.searchParams;
  const names = (query.get("entities") ?? "").split(",").map((name) => name.trim());
  const changedSince = query.get("changedSince") ?? "";
  const since = parseInstant(changedSince.replace(" ", "+"));
  const refuse = (detail: string) =>
    validation(400, { message: "Unsupported Operation", detail, code: "500" }, now);
  if (since === undefined)
    return refuse(`Operation cdc with changedSince date ${changedSince} is not supported.`);
  if (since < now - LOOK_BACK_MS) {
    return refuse(
      `Operation cdc with changedSince date ${changedSince} which is older than fixed days is not supported.`,
    );
  }
  const entities: EntityInfo[] = [];
  for (const name of names) {
    const entity = findEntity(name);
    if (!entity?.changeDataCapture) return refuse(`Operation cdc for entity ${name} is not supported.`);
    entities.push(entity);
  }
  return answerChanges(world, entities, since);
}

/** Objects beyond the limit are left out silently. */
function answerChanges(world: World, entities: readonly EntityInfo[], since: number): Answer {
  let room = MOST_OBJECTS;
  const responses: string[] = [];
  for (const entity of entities) {
    const rows = changedRows(world, entity, since).slice(0, room);
    room -= rows.length;
    responses.push(changeResponse(entity, rows));
  }
  const body = `"CDCResponse":[{"QueryResponse":[${responses.join(",")}]}]`;
  return jsonAnswer(200, envelope(body, world.clock.now()), { rows: MOST_OBJECTS - room });
}

function changedRows({ company }: World, entity: EntityInfo, since: number): string[] {
  const store = company.store(entity);
  const changed = store.byTime().slice(store.firstAtOrAfter(since));
  const rows = changed.map((record) => refreshRow(entity, record.raw));
  for (const deletion of company.deletions) {
    if (deletion.entity !== entity || deletion.at < since) continue;
    const time = formatPacificSeconds(deletion.at);
    const stub = { domain: "QBO", status: "Deleted", Id: deletion.id, MetaData: { LastUpdatedTime: time } };
    rows.push(JSON.stringify(stub));
  }
  return rows;
}

function changeResponse(entity: EntityInfo, rows: readonly string[]): string {
  if (rows.length === 0) return "{}";
  const total = entity.totalCount ? `,"totalCount":${rows.length}` : "";
  return `{"${entity.answerKey}":[${rows.join(",")}],"startPosition":1,"maxResults":${rows.length}${total}}`;
}
