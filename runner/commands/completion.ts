import { RunnerError } from "../errors.ts";
import { type CompletedCommand, formatCompletion, SHELLS } from "../report/format-completion.ts";
import type { Context } from "./context.ts";

/** The completion script of a shell, on stdout. */
export function completion(name: string, commands: readonly CompletedCommand[], { io }: Context): number {
  const shell = SHELLS.find((known) => known === name);
  if (shell === undefined) {
    throw new RunnerError("USAGE", `there is no completion for "${name}"`, {
      hint: `known are ${SHELLS.join(", ")}`,
    });
  }
  io.out(formatCompletion(shell, commands));
  return 0;
}
