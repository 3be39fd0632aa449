import { RunnerError } from "../errors.ts";
import { checkProject } from "../project/check-project.ts";
import { formatTable } from "../report/format-table.ts";
import { readRows } from "../run/read-rows.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { ShowOptions } from "../verbs/show.ts";
import type { Context } from "./context.ts";
import { withSession } from "./open-services.ts";

/** Version of the format of `show --output json`. */
const VERSION = 1;

/** Prints a few records of one spec as the API has them now. Writes nothing except a renewed token. */
export async function show(options: ShowOptions, context: Context): Promise<number> {
  const { limit, output } = options;
  const { specs, statements } = checkProject({ args: [options.spec], useBuiltIn: options.demo }, context);
  const [spec] = specs;
  if (spec === undefined || specs.length > 1) {
    throw new RunnerError(
      "USAGE",
      `"${options.spec}" matches ${specs.length} specs, but the command takes one`,
      {
        hint: "name one spec; `qbo ls` lists them",
      },
    );
  }
  return withSession(context, { demo: options.demo, name: "qbo show" }, async (session) => {
    const statement = statements.page(spec, { interval: null, start: 1, limit });
    const { text } = await session.openSource().page(statement, spec.answerKey, context.signal);
    context.io.out(
      output === "json"
        ? formatAnswer(spec, statement, text)
        : formatRecords(spec, recordsIn(text, spec.answerKey)),
    );
    return 0;
  });
}

/** The answer is inserted as text, because parsing it would change its numbers. */
function formatAnswer(spec: EntitySpec, statement: string, answer: string): string {
  const name = JSON.stringify(spec.name);
  const sent = JSON.stringify(statement);
  const unchanged = answer.trim().replaceAll("\r", " ");
  return `{"version":${VERSION},"spec":${name},"statement":${sent},"answer":${unchanged}}\n`;
}

/** The records with every number as it was written. Versions of Node whose JSON.parse does not provide the text of a number
 * give the number as JavaScript writes it. */
function recordsIn(text: string, answerKey: string): unknown[] {
  const reviver = (_: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" ? (context?.source ?? String(value)) : value;
  const answer: unknown = JSON.parse(text, reviver);
  const response = fieldOf(answer, "QueryResponse");
  const records = fieldOf(response, answerKey);
  return Array.isArray(records) ? records : [];
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

/** The fields by which people recognise a record. They come first if the record has them. */
const RECOGNISED = [
  "FullyQualifiedName",
  "DisplayName",
  "Name",
  "DocNumber",
  "TxnDate",
  "TotalAmt",
  "Active",
];
const MAX_COLUMNS = 6;
/** The longest text that a cell shows, in characters. */
const MAX_CELL = 32;
/** Fields that do not interest a person who looks at a few records, or that the table shows already. */
const HIDDEN = new Set(["Id", "SyncToken", "domain", "sparse"]);

function formatRecords(spec: EntitySpec, records: readonly unknown[]): string {
  if (records.length === 0) return `${spec.entity} has no records\n`;
  const rows = readRows({ ...spec, cursor: null }, records);
  const inner = records.map((record) => (spec.wrapped ? Object.values(Object(record))[0] : record));
  const plain = new Set(inner.flatMap(plainFields));
  const recognised = RECOGNISED.filter((name) => plain.has(name));
  const names = [...new Set([...recognised, ...plain])].slice(0, MAX_COLUMNS);
  const cells = inner.map((record, index) => [
    rows[index]?.id ?? "",
    ...names.map((name) => shorten(fieldOf(record, name))),
  ]);
  return formatTable(["id", ...names], cells);
}

function plainFields(record: unknown): string[] {
  if (typeof record !== "object" || record === null) return [];
  return Object.entries(record)
    .filter(([name, value]) => typeof value !== "object" && !HIDDEN.has(name))
    .map(([name]) => name);
}

function shorten(value: unknown): string {
  const text = value === undefined || typeof value === "object" ? "" : String(value).replaceAll(/\s+/g, " ");
  return text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text;
}
