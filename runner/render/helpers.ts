import { formatInstant } from "../plan/interval.ts";

/** The only ways from a value into a statement. Each takes what it is for and refuses the rest. */
export type Helper = (...values: readonly unknown[]) => string;

/** A value that a helper refuses: the template used the wrong helper. */
export class HelperError extends Error {}

const text = (value: unknown, helper: string): string => {
  if (typeof value === "string") return value;
  throw new HelperError(
    `the helper "${helper}" takes text, not ${value === undefined ? "an unknown variable" : typeof value}`,
  );
};

const integer: Helper = (value) => {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  throw new HelperError(`the helper "integer" takes a whole number, not ${String(value)}`);
};

/** A text as a literal of QuickBooks' query language. */
export const quoteLiteral = (value: string): string =>
  `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** Helpers of QuickBooks' query language (QuickBooks API facts, 3.1 and 3.3). */
export const QUERY_HELPERS: Readonly<Record<string, Helper>> = {
  /** The author's own query or condition, checked by `check-query`. */
  statement: (value) => text(value, "statement"),
  /** A name: an entity or a field, with dots. */
  property: (value) => {
    const name = text(value, "property");
    if (/^[A-Za-z]+(\.[A-Za-z]+)*$/.test(name)) return name;
    throw new HelperError(`"${name}" is not the name of a property`);
  },
  /** A text in quotes, an apostrophe as \'. */
  literal: (value) => quoteLiteral(text(value, "literal")),
  /** Milliseconds since 1970 as a UTC literal. Always with Z: without an offset the meaning is unknown. */
  instant: (value) => {
    if (typeof value === "number" && Number.isFinite(value)) return `'${formatInstant(value)}'`;
    throw new HelperError(`the helper "instant" takes milliseconds, not ${String(value)}`);
  },
  integer,
};

/** Helpers of PostgreSQL's SQL. */
export const SQL_HELPERS: Readonly<Record<string, Helper>> = {
  /** A quoted name, qualified where several parts are given. */
  identifier: (...parts) =>
    parts.map((part) => `"${text(part, "identifier").replaceAll('"', '""')}"`).join("."),
  /** A text in quotes. */
  literal: (value) => quote(text(value, "literal")),
  /** A dotted field of a record as a path for the operator #>>. */
  path: (value) => pathOf(value, "path"),
  /** The instant in a dotted field of a jsonb column; of a wrapped record, inside its only member. */
  instant: (column, field, isWrapped) => {
    const name = columnOf(column, "instant");
    const record = isWrapped === true ? `jsonb_path_query_first(${name}, '$.*')` : name;
    return `(${record} #>> ${pathOf(field, "instant")})::timestamptz`;
  },
  /** A jsonb column as the text by which two records are compared, without the fields that differ on each read. */
  comparable: (column, fields) => `(${withoutFields(column, fields, "comparable")})::text`,
  /** Whether two jsonb columns are the same, digit for digit, but for the fields that differ on each read. The images of the
   * rows are compared: `=` holds 639.0 and 639.00 for equal, and writing both out as text takes much longer. */
  same: (column, other, fields) =>
    `row(${withoutFields(column, fields, "same")})::record *= row(${withoutFields(other, fields, "same")})::record`,
  integer,
};

/** A column as the template itself writes it: a name, or two with a dot. */
function columnOf(value: unknown, helper: string): string {
  const name = text(value, helper);
  if (/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/.test(name)) return name;
  throw new HelperError(`the helper "${helper}" takes the name of a column, not "${name}"`);
}

function withoutFields(column: unknown, fields: unknown, helper: string): string {
  const name = columnOf(column, helper);
  if (Array.isArray(fields))
    return `${name}${fields.map((field) => ` #- ${pathOf(field, helper)}`).join("")}`;
  throw new HelperError(`the helper "${helper}" takes a list of fields, not ${typeof fields}`);
}

const pathOf = (value: unknown, helper: string): string =>
  quote(`{${text(value, helper).split(".").join(",")}}`);

function quote(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return value.includes("\\") ? ` E${quoted}` : quoted;
}
