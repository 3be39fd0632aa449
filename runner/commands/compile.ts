import { join } from "node:path";
import { writeText } from "../files/read-files.ts";
import type { Interval } from "../plan/interval.ts";
import type { Statements } from "../render/templates.ts";
import type { EntitySpec } from "../spec/types.ts";
import { checkProject } from "./check-project.ts";
import type { Context } from "./context.ts";
import { parsePageSize, parseRange, type Written } from "./run-options.ts";

export interface CompileOptions {
  readonly args: readonly string[];
  readonly from: Written;
  readonly to: Written;
  readonly pageSize: Written;
}

/** The statements of each spec as a run over the range would send them first, on stdout and in `target/compiled/`. */
export function compile(options: CompileOptions, context: Context): number {
  const range = parseRange(options.from, options.to);
  const pageSize = parsePageSize(options.pageSize);
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: false }, context);
  for (const spec of specs) {
    for (const [name, text] of compiled(spec, statements, range, pageSize ?? spec.pageSize)) {
      const file = join("target", "compiled", spec.name, name);
      writeText(join(context.cwd, file), `${text}\n`);
      context.io.out(`-- ${file}\n${text}\n\n`);
    }
  }
  return 0;
}

function compiled(
  spec: EntitySpec,
  statements: Statements,
  range: Interval,
  limit: number,
): [string, string][] {
  const interval = spec.cursor === null ? null : range;
  return [
    ["page.qbo", statements.page(spec, { interval, start: 1, limit })],
    ...(spec.paging ? [["count.qbo", statements.count(spec, interval)] satisfies [string, string]] : []),
    ["table.sql", statements.table(spec)],
    ["upsert.sql", statements.upsert(spec)],
  ];
}
