import { setTimeout as wait } from "node:timers/promises";
import type { Answer, SimulatedRequest } from "./answer.ts";
import { answerApi } from "./api.ts";
import { answerControl } from "./control.ts";
import { runAction } from "./control-actions.ts";
import { faultAnswer } from "./fault-answers.ts";
import { answerAuthorize } from "./oauth/authorize.ts";
import { answerDiscovery } from "./oauth/discovery.ts";
import { answerRevoke, answerTokenRequest } from "./oauth/token-endpoint.ts";
import { formatRequest, type RequestRecord } from "./request-log.ts";
import { startRecord } from "./start-record.ts";
import type { World } from "./world.ts";

/** Answers every request: the control API, OAuth, or the accounting API with its faults and limits. */
export async function handleRequest(world: World, request: SimulatedRequest): Promise<Answer> {
  const { pathname } = request.url;
  if (pathname === "/simulator" || pathname.startsWith("/simulator/")) return answerControl(world, request);
  const started = performance.now();
  const record = startRecord(world, request);
  const answer = await answerWithFaults(world, request, record);
  record.status = answer.connection === "reset" ? 0 : answer.status;
  record.rows = answer.rows ?? 0;
  record.ms = Math.round((performance.now() - started) * 10) / 10;
  if (record.route === "query") afterQuery(world, record);
  world.options.log?.(formatRequest(record));
  return answer;
}

async function answerWithFaults(
  world: World,
  request: SimulatedRequest,
  record: RequestRecord,
): Promise<Answer> {
  const rule = world.faults.strike(record);
  if (!rule) return answerReally(world, request, record);
  record.fault = rule.fault;
  if (rule.delayMs !== undefined) await wait(rule.delayMs);
  const token = (request.headers["authorization"] ?? "").replace(/^Bearer /i, "");
  const fault = faultAnswer({ rule, now: world.clock.now(), token });
  if (fault) return fault;
  const answer = await answerReally(world, request, record);
  if (rule.fault === "cut") return { ...answer, connection: "cut" };
  return rule.fault.startsWith("lost-") ? { ...answer, connection: "reset" } : answer;
}

async function answerReally(world: World, request: SimulatedRequest, record: RequestRecord): Promise<Answer> {
  const { grants, credentials } = world;
  const { pathname } = request.url;
  if (record.route === "token") return answerTokenRequest(grants, credentials, request);
  if (record.route === "revoke") return answerRevoke(grants, credentials, request);
  if (pathname === "/connect/oauth2") return answerAuthorize(grants, credentials, request);
  if (/^\/\.well-known\/openid_(sandbox_)?configuration$/.test(pathname))
    return answerDiscovery(world.origin);
  return answerApi(world, request, record);
}

/** Tests change the company here, between two pages. */
function afterQuery(world: World, record: RequestRecord): void {
  for (const action of world.mutations.takeDue(record)) runAction(world, action);
  world.onQueryAnswered?.(record);
}
