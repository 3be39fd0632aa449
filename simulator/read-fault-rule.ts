import { FAULT_KINDS, type FaultMatch, type FaultRule } from "./faults.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json-text/json-value.ts";
import type { Route } from "./request-log.ts";

const ROUTES: readonly Route[] = ["token", "revoke", "query", "batch", "cdc", "read", "write", "other"];

/** Reads a fault rule from JSON. Throws an Error with a sentence if it is not valid. */
export function readFaultRule(value: JsonValue | undefined): FaultRule {
  if (!isJsonObject(value)) throw new Error("A fault rule must be an object.");
  const fault = String(value["fault"] ?? "");
  if (!FAULT_KINDS.some((kind) => kind === fault)) {
    throw new Error(`There is no fault ${fault}; there are ${FAULT_KINDS.join(", ")}.`);
  }
  return {
    fault,
    match: isJsonObject(value["match"]) ? readMatch(value["match"]) : {},
    ...numberMembers(value),
  };
}

function readMatch(match: JsonObject): FaultMatch {
  const route = ROUTES.find((name) => name === match["route"]);
  if (match["route"] !== undefined && route === undefined) {
    throw new Error(`There is no route ${String(match["route"])}; there are ${ROUTES.join(", ")}.`);
  }
  const { entity, statementIncludes, count } = match;
  return {
    ...(route === undefined ? {} : { route }),
    ...(typeof entity === "string" ? { entity } : {}),
    ...(typeof statementIncludes === "string" ? { statementIncludes } : {}),
    ...(typeof count === "boolean" ? { count } : {}),
  };
}

function numberMembers(value: JsonObject): Pick<FaultRule, "skip" | "times" | "retryAfter" | "delayMs"> {
  const found: { skip?: number; times?: number; retryAfter?: number; delayMs?: number } = {};
  for (const name of ["skip", "times", "retryAfter", "delayMs"] as const) {
    const number = value[name];
    if (typeof number === "number") found[name] = number;
  }
  return found;
}
