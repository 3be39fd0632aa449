import type { RunEvent } from "../events.ts";

/** Stable codes of the events in JSON logs. A code is never reused for another event. */
export const EVENT_CODES = {
  notice: "Q001",
  problem: "Q002",
  run_started: "Q010",
  entity_started: "Q011",
  entity_finished: "Q012",
  page_loaded: "Q020",
  window_closed: "Q021",
  proof_mismatch: "Q022",
  waiting: "Q030",
  token_refreshed: "Q031",
  summary: "Q099",
} as const satisfies Record<RunEvent["type"], string>;

export type Level = "debug" | "info" | "warn" | "error";

export function levelOf(event: RunEvent): Level {
  switch (event.type) {
    case "notice":
      return event.level;
    case "problem":
      return "error";
    case "page_loaded":
      return "debug";
    case "waiting":
    case "proof_mismatch":
      return "warn";
    case "window_closed":
      return event.status === "failed" ? "error" : "info";
    case "entity_finished":
      if (event.result.status === "not available") return "warn";
      return event.result.failure === null ? "info" : "error";
    case "summary":
      return event.status === "success" ? "info" : "error";
    default:
      return "info";
  }
}
