import type { Problem } from "../spec/types.ts";
import type { Paint } from "./format-text.ts";
import { toVisible } from "./visible-text.ts";

/** Formats problems as text: place, severity, code, message, the marked line of the file, and what to do. */
export function formatProblems(
  problems: readonly Problem[],
  textOf: (file: string) => string,
  paint: Paint,
): string {
  return problems.map((problem) => formatProblem(problem, textOf(problem.file), paint)).join("\n");
}

export function formatProblem(problem: Problem, source: string, paint: Paint): string {
  const { file, line, column, severity, code, message, hint } = problem;
  const head = `${file}:${line}:${column}  ${paint(severity, severity === "error" ? "red" : "yellow")}  ${code}  ${message}`;
  const advice = hint === undefined ? "" : `  what to do: ${hint}\n`;
  return `${head}\n\n${codeFrame(problem, source)}\n${advice}`;
}

/** How many lines are shown before the one with the problem. */
const CONTEXT = 2;
/** Longer lines are cut off, in characters. */
const MAX_LINE = 160;

/** The line with the problem, two lines before it, and marks under the place. */
export function codeFrame(
  { line, column, length }: Pick<Problem, "line" | "column" | "length">,
  source: string,
): string {
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
