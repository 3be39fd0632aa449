import { RunnerError } from "../errors.ts";
import { SweepError } from "../plan/sweep-state.ts";
import type { EntitySpec } from "../spec/types.ts";

/** Turns a `SweepError`, which means that an answer contradicts its request, into a failure of the entity. Returns any other
 * error unchanged. */
export function explainSweep(error: unknown, { entity }: EntitySpec): unknown {
  if (!(error instanceof SweepError)) return error;
  return new RunnerError("QBO_UNEXPECTED_ANSWER", `${entity}: ${error.message}`, {
    hint: "run the same command again; if it happens every time, the server does not filter or order as requested",
    cause: error,
  });
}
