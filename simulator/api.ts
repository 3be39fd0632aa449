import { setTimeout as wait } from "node:timers/promises";
import { type Answer, jsonAnswer, type SimulatedRequest } from "./answer.ts";
import { answerBatch } from "./batch.ts";
import { answerChangeDataCapture } from "./cdc.ts";
import { forbidden, throttled, unauthorized, validation } from "./gateway-answers.ts";
import { isJsonObject, parseJson } from "./json-text/json-value.ts";
import { answerQuery } from "./query-endpoint.ts";
import { answerRead } from "./read.ts";
import type { RequestRecord } from "./request-log.ts";
import type { World } from "./world.ts";
import { answerWrite } from "./write.ts";
import { writeXml } from "./xml.ts";

const PATH = /^\/v3\/company\/([^/]+)\/(.+?)\/?$/;

/** The accounting API: authentication, limits, the monthly allowance, then the endpoint itself. */
export async function answerApi(
  world: World,
  request: SimulatedRequest,
  record: RequestRecord,
): Promise<Answer> {
  const match = PATH.exec(request.url.pathname);
  const refusal = match ? checkAccess(world, request, match[1] ?? "") : undefined;
  if (refusal) return refusal;
  if (world.limits.enter(record.route === "batch")) return throttled(world.clock.now());
  try {
    if (world.options.latencyMs) await wait(world.options.latencyMs);
    return formatFor(request, answerMetered(world, request, record, match?.[2]));
  } finally {
    world.limits.leave();
  }
}

/** Writes are free. Every request that reads data counts if it succeeds (QuickBooks API facts, 9.2). */
function answerMetered(
  world: World,
  request: SimulatedRequest,
  record: RequestRecord,
  path: string | undefined,
): Answer {
  const isMetered = record.route !== "write" && record.route !== "other";
  if (isMetered && world.meter.isBlocked) return throttled(world.clock.now());
  const answer = path === undefined ? undefined : answerEndpoint(world, request, record, path);
  if (!answer) return unsupported(world, request);
  if (isMetered && answer.status < 300) world.meter.count();
  return answer;
}

function checkAccess(world: World, request: SimulatedRequest, realmId: string): Answer | undefined {
  const now = world.clock.now();
  const [scheme, token = ""] = (request.headers["authorization"] ?? "").split(" ");
  if (scheme?.toLowerCase() !== "bearer" || token.length < 20 || token.length > 8192) {
    return unauthorized("Malformed bearer token: too short or too long", now);
  }
  const access = world.grants.accessState(token);
  if (access.kind === "expired") return unauthorized(`Token expired: ${token}`, now);
  if (access.kind !== "valid") return unauthorized(`Token ${access.kind}: ${token}`, now);
  return access.realmId === realmId ? undefined : forbidden(now);
}

function answerEndpoint(
  world: World,
  request: SimulatedRequest,
  record: RequestRecord,
  path: string,
): Answer | undefined {
  if (path === "query")
    return answerQuery(world, record.statement ?? "", record.fault === "extra-row" ? 1 : 0);
  if (path === "batch" && request.method === "POST") return answerBatch(world, request, record);
  if (path === "cdc") return answerChangeDataCapture(world, request);
  if (request.method === "POST") return answerWrite(world, request, path);
  return answerRead(world, request, path);
}

/** HTTP 400 for a path that does not exist (QuickBooks API facts, 4.6). */
function unsupported(world: World, request: SimulatedRequest): Answer {
  const { pathname } = request.url;
  const detail = `Operation Could not find resource for relative : ${pathname} of full path: https://simulator.qbo.intuit.com/qbo${pathname} is not supported.`;
  return validation(400, { message: "Unsupported Operation", detail, code: "500" }, world.clock.now());
}

/** A caller that does not ask for JSON gets XML (QuickBooks API facts, 2.3). */
function formatFor(request: SimulatedRequest, answer: Answer): Answer {
  const wantsJson = (request.headers["accept"] ?? "").includes("application/json");
  if (wantsJson || !answer.contentType?.startsWith("application/json")) return answer;
  const value = parseJson(answer.body);
  return isJsonObject(value)
    ? { ...answer, contentType: "application/xml;charset=UTF-8", body: writeXml(value) }
    : jsonAnswer(answer.status, answer.body);
}
