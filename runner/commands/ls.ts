import type { LsOptions } from "../verbs/ls.ts";
import { checkProject } from "./check-project.ts";
import type { Context } from "./context.ts";

/** Version of the form of `ls --output json`. */
const VERSION = 1;

/** The selected specs, on stdout. */
export function ls({ args, output }: LsOptions, context: Context): number {
  const { specs } = checkProject({ args, useBuiltIn: false }, context);
  if (output === "json") {
    context.io.out(`${JSON.stringify({ version: VERSION, specs }, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...specs.map(({ name }) => name.length));
  for (const { name, entity, table, tags } of specs) {
    context.io.out(
      `${name.padEnd(width)}  ${entity} -> ${table.schema}.${table.name}${tags.length > 0 ? `  [${tags.join(", ")}]` : ""}\n`,
    );
  }
  return 0;
}
