import { nearestName } from "../nearest-name.ts";
import { checkMeaning, checkProperties } from "./check-meaning.ts";
import { NO_PROJECT, type ProjectSettings } from "./check-project-file.ts";
import { checkQuery, type QueryProblem } from "./check-query.ts";
import { checkShape, type SpecValidator } from "./check-shape.ts";
import { KNOWN_ENTITIES } from "./known-entities.ts";
import { readDocument, type SpecDocument } from "./read-document.ts";
import { queryOf, resolveSpec, tableOf } from "./resolve-spec.ts";
import type { Span } from "./span.ts";
import { tableNameOf } from "./table-name-of.ts";
import type { EntitySpec, Problem, ProjectDefaults, WrittenSpec } from "./types.ts";

export interface CheckedSpec {
  readonly file: string;
  readonly text: string;
  readonly problems: readonly Problem[];
  /** Undefined if one of the problems is an error. */
  readonly spec: EntitySpec | undefined;
  /** Makes an error at the value of a key, for checks that need more than this one spec. */
  readonly problemAt: (
    path: readonly string[],
    problem: Pick<Problem, "code" | "message" | "hint">,
  ) => Problem;
}

/** Checks one spec: its syntax, then its shape and its meaning. Returns all problems at once. Keys of a wrong shape are left
 * out of the check of the meaning. */
export function checkSpec(
  file: string,
  text: string,
  validate: SpecValidator,
  { defaults, variables }: ProjectSettings = NO_PROJECT,
): CheckedSpec {
  const doc = readDocument(file, text, variables);
  const problemAt: CheckedSpec["problemAt"] = (path, problem) =>
    doc.problemAt(doc.spanOf(path), { severity: "error", ...problem });
  const base = { file, text, problemAt };
  if (doc.problems.length > 0) return { ...base, problems: doc.problems, spec: undefined };
  const shape = checkShape(doc, validate);
  if (shape.written === undefined) {
    const meaning = shape.sound === undefined ? [] : checkSound(doc, shape.sound, defaults).found;
    return { ...base, problems: [...shape.problems, ...meaning].toSorted(byPlace), spec: undefined };
  }
  const { found, conditions } = checkSound(doc, shape.written, defaults);
  const isBroken = found.some(({ severity }) => severity === "error");
  return {
    ...base,
    problems: found.toSorted(byPlace),
    spec: isBroken ? undefined : resolveSpec(file, shape.written, conditions, defaults),
  };
}

const byPlace = (a: Problem, b: Problem): number => a.line - b.line || a.column - b.column;

function checkSound(
  doc: SpecDocument,
  written: WrittenSpec,
  { schema }: ProjectDefaults,
): { found: Problem[]; conditions: string[] } {
  const query = checkQuery(queryOf(written), written.entity);
  const others = (written.also ?? []).map((text) => checkQuery(text, written.entity));
  const found = [
    ...checkEntity(doc, written),
    ...checkTable(doc, written, schema),
    ...checkMeaning(doc, written),
    ...query.problems.map((problem) => toProblem(doc, { severity: "error", ...problem })),
    ...checkProperties(written, query.properties).map((problem) => toProblem(doc, problem)),
    ...(query.problems.length > 0 ? [] : checkActive(doc, written, query.condition)),
    ...others.flatMap(({ problems }, index) =>
      problems.map((problem) =>
        doc.problemAt(doc.spanOf(["also", String(index)]), { severity: "error", ...problem }),
      ),
    ),
  ];
  return { found, conditions: [query, ...others].map(({ condition }) => condition) };
}

/** Checks what concerns several specs: two specs must not write to the same table. `others` are specs of the project whose
 * own problems are not reported. */
