import type { Problem } from "../spec/types.ts";
import { workflowProperty, workflowText, xmlText } from "./escape-text.ts";
import { formatProblem } from "./format-problems.ts";
import type { Paint } from "./format-text.ts";

export const VALIDATE_FORMATS = ["text", "json", "github", "junit"] as const;
export type ValidateFormat = (typeof VALIDATE_FORMATS)[number];

/** Version of the form of `validate --format json`. */
const VERSION = 1;

export interface Validation {
  /** Files that were checked; a problem may lie in another one, a template. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
  readonly textOf: (file: string) => string;
}

/** What `qbo validate` found, for people, tools, GitHub's annotations or a JUnit report. */
export function formatValidation(found: Validation, format: ValidateFormat, paint: Paint): string {
  switch (format) {
    case "text":
      return formatText(found, paint);
    case "json":
      return `${JSON.stringify({ version: VERSION, files: found.files, problems: found.problems }, null, 2)}\n`;
    case "github":
      return found.problems.map(toCommand).join("");
    case "junit":
      return toJunit(found);
  }
}

function formatText({ files, problems, textOf }: Validation, paint: Paint): string {
  const told = problems.map((problem) => `${formatProblem(problem, textOf(problem.file), paint)}\n`).join("");
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const sums = [countOf(errors, "error"), countOf(problems.length - errors, "warning")].join(", ");
  return `${told}${countOf(files.length, "spec")} checked: ${sums}\n`;
}

const countOf = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

const withHint = ({ message, hint }: Problem): string =>
  hint === undefined ? message : `${message}\nwhat to do: ${hint}`;

/** A workflow command; GitHub shows it at the place. */
function toCommand(problem: Problem): string {
  const { severity, code, file, line, column, length } = problem;
  const place = `line=${line},col=${column},endColumn=${column + length}`;
  return `::${severity} file=${workflowProperty(file)},${place},title=${workflowProperty(code)}::${workflowText(withHint(problem))}\n`;
}

/** A test case a file; every problem in it is a failure, a warning is output. */
function toJunit({ files, problems }: Validation): string {
  const all = [...new Set([...files, ...problems.map(({ file }) => file)])];
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const cases = all.map((file) => {
    const inner = problems.filter((problem) => problem.file === file).map(toElement);
    return `  <testcase classname="qbo" name="${xmlText(file)}" file="${xmlText(file)}">\n${inner.join("")}  </testcase>\n`;
  });
  const head = `<testsuite name="qbo validate" tests="${all.length}" failures="${errors}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${cases.join("")}</testsuite>\n`;
}

function toElement(problem: Problem): string {
  const { severity, code, file, line, column } = problem;
  const text = xmlText(`${file}:${line}:${column} ${withHint(problem)}`);
  if (severity === "warning") return `    <system-out>${xmlText(code)} ${text}</system-out>\n`;
  return `    <failure type="${xmlText(code)}" message="${xmlText(problem.message)}">${text}</failure>\n`;
}
