import type { Log, RunEvent } from "../events.ts";
import { levelOf } from "./event-codes.ts";
import { formatJson } from "./format-json.ts";
import { formatText, type Paint } from "./format-text.ts";
import { ProgressBar } from "./progress-bar.ts";

export interface ReporterOptions {
  readonly write: (text: string) => void;
  readonly format: "text" | "json";
  readonly quiet: boolean;
  /** Whether what is written can be taken back. */
  readonly isTerminal: boolean;
  readonly paint: Paint;
  /** Takes the bar back. */
  readonly clear: string;
  readonly now: () => number;
}

/** Writes events as they come: lines with the time of day (UTC) for people, with a bar beneath on a terminal, or one JSON
 * object a line. */
export function openReporter({ write, format, quiet, isTerminal, paint, clear, now }: ReporterOptions): Log {
  const bar = isTerminal && !quiet && format === "text" ? new ProgressBar() : undefined;
  let isDrawn = false;
  return (event) => {
    bar?.take(event, now());
    const text =
      quiet && !isImportant(event)
        ? ""
        : format === "json"
          ? formatJson(event, now())
          : linesOf(event, paint, now());
    const line = bar?.line(now());
    write(`${isDrawn ? clear : ""}${text}${line ?? ""}`);
    isDrawn = line !== undefined;
  };
}

function linesOf(event: RunEvent, paint: Paint, now: number): string {
  const time = new Date(now).toISOString().slice(11, 19);
  const isBare = event.type === "problem" || (event.type === "summary" && event.totals === null);
  const lines = formatText(event, paint);
  return lines.map((line) => (isBare ? `${line}\n` : `${time}  ${line}`.trimEnd().concat("\n"))).join("");
}

const isImportant = (event: RunEvent): boolean =>
  event.type === "summary" || ["warn", "error"].includes(levelOf(event));

/** No colours. */
export const plain: Paint = (text) => text;
