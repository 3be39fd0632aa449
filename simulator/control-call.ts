import type { SimulatedRequest } from "./answer.ts";
import type { JsonObject } from "./json-text/json-value.ts";
import type { World } from "./world.ts";

/** One call of the control API. */
export interface ControlCall {
  readonly world: World;
  readonly request: SimulatedRequest;
  /** Path segments after the first: `["Customer", "7", "void"]`. */
  readonly parts: readonly string[];
  /** The parsed body; empty when it is no object. */
  readonly body: JsonObject;
}

/** Runs a change of the whole simulator and tells that it is done. */
export function finish(run: () => void): string {
  run();
  return changed(1);
}

/** The answer that tells how many things changed. */
export function changed(count: number): string {
  return JSON.stringify({ ok: true, changed: count });
}
