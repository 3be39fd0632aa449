import type { Interval } from "../plan/interval.ts";
import type { Order } from "../plan/sweep-state.ts";
import { cutWindows } from "../plan/windows.ts";
import type { EntitySpec } from "../spec/types.ts";

/** How the windows of an entity are read: `sweep` with as few pages as possible, `windowed` one query (or more) each. */
export type Strategy = "sweep" | "windowed";

export interface EntityJob {
  readonly spec: EntitySpec;
  /** What to read, in order and without overlap: a whole range, or what is missing of it. */
  readonly spans: readonly Interval[];
  readonly pageSize: number;
  readonly strategy: Strategy;
  readonly maxLanes: number;
  /** Whether what earlier runs have read counts: of windows that were read but not proven, only the proof is missing. */
  readonly resume: boolean;
  /** Whether the spans leave out what is sealed: they are worth nothing if the seals turn out not to count. */
  readonly reliesOnSeals: boolean;
  readonly index: number;
  readonly total: number;
}

/** The windows of a span; an entity that is read whole has the span as its only window. */
export function windowsOf(spec: EntitySpec, span: Interval): Interval[] {
  return spec.cursor === null ? [span] : cutWindows(span, spec.window);
}

/** How an entity can be read. */
export function orderOf({ cursor, paging, sortable }: EntitySpec): Order {
  if (cursor !== null) return sortable ? "cursor" : "unordered";
  return paging ? "position" : "none";
}
