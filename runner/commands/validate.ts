import { isError, loadProject } from "../project/load-project.ts";
import { formatValidation } from "../report/format-validation.ts";
import type { ValidateOptions } from "../verbs/validate.ts";
import type { Context } from "./context.ts";

/** Prints every problem of every selected spec and of the templates. */
export function validate({ args, format }: ValidateOptions, context: Context): number {
  const project = loadProject({ args, cwd: context.cwd, env: context.env, useBuiltIn: false });
  context.io.out(formatValidation(project, format, context.paint));
  return project.problems.some(isError) ? 2 : 0;
}
