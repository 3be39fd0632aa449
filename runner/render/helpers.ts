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
  literal: (value) => `'${text(value, "literal").replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`,
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
  path: (value) => quote(`{${text(value, "path").split(".").join(",")}}`),
  integer,
};

function quote(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return value.includes("\\") ? ` E${quoted}` : quoted;
}
