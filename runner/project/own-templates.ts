import { readOwnTemplate } from "../files/read-files.ts";
import { checkTemplates, TEMPLATE_OF, type TemplateFiles, type TemplateName } from "../render/templates.ts";
import type { CheckedSpec } from "../spec/check-spec.ts";
import { type Problem, TEMPLATE_KINDS } from "../spec/types.ts";
import type { TextFile } from "../text/text-file.ts";

export interface OwnTemplates {
  readonly files: readonly TextFile[];
  readonly problems: readonly Problem[];
  /** For each spec's file, the templates that the spec brings. */
  readonly bySpec: ReadonlyMap<string, Partial<TemplateFiles>>;
}

/** Reads and checks the templates that specs name instead of the project's. A missing template is a problem of its spec. */
export function readOwnTemplates(checked: readonly CheckedSpec[], cwd: string): OwnTemplates {
  const files: TextFile[] = [];
  const problems: Problem[] = [];
  const bySpec = new Map<string, Partial<TemplateFiles>>();
  for (const { file, spec, problemAt } of checked) {
    const found: [TemplateName, TextFile][] = [];
    for (const kind of TEMPLATE_KINDS) {
      const name = spec?.templates[kind];
      if (name === undefined) continue;
      const template = readOwnTemplate(name, file, cwd);
      if (template === undefined) problems.push(problemAt(["templates", kind], missing(name)));
      else found.push([TEMPLATE_OF[kind], template]);
    }
    if (found.length === 0) continue;
    const own: Partial<TemplateFiles> = Object.fromEntries(found);
    bySpec.set(file, own);
    files.push(...found.map(([, template]) => template));
    problems.push(...checkTemplates(own));
  }
  return { files, problems, bySpec };
}

const missing = (name: string) => ({
  code: "template/missing",
  message: `the template ${name} exists neither beside the spec nor in templates/`,
  hint: "create it; templates/table.sql.hbs of the package is an example to start from",
});
