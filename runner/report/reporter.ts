import type { Log, RunEvent } from "../events.ts";
import { levelOf } from "./event-codes.ts";
import { formatJson } from "./format-json.ts";
import { formatText, type Paint } from "./format-text.ts";
import { ProgressBar } from "./progress-bar.ts";

export interface ReporterOptions {
  readonly write: (text: string) => void;
  readonly format: "text" | "json";
  readonly quiet: boolean;
  /** Whether text that was written can be erased again. */
  readonly isTerminal: boolean;
  readonly paint: Paint;
  /** The text that erases the progress bar. */
  readonly clear: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Writes events as they come. For people they are lines with the time of day (UTC), with a progress bar below them on a
 * terminal; for machines each event is a JSON object on a line of its own. With `quiet` only warnings, errors and the summary
 * are written. */
export function openReporter({ write, format, quiet, isTerminal, paint, clear, now }: ReporterOptions): Log {
  const bar = isTerminal && !quiet && format === "text" ? new ProgressBar() : undefined;
  let isDrawn = false;
  const textOf = (event: RunEvent): string =>
    format === "json" ? formatJson(event, now()) : linesOf(event, paint, now());
  return (event) => {
    bar?.take(event, now());
    const text = quiet && !isImportant(event) ? "" : textOf(event);
    const line = bar?.line(now());
    const erased = isDrawn ? clear : "";
    write(`${erased}${text}${line ?? ""}`);
    isDrawn = line !== undefined;
  };
}

function linesOf(event: RunEvent, paint: Paint, now: number): string {
  const time = new Date(now).toISOString().slice(11, 19);
  const isBare = event.type === "problem" || (event.type === "summary" && event.totals === null);
  const lines = formatText(event, paint);
  return lines.map((line) => `${isBare ? line : `${time}  ${line}`.trimEnd()}\n`).join("");
}

const isImportant = (event: RunEvent): boolean =>
  event.type === "summary" || ["warn", "error"].includes(levelOf(event));

/** No colours. */
export const plain: Paint = (text) => text;
