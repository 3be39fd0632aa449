import { nearestName } from "../nearest-name.ts";
import type { NamedProperty, QueryProblem } from "./check-query.ts";
import { KNOWN_ENTITIES } from "./known-entities.ts";
import { knownProperties } from "./known-properties.ts";
import type { SpecDocument } from "./read-document.ts";
import { DEFAULT_CURSOR } from "./resolve-spec.ts";
import type { Problem, WrittenSpec } from "./types.ts";

type Rule = (doc: SpecDocument, written: WrittenSpec) => Problem | undefined;

/** Finds what is wrong in a spec whose shape is right, such as a cursor that its entity does not have. */
export function checkMeaning(doc: SpecDocument, written: WrittenSpec): Problem[] {
  return [
    cursorExists,
    cursorIsSortable,
    noPagingMeansNoCursor,
    alsoMeansNoCursor,
    volatileIsNotWrapped,
  ].flatMap((rule) => rule(doc, written) ?? []);
}

const error = (
  doc: SpecDocument,
  key: string,
  problem: Pick<Problem, "code" | "message" | "hint">,
): Problem => doc.problemAt(doc.spanOf([key]), { severity: "error", ...problem });

/** The only fields that hold an exact time. The API's other time fields are days in the company's own time zone. */
const INSTANTS = [DEFAULT_CURSOR, "MetaData.CreateTime"];

const cursorExists: Rule = (doc, { entity, cursor }) => {
  if (cursor === undefined || cursor === null) return undefined;
  const own = entity === "ExchangeRate" ? INSTANTS.slice(0, 1) : INSTANTS;
  if (own.some((name) => name.toLowerCase() === cursor.toLowerCase())) return undefined;
  return error(doc, "cursor", {
    code: "spec/no-such-cursor",
    message: `${entity} has no time field called "${cursor}" by which its history could be read`,
    hint: `write \`cursor: ${own.join("` or `cursor: ")}\`, or \`cursor: null\` to read all of ${entity} in each run`,
  });
};

const cursorIsSortable: Rule = (doc, { entity, cursor, sortable }) => {
  if (cursor === null || sortable === false || KNOWN_ENTITIES.get(entity)?.isSortable !== false)
    return undefined;
  return error(doc, sortable === undefined ? "entity" : "sortable", {
    code: "spec/not-sortable",
    message: `the API cannot order ${entity} by time`,
    hint: "add `sortable: false`",
  });
};

const noPagingMeansNoCursor: Rule = (doc, { paging, cursor }) => {
  if (paging !== false || cursor === null) return undefined;
  return error(doc, "paging", {
    code: "spec/paging-with-cursor",
    message: "an entity without paging cannot have a cursor, because one answer holds all of it",
    hint: "add `cursor: null`, or remove `paging: false`",
  });
};

const alsoMeansNoCursor: Rule = (doc, { also, cursor }) => {
  if ((also ?? []).length === 0 || cursor === null) return undefined;
  return error(doc, "also", {
    code: "spec/also-with-cursor",
    message: "an entity with several queries cannot have a cursor",
    hint: "add `cursor: null`, or remove `also`",
  });
};

const volatileIsNotWrapped: Rule = (doc, { wrapped, volatile }) => {
  if (wrapped !== true || (volatile ?? []).length === 0) return undefined;
  return error(doc, "volatile", {
    code: "spec/volatile-wrapped",
    message: "a spec with `wrapped: true` cannot have volatile fields",
    hint: "remove `volatile` or `wrapped`",
  });
};

type PropertyProblem = QueryProblem & Pick<Problem, "severity">;

/** Finds conditions on properties that are not documented for the entity, and conditions on Active if the entity has no such
 * property. */
export function checkProperties(
  { entity }: WrittenSpec,
  properties: readonly NamedProperty[],
): PropertyProblem[] {
  const known = knownProperties(entity);
  return properties.flatMap(({ name, at }): PropertyProblem[] => {
    const place = { at, length: name.length };
    if (name.toLowerCase() === "active" && KNOWN_ENTITIES.get(entity)?.hasActive === false) {
      const message = `${entity} has no property Active, because its records are never inactive`;
      return [
        { ...place, severity: "error", code: "query/no-active", message, hint: "remove the condition" },
      ];
    }
    const wanted = name.toLowerCase().replace(/ref\.value$/, "ref");
    if (known === undefined || known.some((one) => one.toLowerCase() === wanted)) return [];
    const near = nearestName(name, known);
    return [
      {
        ...place,
        severity: "warning",
        code: "query/unknown-property",
        message: `"${name}" is not a documented property to filter ${entity} by`,
        hint:
          near === undefined
            ? `the documented properties are ${known.join(", ")}`
            : `did you mean "${near}"?`,
      },
    ];
  });
}
