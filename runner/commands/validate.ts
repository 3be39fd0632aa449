import { RunnerError } from "../errors.ts";
import { formatProblem } from "../report/format-problems.ts";
import type { Context } from "./context.ts";
import { isError, loadProject } from "./load-project.ts";

export const VALIDATE_FORMATS = ["text", "json"] as const;

/** Version of the form of `validate --format json`. */
const VERSION = 1;

/** Every problem of every selected spec and of the templates, on stdout. */
export function validate(args: readonly string[], format: string, context: Context): number {
  if (!VALIDATE_FORMATS.some((known) => known === format)) {
    throw new RunnerError("USAGE", `--format ${format} is unknown`, {
      hint: `known are ${VALIDATE_FORMATS.join(", ")}`,
    });
  }
  const { problems, files, textOf } = loadProject({ args, cwd: context.cwd, useBuiltIn: false });
  const errors = problems.filter(isError).length;
  if (format === "json") {
    context.io.out(`${JSON.stringify({ version: VERSION, files, problems }, null, 2)}\n`);
    return errors > 0 ? 2 : 0;
  }
  for (const problem of problems)
    context.io.out(`${formatProblem(problem, textOf(problem.file), context.paint)}\n`);
  const warnings = problems.length - errors;
  const checked = `${files.length} ${files.length === 1 ? "spec" : "specs"}`;
  context.io.out(
    `${checked} checked: ${errors} ${errors === 1 ? "error" : "errors"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}\n`,
  );
  return errors > 0 ? 2 : 0;
}
