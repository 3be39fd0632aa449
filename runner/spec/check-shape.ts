import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { nearestName } from "../nearest-name.ts";
import type { SpecDocument } from "./read-document.ts";
import { EXAMPLES } from "./spec-keys.ts";
import type { Problem, WrittenSpec } from "./types.ts";

export type SpecValidator = ValidateFunction<WrittenSpec>;

/** Compiles a published JSON Schema. `referred` are the schemas that it refers to. */
export function compileSchema<Written = WrittenSpec>(
  schema: object,
  referred: readonly object[] = [],
): ValidateFunction<Written> {
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
  return ajv.addSchema([...referred]).compile<Written>(schema);
}

export type CheckedShape<Written> =
  | { readonly written: Written; readonly problems: readonly [] }
  | {
      readonly written: undefined;
      readonly problems: readonly Problem[];
      /** The file without the wrong keys, if that is valid. Its meaning can then be checked at the same time. */
      readonly sound: Written | undefined;
    };

/** Checks a document against a schema. Each violation is reported at the key or value that caused it. */
export function checkShape<Written>(
  doc: SpecDocument,
  validate: ValidateFunction<Written>,
): CheckedShape<Written> {
  if (validate(doc.value)) return { written: doc.value, problems: [] };
  const errors = validate.errors ?? [];
  const known = propertyNames(validate.schema);
  const rest = withoutBroken(doc.value, errors);
  return {
    written: undefined,
    problems: errors.map((error) => toProblem(doc, error, known)),
    sound: validate(rest) ? rest : undefined,
  };
}

function withoutBroken(value: unknown, errors: readonly ErrorObject[]): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const broken = new Set(
    errors.map(({ instancePath, params }) => pathOf(instancePath)[0] ?? params["additionalProperty"]),
  );
  const sound = Object.entries(value).filter(([key]) => !broken.has(key));
  return { ...Object.fromEntries(sound), version: 1 };
}

const pathOf = (pointer: string): string[] => pointer.split("/").slice(1).map(unescapePointer);

function propertyNames(schema: unknown): string[] {
  const isObject = typeof schema === "object" && schema !== null && "properties" in schema;
  return isObject && typeof schema.properties === "object" ? Object.keys(schema.properties ?? {}) : [];
}

function toProblem(doc: SpecDocument, error: ErrorObject, known: readonly string[]): Problem {
  const path = pathOf(error.instancePath);
  const unknown: unknown = error.params["additionalProperty"];
  if (typeof unknown === "string") {
    const near = nearestName(unknown, known);
    return doc.problemAt(doc.spanOf([...path, unknown], "key"), {
      severity: "error",
      code: "schema/unknown-key",
      message: `unknown key "${unknown}"`,
      hint: near === undefined ? `known keys are ${known.join(", ")}` : `did you mean "${near}"?`,
    });
  }
  return doc.problemAt(doc.spanOf(path), {
    severity: "error",
    code: `schema/${error.keyword}`,
    message: describe(nameOf(path), error),
    hint: hintFor(path, error),
  });
}

/** The name of a place for people, such as `tags[1]` or `freshness.warn_after.count`. */
const nameOf = (path: readonly string[]): string =>
  path.length === 0
    ? "the spec"
    : path.reduce((name, part) => (/^\d+$/.test(part) ? `${name}[${part}]` : `${name}.${part}`));

const unescapePointer = (part: string): string => part.replaceAll("~1", "/").replaceAll("~0", "~");

function describe(name: string, error: ErrorObject): string {
  const { params } = error;
  switch (error.keyword) {
    case "required":
      return `the key "${params["missingProperty"]}" is missing`;
    case "type":
      if (name === "the spec") return "a spec must be a map of keys and values";
      // The type is one name or several, joined by commas.
      return `${name} must be ${String(params["type"]).replaceAll(",", " or ")}`;
    case "enum":
      return `${name} must be one of ${[params["allowedValues"]].flat().join(", ")}`;
    case "uniqueItems":
      return `${name} contains the same value twice`;
    case "const":
      return `${name} must be ${JSON.stringify(params["allowedValue"])}`;
    case "minimum":
    case "maximum":
      return `${name} must be at ${error.keyword === "minimum" ? "least" : "most"} ${params["limit"]}`;
    case "pattern":
      return name === "table"
        ? "table must be schema.table, with only lower-case letters, digits and _"
        : `${name} must match the pattern ${params["pattern"]}`;
    default:
      return `${name} ${error.message ?? "is wrong"}`;
  }
}

function hintFor(path: readonly string[], error: ErrorObject): string {
  const missing: unknown = error.params["missingProperty"];
  // The hint shows the example of the innermost key that has one.
  const names = [...path, ...(typeof missing === "string" ? [missing] : [])];
  const example = names.map((name) => EXAMPLES[name]).findLast((found) => found !== undefined);
  return example === undefined
    ? "the keys are described in docs/spec-format.md"
    : `for example \`${example}\``;
}
