import type { Interval } from "../plan/interval.ts";
import type { Order } from "../plan/sweep-state.ts";
import { cutWindows } from "../plan/windows.ts";
import type { EntitySpec } from "../spec/types.ts";

/** How the windows of an entity are read. `sweep` reads them with as few pages as possible; `windowed` sends at least one
 * query for each window. */
export type Strategy = "sweep" | "windowed";

export interface EntityJob {
  readonly spec: EntitySpec;
  /** The spans to read, in order and without overlaps: a whole range, or what is missing from it. */
  readonly spans: readonly Interval[];
  readonly pageSize: number;
  readonly strategy: Strategy;
  readonly maxLanes: number;
  /** Whether to use what earlier runs have read. A window that was read but not proven is then proven instead of read
   * again. */
  readonly resume: boolean;
  /** Whether the spans leave out sealed windows. If so, they are wrong as soon as the seals no longer count. */
  readonly reliesOnSeals: boolean;
  readonly index: number;
  readonly total: number;
}

/** The windows of a span. For an entity without a cursor, the whole span is the only window. */
export function windowsOf(spec: EntitySpec, span: Interval): Interval[] {
  return spec.cursor === null ? [span] : cutWindows(span, spec.window);
}

/** The order in which an entity can be read. */
export function orderOf({ cursor, paging, sortable }: EntitySpec): Order {
  if (cursor !== null) return sortable ? "cursor" : "unordered";
  return paging ? "position" : "none";
}
