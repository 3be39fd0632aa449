import { formatInstant } from "../plan/interval.ts";

/** Helpers are the only way to get a value into a statement. Each one quotes the kind of value that it is meant for and throws
 * `HelperError` for any other. */
export type Helper = (...values: readonly unknown[]) => string;

/** A helper refused a value, which means that the template uses the wrong helper. */
export class HelperError extends Error {}

const text = (value: unknown, helper: string): string => {
  if (typeof value === "string") return value;
  const given = value === undefined ? "an unknown variable" : typeof value;
  throw new HelperError(`the helper "${helper}" takes text, not ${given}`);
};

const integer: Helper = (value) => {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  throw new HelperError(`the helper "integer" takes a whole number, not ${String(value)}`);
};

/** Quotes the parts of a qualified name for SQL. */
export const quoteName = (...parts: readonly string[]): string =>
  parts.map((part) => `"${part.replaceAll('"', '""')}"`).join(".");

/** Quotes a text as a literal of QuickBooks' query language. */
export const quoteLiteral = (value: string): string =>
  `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** Helpers of QuickBooks' query language (QuickBooks API facts, 3.1 and 3.3). */
export const QUERY_HELPERS: Readonly<Record<string, Helper>> = {
  /** The author's own query or condition, checked by `check-query`. */
  statement: (value) => text(value, "statement"),
  /** The name of an entity, or of a field with dots. */
  property: (value) => {
    const name = text(value, "property");
    if (/^[A-Za-z]+(\.[A-Za-z]+)*$/.test(name)) return name;
    throw new HelperError(`"${name}" is not the name of a property`);
  },
  /** A text in quotes. An apostrophe becomes \'. */
  literal: (value) => quoteLiteral(text(value, "literal")),
  /** Milliseconds since 1970 as a literal in UTC. It always ends with Z, because an instant without an offset is ambiguous. */
  instant: (value) => {
    if (typeof value === "number" && Number.isFinite(value)) return `'${formatInstant(value)}'`;
    throw new HelperError(`the helper "instant" takes milliseconds, not ${String(value)}`);
  },
  integer,
};

/** Helpers of PostgreSQL's SQL. */
export const SQL_HELPERS: Readonly<Record<string, Helper>> = {
  /** A quoted name. Several parts make a qualified name. */
  identifier: (...parts) => quoteName(...parts.map((part) => text(part, "identifier"))),
  /** A text in quotes. */
  literal: (value) => quote(text(value, "literal")),
  /** A field with dots as a path for the operator #>>. */
  path: (value) => pathOf(value, "path"),
  /** The instant in a field (with dots) of a jsonb column. A wrapped record is the only member of its payload. */
  instant: (column, field, isWrapped) => {
    const name = columnOf(column, "instant");
    const record = isWrapped === true ? `jsonb_path_query_first(${name}, '$.*')` : name;
    return `(${record} #>> ${pathOf(field, "instant")})::timestamptz`;
  },
  /** A jsonb column as text for comparing two records, without the fields that differ on each read. */
  comparable: (column, fields) => `(${withoutFields(column, fields, "comparable")})::text`,
  /** Whether two jsonb columns are the same, digit for digit, except for the fields that differ on each read. `*=` compares the
   * binary images of two rows. `=` would consider 639.0 and 639.00 equal, and converting both to text takes much longer. */
  same: (column, other, fields) =>
    `row(${withoutFields(column, fields, "same")})::record *= row(${withoutFields(other, fields, "same")})::record`,
  integer,
};

/** A column as the template writes it: a name, or two names with a dot between them. */
function columnOf(value: unknown, helper: string): string {
  const name = text(value, helper);
  if (/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/.test(name)) return name;
  throw new HelperError(`the helper "${helper}" takes the name of a column, not "${name}"`);
}

function withoutFields(column: unknown, fields: unknown, helper: string): string {
  const name = columnOf(column, helper);
  if (!Array.isArray(fields)) {
    throw new HelperError(`the helper "${helper}" takes a list of fields, not ${typeof fields}`);
  }
  const removals = fields.map((field) => ` #- ${pathOf(field, helper)}`);
  return `${name}${removals.join("")}`;
}

const pathOf = (value: unknown, helper: string): string =>
  quote(`{${text(value, helper).split(".").join(",")}}`);

/** Quotes a text for SQL. A text with a backslash gets the form E'…', whose meaning does not depend on the setting
 * standard_conforming_strings. The blank before the E separates it from a word in front. */
function quote(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return value.includes("\\") ? ` E${quoted}` : quoted;
}
