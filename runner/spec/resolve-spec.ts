import { KNOWN_ENTITIES } from "./known-entities.ts";
import { DEFAULTS, fillIn, PROJECT_DEFAULTS } from "./spec-keys.ts";
import type { EntitySpec, ProjectDefaults, Table, WrittenSpec } from "./types.ts";

export const DEFAULT_CURSOR = DEFAULTS.cursor;
export const MAX_PAGE_SIZE = 1000;

/** The query of a spec. By default it reads all records of the entity, including inactive ones. */
export function queryOf(written: WrittenSpec): string {
  const active =
    KNOWN_ENTITIES.get(written.entity)?.hasActive === true ? " where Active in (true, false)" : "";
  return written.query ?? `select * from ${written.entity}${active}`;
}

/** Fills in the defaults: those of the schema, those of the project, and those that follow from the spec's entity and file.
 * The third argument holds the conditions that `checkQuery` found after `where`: first those of `query`, then those of each
 * query under `also`. */
export function resolveSpec(
  file: string,
  written: WrittenSpec,
  [condition = "", ...others]: readonly string[],
  shared: ProjectDefaults = {},
): EntitySpec {
  const keys = fillIn(written, shared);
  return {
    ...keys,
    name: nameOf(file),
    file,
    table: tableOf(written, shared.schema),
    answerKey: keys.answerKey ?? keys.entity,
    query: onOneLine(queryOf(written)),
    condition: onOneLine(condition),
    also: keys.also.map((query, index) => ({
      query: onOneLine(query),
      condition: onOneLine(others[index] ?? ""),
    })),
    tags: [...new Set([...keys.tags, ...(shared.tags ?? [])])],
  };
}

/** The spec once for each of its queries, which are read one after the other. A part has no further queries. */
export const partsOf = (spec: EntitySpec): EntitySpec[] =>
  [spec, ...spec.also].map(({ query, condition }) => ({ ...spec, query, condition, also: [] }));

const onOneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, " ");

function nameOf(file: string): string {
  return (file.split(/[/\\]/).at(-1) ?? file).replace(/\.ya?ml$/, "");
}

/** The table of a spec. By default its name is `qb_` and the plural of the entity. */
export function tableOf(
  { table, entity }: WrittenSpec,
  defaultSchema: string = PROJECT_DEFAULTS.schema,
): Table {
  const [schema = "", name = ""] = (table ?? "").split(".");
  return schema === ""
    ? { schema: defaultSchema, name: `qb_${plural(snakeCase(entity))}` }
    : { schema, name };
}

const snakeCase = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();

function plural(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  if (word.endsWith("preferences")) return word;
  return /(s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}
