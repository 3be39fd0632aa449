import { type Answer, jsonAnswer, type SimulatedRequest } from "./answer.ts";
import { ControlError, insertRecords, rawActions, readEntity, runAction } from "./control-actions.ts";
import { type ControlCall, changed, finish } from "./control-call.ts";
import { changeTokens, clockState, meterState, moveClock, setLimits, setMeter } from "./control-settings.ts";
import { setRawMembers } from "./json-text/edit.ts";
import { isJsonObject, type JsonObject, parseJson } from "./json-text/json-value.ts";
import { readFaultRule } from "./read-fault-rule.ts";
import { readyObject } from "./ready.ts";
import type { World } from "./world.ts";

/** The control API under `/simulator`, for tests in other processes. README.md lists every call. */
export function answerControl(world: World, request: SimulatedRequest): Answer {
  const [, , ...parts] = request.url.pathname.split("/").map(decodeURIComponent);
  const call: ControlCall = { world, request, parts: parts.slice(1), body: readBody(request) };
  const handler = HANDLERS[`${request.method} ${parts[0] ?? ""}`];
  try {
    if (!handler) throw new ControlError(`There is no ${request.method} ${request.url.pathname}.`, 404);
    return jsonAnswer(200, handler(call));
  } catch (error) {
    const status = error instanceof ControlError ? error.status : 400;
    const message = error instanceof Error ? error.message : String(error);
    return jsonAnswer(status, JSON.stringify({ error: message }));
  }
}

const HANDLERS: Readonly<Record<string, (call: ControlCall) => string>> = {
  "GET ": ({ world }) => JSON.stringify(readyObject(world)),
  "GET requests": listRequests,
  "DELETE requests": ({ world }) => changed(world.requests.splice(0).length),
  "POST faults": addFaults,
  "DELETE faults": ({ world }) => finish(() => world.faults.clear()),
  "GET records": listRecords,
  "POST records": postRecords,
  "PATCH records": (call) => changed(recordAction(call, "edit")),
  "DELETE records": deleteRecords,
  "POST poison": ({ world, body }) =>
    changed(runAction(world, JSON.stringify({ ...body, action: "poison" }))),
  "DELETE poison": ({ world }) => finish(() => world.company.poison.clear()),
  "GET clock": clockState,
  "POST clock": moveClock,
  "GET tokens": ({ world }) => JSON.stringify({ refresh_token: world.grants.currentRefreshToken ?? null }),
  "POST tokens": changeTokens,
  "GET meter": meterState,
  "POST meter": setMeter,
  "DELETE meter": (call) => {
    call.world.meter.reset();
    return meterState(call);
  },
  "POST limits": setLimits,
  "POST mutations": addMutation,
  "DELETE mutations": ({ world }) => finish(() => world.mutations.clear()),
  "POST actions": ({ world, request }) => {
    let count = 0;
    for (const action of rawActions(request.body)) count += runAction(world, action);
    return changed(count);
  },
};

function readBody(request: SimulatedRequest): JsonObject {
  try {
    const value = parseJson(request.body);
    return isJsonObject(value) ? value : {};
  } catch {
    return {}; // a call without a body; handlers that need one say what is missing
  }
}

function listRequests({ world, request }: ControlCall): string {
  const route = request.url.searchParams.get("route");
  const requests = world.requests.filter((record) => route === null || record.route === route);
  return JSON.stringify({ requests });
}

function addFaults({ world, request, body }: ControlCall): string {
  const value = request.body.trim() === "" ? body : parseJson(request.body);
  const rules = Array.isArray(value) ? value.map(readFaultRule) : [readFaultRule(value)];
  for (const rule of rules) world.faults.add(rule);
  return changed(rules.length);
}

/** The records as they are stored, ordered by LastUpdatedTime, including inactive and poison records. */
function listRecords({ world, parts }: ControlCall): string {
  const entity = readEntity({ entity: parts[0] ?? "" });
  const records = world.company.store(entity).byTime();
  return `{"records":[${records.map((record) => record.raw).join(",")}]}`;
}

function postRecords(call: ControlCall): string {
  const { world, parts, request } = call;
  const [entity = "", id, action] = parts;
  if (id === undefined) {
    parseJson(request.body); // refuses a text that is not JSON before it is cut into records
    return changed(insertRecords(world, readEntity({ entity }), request.body));
  }
  return changed(recordAction(call, action ?? ""));
}

function deleteRecords(call: ControlCall): string {
  const { world, parts } = call;
  if (parts[1] !== undefined) return changed(recordAction(call, "delete"));
  const store = world.company.store(readEntity({ entity: parts[0] ?? "" }));
  const { size } = store;
  store.clear();
  return changed(size);
}

/** Runs an action on the record in the path. The raw text of the body is kept, so that its numbers stay as written. */
function recordAction({ world, parts, request }: ControlCall, action: string): number {
  const [entity = "", id = ""] = parts;
  const body = request.body.trim() === "" ? "{}" : request.body;
  const own = { action, entity, id };
  const members = Object.entries(own).map(([key, value]) => ({ key, raw: JSON.stringify(value) }));
  return runAction(world, setRawMembers(body, members));
}

function addMutation({ world, request, body }: ControlCall): string {
  const { after, entity } = body;
  const actions = rawActions(request.body);
  world.mutations.add({
    after: typeof after === "number" ? after : 1,
    actions,
    ...(typeof entity === "string" ? { entity } : {}),
  });
  return changed(actions.length);
}
