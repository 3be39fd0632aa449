import { RunnerError } from "../errors.ts";
import type { Row } from "../plan/sweep-state.ts";
import type { Records } from "../ports/source.ts";
import type { EntitySpec } from "../spec/types.ts";
import { isStorable } from "./storable-text.ts";

/** What the sweep must know of the records of a page: id and cursor. */
export function readRows(spec: EntitySpec, records: Records): Row[] {
  if (spec.key.length === 0 && records.length > 1) throw notOne(spec, records.length);
  try {
    // Each record is parsed here, one by one, and forgotten.
    return records.map((record, index) => readRow(spec, record, index));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new RunnerError(
      "QBO_UNEXPECTED_ANSWER",
      `a record of ${spec.entity} is not JSON: ${cause.message}`,
      {
        hint: "run the same command again; if it happens each time, something between this machine and QuickBooks changes the answers",
        cause,
      },
    );
  }
}

function readRow(spec: EntitySpec, record: unknown, index: number): Row {
  const fields = spec.wrapped ? unwrap(spec, record, index) : record;
  return {
    ordinal: index + 1,
    id: readId(spec, fields, index),
    cursor: spec.cursor === null ? undefined : readCursor(spec, fields, spec.cursor, index),
  };
}

const notOne = ({ entity }: EntitySpec, count: number): RunnerError =>
  new RunnerError("QBO_UNEXPECTED_ANSWER", `${entity} has ${count} records, but its spec names no key`, {
    hint: 'name the fields that make a record\'s id, for example "key: [Id]"',
  });

/** The record inside an object whose only member is named for the record's type (QuickBooks API facts, 7.4). */
function unwrap({ entity }: EntitySpec, record: unknown, index: number): unknown {
  const members = typeof record === "object" && record !== null ? Object.values(record) : [];
  const [inner] = members;
  if (members.length === 1 && typeof inner === "object" && inner !== null) return inner;
  throw new RunnerError(
    "QBO_UNEXPECTED_ANSWER",
    `record ${index + 1} of ${entity} is not wrapped in its type: it has ${members.length} members`,
    { hint: 'remove "wrapped: true" from the spec' },
  );
}

/** An entity of one record without a key goes by its own name. */
function readId(spec: EntitySpec, record: unknown, index: number): string {
  if (spec.key.length === 0) return spec.entity;
  const parts = spec.key.map((field) => readKey(spec, record, field, index));
  // "a|b" and "c", or "a" and "b|c"?
  if (parts.length === 1 || parts.every((part) => !part.includes("|"))) return parts.join("|");
  throw new RunnerError("QBO_UNEXPECTED_ANSWER", `a key of record ${index + 1} of ${spec.entity} holds "|"`, {
    hint: `name other fields in "key" of ${spec.file}`,
  });
}

function readKey(spec: EntitySpec, record: unknown, field: string, index: number): string {
  const value = at(record, field);
  if (typeof value === "string" && value !== "" && isStorable(value)) return value;
  throw new RunnerError(
    "QBO_UNEXPECTED_ANSWER",
    `record ${index + 1} of ${spec.entity} has no text in ${field}`,
    {
      hint: `name fields in "key" that every ${spec.entity} has`,
    },
  );
}

function readCursor(spec: EntitySpec, record: unknown, field: string, index: number): number {
  const value = at(record, field);
  // The offset follows US Pacific time and its summer time, so the text is never compared, only the instant.
  const ms =
    typeof value === "string" && /(Z|[+-]\d{2}:?\d{2})$/.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  const found =
    value === undefined ? "is missing" : `is ${JSON.stringify(value)}, not an instant with an offset`;
  throw new RunnerError(
    "QBO_UNEXPECTED_ANSWER",
    `${field} of record ${index + 1} of ${spec.entity} ${found}`,
    {
      hint: `choose another field as "cursor", or "cursor: null" to read ${spec.entity} whole in each run`,
    },
  );
}

function at(record: unknown, path: string): unknown {
  let value = record;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}
