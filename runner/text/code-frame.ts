import { toVisible } from "./visible-text.ts";

/** How many lines are shown before the line with the problem. */
const CONTEXT = 2;
/** The maximum length of a shown line in characters. Longer lines are cut off. */
const MAX_LINE = 160;

/** A place in a text; lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** How many characters the marks underline. */
  readonly length: number;
}

/** Shows the line with the problem, the two lines before it, and marks under the place. */
export function codeFrame({ line, column, length }: Place, source: string): string {
  const lines = source.split("\n").map((text) => text.trimEnd().replaceAll("\t", " "));
  const width = String(line).length;
  const shown: string[] = [];
  for (let number = Math.max(1, line - CONTEXT); number <= line; number++) {
    const text = toVisible((lines[number - 1] ?? "").slice(0, MAX_LINE));
    shown.push(`${number === line ? ">" : " "} ${String(number).padStart(width)} | ${text}`);
  }
  const start = Math.min(column - 1, MAX_LINE);
  const text = lines[line - 1] ?? "";
  const before = toVisible(text.slice(0, start).padEnd(start)).length;
  const rest = Math.max(1, text.length - column + 1);
  const marks = "^".repeat(Math.max(1, Math.min(length, rest, MAX_LINE)));
  return `${shown.join("\n")}\n  ${" ".repeat(width)} | ${" ".repeat(before)}${marks}\n`;
}
