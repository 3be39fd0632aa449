import type { Problem } from "../spec/types.ts";
import { workflowProperty, workflowText } from "./escape-text.ts";
import { formatJunit, type JunitCase, type JunitOutcome } from "./format-junit.ts";
import { formatProblem } from "./format-problems.ts";
import type { Paint } from "./format-text.ts";

export const VALIDATE_FORMATS = ["text", "json", "github", "junit"] as const;
export type ValidateFormat = (typeof VALIDATE_FORMATS)[number];

/** Version of the JSON document that `validate --format json` prints. */
const VERSION = 1;

export interface Validation {
  /** The specs that were checked. A problem may also be in another file, such as a template. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
  readonly textOf: (file: string) => string;
}

/** The findings of `qbo validate` for people, tools, GitHub's annotations or a JUnit report. */
export function formatValidation(found: Validation, format: ValidateFormat, paint: Paint): string {
  switch (format) {
    case "text":
      return formatText(found, paint);
    case "json":
      return `${JSON.stringify({ version: VERSION, files: found.files, problems: found.problems }, null, 2)}\n`;
    case "github":
      return found.problems.map(toCommand).join("");
    case "junit":
      return formatJunit("qbo validate", toCases(found));
  }
}

function formatText({ files, problems, textOf }: Validation, paint: Paint): string {
  const shown = problems
    .map((problem) => `${formatProblem(problem, textOf(problem.file), paint)}\n`)
    .join("");
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const sums = [countOf(errors, "error"), countOf(problems.length - errors, "warning")].join(", ");
  return `${shown}${countOf(files.length, "spec")} checked: ${sums}\n`;
}

const countOf = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

const withHint = ({ message, hint }: Problem): string =>
  hint === undefined ? message : `${message}\nwhat to do: ${hint}`;

/** A workflow command; GitHub shows it as an annotation at the place of the problem. */
function toCommand(problem: Problem): string {
  const { severity, code, file, line, column, length } = problem;
  const place = `line=${line},col=${column},endColumn=${column + length}`;
  return `::${severity} file=${workflowProperty(file)},${place},title=${workflowProperty(code)}::${workflowText(withHint(problem))}\n`;
}

/** A test case for each file. An error is a failure of its case; a warning is only output. */
function toCases({ files, problems }: Validation): JunitCase[] {
  const all = [...new Set([...files, ...problems.map(({ file }) => file)])];
  return all.map((file) => {
    const found = problems.filter((problem) => problem.file === file);
    return { classname: "qbo", name: file, file, outcomes: found.map(toOutcome) };
  });
}

function toOutcome(problem: Problem): JunitOutcome {
  const { severity, code, file, line, column, message } = problem;
  const text = `${file}:${line}:${column} ${withHint(problem)}`;
  if (severity === "warning") return { element: "system-out", text: `${code} ${text}` };
  return { element: "failure", text, attributes: { type: code, message } };
}
