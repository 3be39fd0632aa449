import { join } from "node:path";
import { writeText } from "../files/read-files.ts";
import type { Interval } from "../plan/interval.ts";
import { checkProject } from "../project/check-project.ts";
import type { Statements } from "../render/templates.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { CompileOptions } from "../verbs/compile.ts";
import type { Context } from "./context.ts";

/** Version of the format of `compile --output json`. */
const VERSION = 1;

/** Writes the first statements that a run over the range would send for each spec, to stdout and to `target/compiled/`. */
export function compile(options: CompileOptions, context: Context): number {
  const { range, pageSize, output } = options;
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: false }, context);
  const all = specs.map((spec) => ({
    spec,
    texts: compileSpec(spec, statements, range, pageSize ?? spec.pageSize),
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

/** The statements of one spec, each under the name of its file. */
function compileSpec(
  spec: EntitySpec,
  statements: Statements,
  range: Interval,
  limit: number,
): [string, string][] {
  const interval = spec.cursor === null ? null : range;
  const firstPage = { interval, start: 1, limit };
  const texts: [string, string][] = [["page.qbo", statements.page(spec, firstPage)]];
  for (const [index, part] of spec.also.entries())
    texts.push([`page-${index + 2}.qbo`, statements.page({ ...spec, ...part }, firstPage)]);
  if (spec.paging) texts.push(["count.qbo", statements.count(spec, interval)]);
  texts.push(["table.sql", statements.table(spec)], ["upsert.sql", statements.upsert(spec)]);
  return texts;
}
