import type { SimulatedRequest } from "./answer.ts";
import type { JsonObject } from "./json-text/json-value.ts";
import type { World } from "./world.ts";

/** One call of the control API. */
export interface ControlCall {
  readonly world: World;
  readonly request: SimulatedRequest;
  /** Path segments after the first: `["Customer", "7", "void"]`. */
  readonly parts: readonly string[];
  /** The parsed body, or an empty object if it is not an object. */
  readonly body: JsonObject;
}

/** Changes the whole simulator and answers that this is done. */
export function finish(run: () => void): string {
  run();
  return changed(1);
}

/** The answer that says how many things changed. */
export function changed(count: number): string {
  return JSON.stringify({ ok: true, changed: count });
}
