import { type Answer, jsonAnswer, type SimulatedRequest } from "./answer.ts";
import type { CompanyRecord } from "./company/record.ts";
import { refreshRow } from "./company/refresh-row.ts";
import { envelope } from "./envelope.ts";
import { type FaultError, faultObject } from "./fault-bodies.ts";
import { validation } from "./gateway-answers.ts";
import { pacificDate } from "./pacific-time.ts";
import { type EntityInfo, findEntity } from "./query/entities.ts";
import type { World } from "./world.ts";

/** `GET /{entity}/{id}` and the reads without an id (QuickBooks API facts, 2.1). Undefined for other paths. */
export function answerRead(world: World, request: SimulatedRequest, path: string): Answer | undefined {
  const [name = "", id, ...rest] = path.split("/");
  const entity = findEntity(name);
  if (!entity || rest.length > 0) return undefined;
  if (entity.name === "ExchangeRate") return answerExchangeRate(world, entity, request);
  if (entity.kind === "singleton")
    return recordAnswer(world, entity, world.company.store(entity).byTime()[0]);
  if (id === undefined) return undefined;
  if (!/^\d+$/.test(id) && entity.name !== "TaxCode") return invalidId(id);
  return recordAnswer(world, entity, world.company.store(entity).get(id));
}

/** The error of an object that does not exist (QuickBooks API facts, 4.6). */
export const NOT_FOUND: FaultError = {
  message: "Object Not Found",
  detail:
    "Object Not Found : Something you're trying to use has been made inactive. Check the fields with inactive customers, items, accounts, vendors or employees.",
  code: "610",
};

/** The newest rate of a currency on or before a date, which is today if omitted. */
function answerExchangeRate(world: World, entity: EntityInfo, request: SimulatedRequest): Answer {
  const query = request.url.searchParams;
  const currency = (query.get("sourcecurrencycode") ?? "").toUpperCase();
  const asOf = query.get("asofdate") ?? pacificDate(world.clock.now());
  let newest: CompanyRecord | undefined;
  for (const record of world.company.store(entity).byTime()) {
    const date = dateOf(record);
    if (record.fields["SourceCurrencyCode"] !== currency || date > asOf) continue;
    if (!newest || date >= dateOf(newest)) newest = record;
  }
  return recordAnswer(world, entity, newest);
}

function dateOf(record: CompanyRecord): string {
  return String(record.fields["AsOfDate"] ?? "");
}

function recordAnswer(world: World, entity: EntityInfo, record: CompanyRecord | undefined): Answer {
  const now = world.clock.now();
  if (!record) return validation(400, NOT_FOUND, now);
  const body = envelope(`"${entity.answerKey}":${refreshRow(entity, record.raw)}`, now);
  return jsonAnswer(200, body, { rows: 1 });
}

/** Without `time`, as in the recordings. */
function invalidId(id: string): Answer {
  const detail = `Id should be a valid number. Supplied value:${id}`;
  return jsonAnswer(
    400,
    `{"Fault":${faultObject({ message: "Invalid ID", detail, code: "2030", element: "Id" })}}`,
  );
}
