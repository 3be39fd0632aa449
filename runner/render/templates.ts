import type { Interval } from "../plan/interval.ts";
import type { PagePlace } from "../plan/sweep-state.ts";
import type { EntitySpec, Problem, TemplateKind } from "../spec/types.ts";
import type { TextFile } from "../text/text-file.ts";
import { checkTemplate } from "./check-template.ts";
import { compileTemplate, HELPERS, type Language, type Render } from "./compile-template.ts";

/** The templates of a project, with the language and the variables of each. */
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

export type TemplateFiles = Readonly<Record<TemplateName, TextFile>>;

/** The template that each key of a spec's `templates` replaces. */
export const TEMPLATE_OF = {
  page: "page.qbo.hbs",
  count: "count.qbo.hbs",
  table: "table.sql.hbs",
  upsert: "upsert.sql.hbs",
} as const satisfies Record<TemplateKind, TemplateName>;

/** Checks templates, and returns every problem of each of them. */
export function checkTemplates(files: Partial<TemplateFiles>): Problem[] {
  return TEMPLATE_NAMES.flatMap((name) => {
    const { language, variables } = TEMPLATES[name];
    const found = files[name];
    if (found === undefined) return [];
    const helpers = new Set(Object.keys(HELPERS[language]));
    return checkTemplate(found.file, found.text, { variables: new Set<string>(variables), helpers });
  });
}

/** Renders every statement that is sent to QuickBooks or PostgreSQL. */
export interface Statements {
  readonly page: (spec: EntitySpec, place: PagePlace) => string;
  readonly count: (spec: EntitySpec, interval: Interval | null) => string;
  readonly table: (spec: EntitySpec) => string;
  readonly upsert: (spec: EntitySpec) => string;
  /** The file of the template that a statement of a spec comes from. */
  readonly fileOf: (spec: EntitySpec, kind: TemplateKind) => string;
}

/** Compiles the shared templates in `files`. `own` contains the templates that specs bring themselves, by the file of the
 * spec. */
export function compileTemplates(
  files: TemplateFiles,
  own: ReadonlyMap<string, Partial<TemplateFiles>> = new Map(),
): Statements {
  const shared = compileSet(files);
  const special = new Map<string, Statements>();
  for (const [specFile, replaced] of own) special.set(specFile, compileSet({ ...files, ...replaced }));
  const of = ({ file }: EntitySpec): Statements => special.get(file) ?? shared;
  return {
    page: (spec, place) => of(spec).page(spec, place),
    count: (spec, interval) => of(spec).count(spec, interval),
    table: (spec) => of(spec).table(spec),
    upsert: (spec) => of(spec).upsert(spec),
    fileOf: (spec, kind) => of(spec).fileOf(spec, kind),
  };
}

function compileSet(files: TemplateFiles): Statements {
  const compile = (name: TemplateName): Render =>
    compileTemplate(files[name].file, files[name].text, TEMPLATES[name].language);
  const page = compile("page.qbo.hbs");
  const count = compile("count.qbo.hbs");
  const table = compile("table.sql.hbs");
  const upsert = compile("upsert.sql.hbs");
  return {
    page: (spec, place) => page({ ...variablesOf(spec), ...place }),
    count: (spec, interval) => count({ ...variablesOf(spec), interval }),
    table: (spec) => table(variablesOf(spec)),
    upsert: (spec) => upsert(variablesOf(spec)),
    fileOf: (_, kind) => files[TEMPLATE_OF[kind]].file,
  };
}

function variablesOf(spec: EntitySpec) {
  const { query, condition, entity, cursor, table, description, paging, sortable, wrapped, volatile } = spec;
  return {
    query,
    condition,
    entity,
    cursor,
    table,
    paging,
    sortable,
    wrapped,
    volatile,
    description: description || `${entity} of QuickBooks Online`,
  };
}
