import { RunnerError } from "../errors.ts";
import type { Row } from "../plan/sweep-state.ts";
import type { Records } from "../ports/source.ts";
import type { EntitySpec } from "../spec/types.ts";
import { isStorable } from "./storable-text.ts";

/** The ids and cursors of the records of a page, which is all that the sweep needs. Throws `QBO_UNEXPECTED_ANSWER` if a
 * record has none. */
export function readRows(spec: EntitySpec, records: Records): Row[] {
  if (spec.key.length === 0 && records.length > 1) throw notOne(spec, records.length);
  try {
    // Records are parsed here one at a time, and not kept.
    return records.map((record, index) => readRow(spec, record, index));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new RunnerError(
      "QBO_UNEXPECTED_ANSWER",
      `a record of ${spec.entity} is not JSON: ${cause.message}`,
      {
        hint: "run the same command again; if it happens every time, something between this machine and QuickBooks changes the answers",
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
  new RunnerError(
    "QBO_UNEXPECTED_ANSWER",
    `${entity} has ${count} records, but the key in its spec is empty`,
    {
      hint: 'list the fields that identify a record, for example "key: [Id]"',
    },
  );

/** The record inside an object whose only member is named after the record's type (QuickBooks API facts, 7.4). */
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

/** The id of a record. An entity without a key has only one record, whose id is the name of the entity. */
function readId(spec: EntitySpec, record: unknown, index: number): string {
  if (spec.key.length === 0) return spec.entity;
  const parts = spec.key.map((field) => readKey(spec, record, field, index));
  // With "|" in a value, the ids of two records could be equal: "a|b" and "c" would give the same id as "a" and "b|c".
  if (parts.length === 1 || parts.every((part) => !part.includes("|"))) return parts.join("|");
  throw new RunnerError("QBO_UNEXPECTED_ANSWER", `a key of record ${index + 1} of ${spec.entity} holds "|"`, {
    hint: `list other fields under "key" in ${spec.file}`,
  });
}

function readKey(spec: EntitySpec, record: unknown, field: string, index: number): string {
  const value = at(record, field);
  if (typeof value === "string" && value !== "" && isStorable(value)) return value;
  throw new RunnerError(
    "QBO_UNEXPECTED_ANSWER",
    `record ${index + 1} of ${spec.entity} has no text in ${field}`,
    {
      hint: `under "key" in ${spec.file}, list fields that every ${spec.entity} has`,
    },
  );
}

function readCursor(spec: EntitySpec, record: unknown, field: string, index: number): number {
  const value = at(record, field);
  // The offset follows US Pacific time including daylight saving time, so instants are compared and never texts.
  const ms =
    typeof value === "string" && /(Z|[+-]\d{2}:?\d{2})$/.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  const found =
    value === undefined ? "is missing" : `is ${JSON.stringify(value)}, not an instant with an offset`;
  throw new RunnerError(
    "QBO_UNEXPECTED_ANSWER",
    `${field} of record ${index + 1} of ${spec.entity} ${found}`,
    {
      hint: `set another field as "cursor", or "cursor: null" to read all of ${spec.entity} in each run`,
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
