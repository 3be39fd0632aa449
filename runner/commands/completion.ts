import { RunnerError } from "../errors.ts";
import { type CompletedCommand, formatCompletion, SHELLS } from "../report/format-completion.ts";
import type { Context } from "./context.ts";

/** Prints the completion script for a shell. */
export function completion(name: string, commands: readonly CompletedCommand[], { io }: Context): number {
  const shell = SHELLS.find((known) => known === name);
  if (shell === undefined) {
    throw new RunnerError("USAGE", `there is no completion script for "${name}"`, {
      hint: `use one of ${SHELLS.join(", ")}`,
    });
  }
  io.out(formatCompletion(shell, commands));
  return 0;
}
