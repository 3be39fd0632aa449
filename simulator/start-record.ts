import type { SimulatedRequest } from "./answer.ts";
import { findEntity } from "./query/entities.ts";
import { readStatement } from "./query-endpoint.ts";
import { type RequestRecord, type Route, shownHeaders } from "./request-log.ts";
import type { World } from "./world.ts";

/** The largest number of requests in the log. Older ones are removed. */
const LOG_LENGTH = 200_000;

/** Adds a request to the log before it is answered. */
export function startRecord(world: World, request: SimulatedRequest): RequestRecord {
  const route = routeOf(request);
  const record: RequestRecord = {
    number: (world.requests.at(-1)?.number ?? 0) + 1,
    route,
    method: request.method,
    path: request.url.pathname,
    headers: shownHeaders(request.headers),
    status: 0,
    rows: 0,
    at: new Date(world.clock.now()).toISOString(),
    ms: 0,
  };
  const minorVersion = request.url.searchParams.get("minorversion");
  if (minorVersion !== null) record.minorVersion = minorVersion;
  if (route === "query") noteStatement(record, readStatement(request));
  world.requests.push(record);
  if (world.requests.length > LOG_LENGTH) world.requests.splice(0, LOG_LENGTH / 10);
  return record;
}

function noteStatement(record: RequestRecord, statement: string): void {
  record.statement = statement;
  const name = /\bfrom\s+(\w+)/i.exec(statement)?.[1];
  const entity = name === undefined ? undefined : findEntity(name)?.name;
  if (entity !== undefined) record.entity = entity;
}

const COMPANY_PATH = /^\/v3\/company\/[^/]+\/([^/]+)/;

function routeOf({ method, url }: SimulatedRequest): Route {
  if (url.pathname === "/oauth2/v1/tokens/bearer") return "token";
  if (url.pathname === "/v2/oauth2/tokens/revoke") return "revoke";
  const part = COMPANY_PATH.exec(url.pathname)?.[1];
  if (part === "query" || part === "batch" || part === "cdc") return part;
  if (part === undefined) return "other";
  return method === "POST" ? "write" : "read";
}
