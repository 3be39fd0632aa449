import { checkProject } from "../project/check-project.ts";
import { toPublicSpec } from "../report/public-spec.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { LsOptions } from "../verbs/ls.ts";
import type { Context } from "./context.ts";

/** Version of the format of `ls --output json`. */
const VERSION = 2;

/** Prints the selected specs. */
export function ls({ args, output }: LsOptions, context: Context): number {
  const { specs } = checkProject({ args, useBuiltIn: false }, context);
  if (output === "json") {
    context.io.out(`${JSON.stringify({ version: VERSION, specs: specs.map(toPublicSpec) }, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...specs.map(({ name }) => name.length));
  for (const spec of specs) {
    const { name, entity, tags } = spec;
    const shownTags = tags.length > 0 ? `  [${tags.join(", ")}]` : "";
    context.io.out(`${name.padEnd(width)}  ${entity} -> ${tableNameOf(spec)}${shownTags}\n`);
  }
  return 0;
}
