import { RunnerError } from "../errors.ts";
import type { Statements } from "../render/templates.ts";
import { formatProblem } from "../report/format-problems.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { Context } from "./context.ts";
import { isError, loadProject, type Selection } from "./load-project.ts";

export interface CheckedProject {
  readonly specs: readonly EntitySpec[];
  readonly statements: Statements;
}

/** The selected specs, proven sound; else every problem is told and the command ends. */
export function checkProject(selection: Omit<Selection, "cwd" | "env">, context: Context): CheckedProject {
  const project = loadProject({ ...selection, cwd: context.cwd, env: context.env });
  for (const problem of project.problems) {
    context.log({
      type: "problem",
      problem,
      text: formatProblem(problem, project.textOf(problem.file), context.paint),
    });
  }
  const errors = project.problems.filter(isError).length;
  if (project.statements !== undefined) return { specs: project.specs, statements: project.statements };
  throw new RunnerError(
    "SPEC_INVALID",
    `${errors} ${errors === 1 ? "problem" : "problems"} in specs or templates; nothing was run`,
    {
      hint: "mend the places above, then run the same command again",
    },
  );
}
