import type { Interval } from "./interval.ts";
import { refuseByCursor, takeByCursor, takeLocating } from "./sweep-by-cursor.ts";
import { halve, takeByHalves } from "./sweep-by-halves.ts";
import { countByPosition, placesOf, refuseByPosition, takeByPosition } from "./sweep-by-position.ts";
import { countInPasses, leaveUncounted, refuseInPasses, takeInPasses } from "./sweep-in-passes.ts";
import {
  type Ask,
  halfOf,
  inPasses,
  type Order,
  type Row,
  type Step,
  type Sweep,
  SweepError,
  startAt,
  stay,
} from "./sweep-state.ts";

/** Starts a sweep over a range. A sweep is a value: `nextAsk` says what to ask the API, and one of the `take…` functions
 * turns the sweep and the answer into the next sweep. */
export function startSweep(range: Interval, pageSize: number, order: Order): Sweep {
  const sweep = { range, pageSize, maxPageSize: pageSize, order };
  return { ...sweep, state: startAt(range.from, sweep) };
}

/** The next question; undefined once everything has been read. */
export function nextAsk(sweep: Sweep): Ask | undefined {
  const { range, pageSize: limit, state } = sweep;
  switch (state.kind) {
    case "done":
      return undefined;
    case "by-cursor":
      return { kind: "page", interval: { from: state.pos, to: range.to }, start: 1, limit };
    case "by-halves":
      return { kind: "page", interval: { from: state.pos, to: state.end }, start: 1, limit };
    case "whole":
      return { kind: "page", interval: null, start: 1, limit };
    case "locating":
      return { kind: "count", interval: { from: state.pos, to: halfOf(state.low, state.high) } };
    case "by-position":
      if (state.stage !== "pages") return { kind: "count", interval: state.interval };
      return { kind: "page", interval: state.interval, ...placesOf(sweep, state) };
    case "in-passes":
      if (state.stage === "count") return { kind: "count", interval: state.interval };
      return { kind: "page", interval: state.interval, start: state.passed + 1, limit };
  }
}

/** The same sweep with an earlier end, for when another lane takes the rest. The new end must lie after everything that has
 * been read so far. */
export function endSweepAt(sweep: Sweep, to: number): Sweep {
  return { ...sweep, range: { from: sweep.range.from, to } };
}

/** The step after a page. Throws `SweepError` if the page cannot be an answer to what was asked. */
export function takePage(sweep: Sweep, rows: readonly Row[]): Step {
  const { state } = sweep;
  if (state.kind === "by-cursor") return takeByCursor(sweep, state, rows);
  if (state.kind === "by-halves") return takeByHalves(sweep, state, rows);
  if (state.kind === "whole") return { ...stay(sweep, { kind: "done" }), fresh: rows };
  if (state.kind === "by-position" && state.stage === "pages") return takeByPosition(sweep, state, rows);
  if (state.kind === "in-passes" && state.stage === "pages") return takeInPasses(sweep, state, rows);
  throw new SweepError("a page came that was not asked for");
}

/** The step after a count. */
export function takeCount(sweep: Sweep, count: number): Step {
  const { state } = sweep;
  if (state.kind === "locating") return takeLocating(sweep, state, count);
  if (state.kind === "by-position" && state.stage !== "pages") return countByPosition(sweep, state, count);
  if (state.kind === "in-passes" && state.stage === "count") return countInPasses(sweep, state, count);
  throw new SweepError("a count came that was not asked for");
}

/** The step after the API refused to count; undefined if the sweep cannot go on without the count. */
export function takeCountRefusal(sweep: Sweep): Step | undefined {
  const { state } = sweep;
  if (state.kind === "by-position") return stay(sweep, inPasses(state.interval, false));
  if (state.kind === "in-passes") return leaveUncounted(sweep, state);
  return undefined;
}

/** The step after the API refused a page, because the page is too large or contains a poison record. */
export function takeRefusal(sweep: Sweep): Step {
  const { state } = sweep;
  if (state.kind === "by-cursor") return refuseByCursor(sweep, state);
  if (state.kind === "by-halves") return halve(sweep, state);
  if (state.kind === "by-position" && state.stage === "pages") return refuseByPosition(sweep, state);
  if (state.kind === "in-passes" && state.stage === "pages") return refuseInPasses(sweep, state);
  throw new SweepError("a refusal came that was not asked for");
}
