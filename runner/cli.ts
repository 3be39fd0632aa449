import { completedCommands, readCommandLine } from "./command-line.ts";
import type { Context } from "./commands/context.ts";
import type { Io } from "./io.ts";
import { type Process, runToExitCode } from "./run-to-exit-code.ts";
import { AUTH } from "./verbs/auth.ts";
import { COMPILE } from "./verbs/compile.ts";
import { COMPLETION } from "./verbs/completion.ts";
import { DEBUG } from "./verbs/debug.ts";
import { INIT } from "./verbs/init.ts";
import { LS } from "./verbs/ls.ts";
import { type Description, type Given, type Parts, readParts, type ValuesOf } from "./verbs/part.ts";
import { PLAN } from "./verbs/plan.ts";
import { POSTGRES } from "./verbs/postgres.ts";
import { RETRY } from "./verbs/retry.ts";
import { RUN } from "./verbs/run.ts";
import { SHOW } from "./verbs/show.ts";
import { SIMULATE } from "./verbs/simulate.ts";
import { STATUS } from "./verbs/status.ts";
import { TEST } from "./verbs/test.ts";
import { VALIDATE } from "./verbs/validate.ts";

/** A command of the command line: its description and the code that runs it. */
interface Verb extends Description {
  readonly run: (given: Given, open: () => Context) => Promise<number>;
}

type Action<P extends Parts> = (options: ValuesOf<P>, context: Context) => number | Promise<number>;

/** Defines a command. Its module, and everything that it imports, is loaded only when the command is called. */
function verb<P extends Parts>(description: Description<P>, load: () => Promise<Action<P>>): Verb {
  return {
    ...description,
    run: async (given, open) => {
      const options = readParts(description.parts, given);
      const action = await load();
      return action(options, open());
    },
  };
}

/** In the order in which the help lists them. */
export const VERBS: readonly Verb[] = [
  verb(RUN, async () => (await import("./commands/run.ts")).run),
  verb(RETRY, async () => (await import("./commands/retry.ts")).retry),
  verb(VALIDATE, async () => (await import("./commands/validate.ts")).validate),
  verb(COMPILE, async () => (await import("./commands/compile.ts")).compile),
  verb(SHOW, async () => (await import("./commands/show.ts")).show),
  verb(INIT, async () => (await import("./commands/init.ts")).init),
  verb(LS, async () => (await import("./commands/ls.ts")).ls),
  verb(PLAN, async () => (await import("./commands/plan.ts")).plan),
  verb(TEST, async () => (await import("./commands/test.ts")).test),
  verb(AUTH, async () => (await import("./commands/auth.ts")).auth),
  verb(DEBUG, async () => (await import("./commands/debug.ts")).debug),
  verb(STATUS, async () => (await import("./commands/status.ts")).status),
  verb(SIMULATE, async () => (await import("./commands/simulate.ts")).simulate),
  verb(POSTGRES, async () => (await import("./commands/postgres.ts")).postgres),
  verb(COMPLETION, async () => {
    const { completion } = await import("./commands/completion.ts");
    return ({ shell }, context) => completion(shell, completedCommands(VERBS), context);
  }),
];

/** Runs a command line and returns the exit code. Never throws. */
export async function main(process: Process, streams: Io): Promise<number> {
  return runToExitCode(process, streams, async (argv, open) => {
    const asked = readCommandLine(argv, VERBS);
    return typeof asked === "number" ? asked : asked.verb.run(asked.given, open);
  });
}
