import { RunnerError } from "../errors.ts";
import { SweepError } from "../plan/sweep-state.ts";
import type { EntitySpec } from "../spec/types.ts";

/** An answer that contradicts its question, as a failure of the entity; any other error as it is. */
export function explainSweep(error: unknown, { entity }: EntitySpec): unknown {
  if (!(error instanceof SweepError)) return error;
  return new RunnerError("QBO_UNEXPECTED_ANSWER", `${entity}: ${error.message}`, {
    hint: "run the same command again; if it happens each time, the server does not filter or order as it was asked to",
    cause: error,
  });
}
