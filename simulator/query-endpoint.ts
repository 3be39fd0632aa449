import { type Answer, jsonAnswer, type SimulatedRequest } from "./answer.ts";
import { refreshRow } from "./company/refresh-row.ts";
import { envelope, queryResponse } from "./envelope.ts";
import { faultObject } from "./fault-bodies.ts";
import { QueryFault } from "./query/query-fault.ts";
import { type QueryResult, runQuery } from "./query/run-query.ts";
import type { World } from "./world.ts";

/** The statement of a query request: the `query` parameter of GET, the body of POST (facts, 2.1). */
export function readStatement(request: SimulatedRequest): string {
  if (request.method !== "POST") return request.url.searchParams.get("query") ?? "";
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") return request.body;
  const query = new URLSearchParams(request.body).get("query");
  return query ?? new URLSearchParams(`query=${request.body}`).get("query") ?? "";
}

/**
 * Answers a query with an envelope, or with HTTP 400 and a fault (QuickBooks API facts, 3.8 and 3.10).
 * @param extraRows the number of rows returned beyond MAXRESULTS, as the service was once seen to do.
 */
export function answerQuery(world: World, statement: string, extraRows = 0): Answer {
  const now = world.clock.now();
  const outcome = tryQuery(world, statement, extraRows);
  if (outcome instanceof QueryFault) {
    return jsonAnswer(400, envelope(`"Fault":${queryFaultObject(outcome)}`, now));
  }
  const rows = outcome.kind === "rows" ? outcome.rows.length : 0;
  return jsonAnswer(200, envelope(`"QueryResponse":${queryResponse(outcome)}`, now), { rows });
}

/** Runs a statement. A refusal is returned, not thrown. */
export function tryQuery(world: World, statement: string, extraRows = 0): QueryResult | QueryFault {
  const { company } = world;
  const context = { company, now: world.clock.now(), refresh: refreshRow, extraRows };
  try {
    return runQuery(context, statement);
  } catch (error) {
    if (error instanceof QueryFault) return error;
    throw error;
  }
}

/** The fault object of a refused statement. */
export function queryFaultObject({ message, detail, code }: QueryFault): string {
  return faultObject({ message, detail, code });
}
