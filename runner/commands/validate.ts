import { RunnerError } from "../errors.ts";
import { isError, loadProject } from "../project/load-project.ts";
import { formatValidation, VALIDATE_FORMATS } from "../report/format-validation.ts";
import type { Context } from "./context.ts";

/** Every problem of every selected spec and of the templates, on stdout. */
export function validate(args: readonly string[], format: string, context: Context): number {
  const known = VALIDATE_FORMATS.find((name) => name === format);
  if (known === undefined) {
    throw new RunnerError("USAGE", `--format ${format} is unknown`, {
      hint: `known are ${VALIDATE_FORMATS.join(", ")}`,
    });
  }
  const project = loadProject({ args, cwd: context.cwd, env: context.env, useBuiltIn: false });
  context.io.out(formatValidation(project, known, context.paint));
  return project.problems.some(isError) ? 2 : 0;
}
