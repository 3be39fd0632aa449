import type { Log, RunEvent } from "../events.ts";
import { levelOf } from "./event-codes.ts";
import { formatJson } from "./format-json.ts";
import { formatText, type Paint } from "./format-text.ts";

export interface ReporterOptions {
  readonly write: (text: string) => void;
  readonly format: "text" | "json";
  readonly quiet: boolean;
  readonly paint: Paint;
  readonly now: () => number;
}

/** Writes events as they come: lines with the time of day (UTC) for people, or one JSON object a line. */
export function openReporter({ write, format, quiet, paint, now }: ReporterOptions): Log {
  return (event) => {
    if (quiet && !isImportant(event)) return;
    if (format === "json") {
      write(formatJson(event, now()));
      return;
    }
    const time = new Date(now()).toISOString().slice(11, 19);
    const isBare = event.type === "problem" || (event.type === "summary" && event.totals === null);
    for (const line of formatText(event, paint))
      write(isBare ? `${line}\n` : `${time}  ${line}`.trimEnd().concat("\n"));
  };
}

const isImportant = (event: RunEvent): boolean =>
  event.type === "summary" || ["warn", "error"].includes(levelOf(event));

/** Colours for a terminal. */
export const ansi: Paint = (text, colour) =>
  `\u001b[${{ red: 31, green: 32, yellow: 33 }[colour]}m${text}\u001b[39m`;
export const plain: Paint = (text) => text;
