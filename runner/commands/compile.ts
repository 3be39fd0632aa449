import { join } from "node:path";
import { writeText } from "../files/read-files.ts";
import type { Interval } from "../plan/interval.ts";
import { checkProject } from "../project/check-project.ts";
import type { Statements } from "../render/templates.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { CompileOptions } from "../verbs/compile.ts";
import type { Context } from "./context.ts";

/** Version of the form of `compile --output json`. */
const VERSION = 1;

/** The statements of each spec as a run over the range would send them first, on stdout and in `target/compiled/`. */
export function compile(options: CompileOptions, context: Context): number {
  const { range, pageSize, output } = options;
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: false }, context);
  const all = specs.map((spec) => ({
    spec,
    texts: compiled(spec, statements, range, pageSize ?? spec.pageSize),
  }));
  for (const { spec, texts } of all) {
    for (const [name, text] of texts) {
      const file = join("target", "compiled", spec.name, name);
      writeText(join(context.cwd, file), `${text}\n`);
      if (output === "text") context.io.out(`-- ${file}\n${text}\n\n`);
    }
  }
  if (output === "json") context.io.out(`${JSON.stringify(documentOf(all), null, 2)}\n`);
  return 0;
}

function documentOf(all: readonly { spec: EntitySpec; texts: [string, string][] }[]): object {
  const compiledSpecs = all.map(({ spec, texts }) => {
    const { name, file, entity } = spec;
    return {
      name,
      file,
      entity,
      table: tableNameOf(spec),
      compiled: Object.fromEntries(texts),
    };
  });
  return { version: VERSION, specs: compiledSpecs };
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
    ...spec.also.map((part, index): [string, string] => [
      `page-${index + 2}.qbo`,
      statements.page({ ...spec, ...part }, { interval, start: 1, limit }),
    ]),
    ...(spec.paging ? [["count.qbo", statements.count(spec, interval)] satisfies [string, string]] : []),
    ["table.sql", statements.table(spec)],
    ["upsert.sql", statements.upsert(spec)],
  ];
}