export function checkTogether(checked: readonly CheckedSpec[], others: readonly CheckedSpec[]): Problem[] {
  const owners = new Map<string, EntitySpec>();
  for (const { spec } of others) if (spec !== undefined) owners.set(tableNameOf(spec), spec);
  const problems: Problem[] = [];
  for (const { spec, problemAt } of checked) {
    if (spec === undefined) continue;
    const table = tableNameOf(spec);
    const owner = owners.get(table);
    if (owner === undefined) {
      owners.set(table, spec);
      continue;
    }
    problems.push(
      problemAt(["table"], {
        code: "spec/shared-table",
        message: `${table} is already the table of ${owner.file}`,
        hint: "give each spec a table of its own",
      }),
    );
  }
  return problems;
}

function checkEntity(doc: SpecDocument, { entity }: WrittenSpec): Problem[] {
  if (KNOWN_ENTITIES.has(entity)) return [];
  const near = nearestName(entity, KNOWN_ENTITIES.keys());
  const problem = doc.problemAt(doc.spanOf(["entity"]), {
    severity: "error",
    code: "spec/unknown-entity",
    message: `QuickBooks Online has no entity "${entity}" that can be queried`,
    hint:
      near === undefined
        ? `the known entities are ${[...KNOWN_ENTITIES.keys()].join(", ")}`
        : `did you mean "${near}"?`,
  });
  return [problem];
}

/** Schemas that must not hold landing tables. */
const RESERVED_SCHEMA = /^(qbo|information_schema|pg_.*)$/;

function checkTable(doc: SpecDocument, written: WrittenSpec, defaultSchema: string | undefined): Problem[] {
  const { schema, name } = tableOf(written, defaultSchema);
  const other = [...KNOWN_ENTITIES.keys()].find((entity) => tableOf({ version: 1, entity }).name === name);
  if (other !== undefined && other !== written.entity && KNOWN_ENTITIES.has(written.entity)) {
    const problem = doc.problemAt(doc.spanOf(["table"]), {
      severity: "error",
      code: "spec/table-of-another",
      message: `${schema}.${name} is the usual name for the table of ${other}, but the spec reads ${written.entity}`,
      hint: `for example \`table: ${schema}.${tableOf({ version: 1, entity: written.entity }).name}\``,
    });
    return [problem];
  }
  if (!RESERVED_SCHEMA.test(schema)) return [];
  const problem = doc.problemAt(doc.spanOf(["table"]), {
    severity: "error",
    code: "spec/reserved-schema",
    message: `the schema "${schema}" is reserved and cannot hold landing tables`,
    hint: "for example `table: raw.qb_customers`",
  });
  return [problem];
}

function checkActive(doc: SpecDocument, written: WrittenSpec, condition: string): Problem[] {
  const known = KNOWN_ENTITIES.get(written.entity);
  if (written.query === undefined || known?.hasActive !== true || known.lacksActive === true) return [];
  if (/\bactive\b/i.test(condition)) return [];
  const problem = doc.problemAt(doc.spanOf(["query"]), {
    severity: "warning",
    code: "query/inactive-hidden",
    message: `without a condition on Active, the API leaves out the inactive records of ${written.entity}`,
    hint: "add `where Active in (true, false)`",
  });
  return [problem];
}

function toProblem(
  doc: SpecDocument,
  { at, length, ...problem }: QueryProblem & Pick<Problem, "severity">,
): Problem {
  return doc.problemAt(spanInQuery(doc, at, length), problem);
}

/** Converts a place in the query to a place in the file. Quotes and folded lines move characters, so the offsets differ. The
 * same piece of text is therefore searched in the file: for its third occurrence in the query, its third occurrence there. */
function spanInQuery(doc: SpecDocument, at: number, length: number): Span {
  const node = doc.spanOf(["query"]);
  const query = isQuery(doc.value) ? doc.value.query : "";
  const piece = query.slice(at, at + length);
  const source = doc.text.slice(node.at, node.at + node.length);
  let found = -1;
  for (let seen = query.indexOf(piece); seen !== -1 && seen <= at; seen = query.indexOf(piece, seen + 1)) {
    found = source.indexOf(piece, found + 1);
  }
  return found === -1 ? node : { at: node.at + found, length };
}

const isQuery = (value: unknown): value is { query: string } =>
  typeof value === "object" && value !== null && "query" in value && typeof value.query === "string";
