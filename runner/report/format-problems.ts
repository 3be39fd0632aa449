import type { Problem } from "../spec/types.ts";
import { codeFrame } from "../text/code-frame.ts";
import type { Paint } from "./format-text.ts";

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
