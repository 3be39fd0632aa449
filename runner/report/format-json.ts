import type { RunEvent } from "../events.ts";
import { EVENT_CODES, levelOf } from "./event-codes.ts";
import { formatText } from "./format-text.ts";

/** Formats an event as a line of JSON: `ts` (UTC), `level`, `code`, `type`, `msg` for people, then the fields of the event.
 * `now` is in milliseconds since 1970. */
export function formatJson(event: RunEvent, now: number): string {
  const { type, ...fields } = event;
  const head = { ts: new Date(now).toISOString(), level: levelOf(event), code: EVENT_CODES[type], type };
  return `${JSON.stringify({ ...head, msg: formatText(event).join("\n").trim(), ...fields })}\n`;
}
