import type { Interval } from "../plan/interval.ts";
import type { EntitySpec, Problem } from "../spec/types.ts";
import { checkTemplate } from "./check-template.ts";
import { compileTemplate, HELPERS, type Language, type Render } from "./compile-template.ts";

/** The templates of a project: what each makes, and which variables it may name. */
export const TEMPLATES = {
  "page.qbo.hbs": {
    language: "query",
    variables: [
      "query",
      "condition",
      "entity",
      "cursor",
      "interval",
      "interval.from",
      "interval.to",
      "start",
      "limit",
      "sortable",
      "paging",
    ],
  },
  "count.qbo.hbs": {
    language: "query",
    variables: ["condition", "entity", "cursor", "interval", "interval.from", "interval.to"],
  },
  "table.sql.hbs": {
    language: "sql",
    variables: ["table.schema", "table.name", "entity", "cursor", "description"],
  },
  "upsert.sql.hbs": {
    language: "sql",
    variables: ["table.schema", "table.name", "entity", "cursor", "wrapped", "volatile"],
  },
} as const satisfies Record<string, { language: Language; variables: readonly string[] }>;

export type TemplateName = keyof typeof TEMPLATES;
export const TEMPLATE_NAMES = Object.keys(TEMPLATES).filter(
  (name): name is TemplateName => name in TEMPLATES,
);

export interface TemplateFile {
  readonly file: string;
  readonly text: string;
}

export type TemplateFiles = Readonly<Record<TemplateName, TemplateFile>>;

/** Every problem of every template. */
export function checkTemplates(files: TemplateFiles): Problem[] {
  return TEMPLATE_NAMES.flatMap((name) => {
    const { language, variables } = TEMPLATES[name];
    const { file, text } = files[name];
    const helpers = new Set(Object.keys(HELPERS[language]));
    return checkTemplate(file, text, { variables: new Set<string>(variables), helpers });
  });
}

/** Everything that is sent anywhere, as text. */
export interface Statements {
  readonly page: (
    spec: EntitySpec,
    ask: { interval: Interval | null; start: number; limit: number },
  ) => string;
  readonly count: (spec: EntitySpec, interval: Interval | null) => string;
  readonly table: (spec: EntitySpec) => string;
  readonly upsert: (spec: EntitySpec) => string;
}

export function compileTemplates(files: TemplateFiles): Statements {
  const compile = (name: TemplateName): Render =>
    compileTemplate(files[name].file, files[name].text, TEMPLATES[name].language);
  const page = compile("page.qbo.hbs");
  const count = compile("count.qbo.hbs");
  const table = compile("table.sql.hbs");
  const upsert = compile("upsert.sql.hbs");
  return {
    page: (spec, ask) => page({ ...variablesOf(spec), ...ask }),
    count: (spec, interval) => count({ ...variablesOf(spec), interval }),
    table: (spec) => table(variablesOf(spec)),
    upsert: (spec) => upsert(variablesOf(spec)),
  };
}

function variablesOf(spec: EntitySpec) {
  const { query, condition, entity, cursor, table, description, paging, sortable, wrapped, volatile } = spec;
  return {
    ...{ query, condition, entity, cursor, table, paging, sortable, wrapped, volatile },
    description: description || `${entity} of QuickBooks Online`,
  };
}
