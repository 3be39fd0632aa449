import { RunnerError } from "../errors.ts";
import type { Log } from "../events.ts";
import type { Statements } from "../render/templates.ts";
import { formatProblem } from "../report/format-problems.ts";
import type { Paint } from "../report/format-text.ts";
import type { EntitySpec } from "../spec/types.ts";
import { isError, loadProject, type Selection } from "./load-project.ts";

export interface CheckedProject {
  readonly specs: readonly EntitySpec[];
  readonly statements: Statements;
}

/** Where a project is, and where its problems are reported. */
export interface ProjectContext extends Pick<Selection, "cwd" | "env"> {
  readonly log: Log;
  readonly paint: Paint;
}

/** Loads the selected specs and their statements. Logs every problem, and throws `SPEC_INVALID` if one of them is an
 * error. */
export function checkProject(
  selection: Omit<Selection, "cwd" | "env">,
  { cwd, env, log, paint }: ProjectContext,
): CheckedProject {
  const project = loadProject({ ...selection, cwd, env });
  for (const problem of project.problems) {
    log({ type: "problem", problem, text: formatProblem(problem, project.textOf(problem.file), paint) });
  }
  const errors = project.problems.filter(isError).length;
  if (project.statements !== undefined) return { specs: project.specs, statements: project.statements };
  throw new RunnerError(
    "SPEC_INVALID",
    `${errors} ${errors === 1 ? "problem" : "problems"} in specs or templates; nothing was run`,
    {
      hint: "fix the problems above, then run the same command again",
    },
  );
}
