import { RunnerError } from "../errors.ts";
import { checkProject } from "../project/check-project.ts";
import { formatTable } from "../report/format-table.ts";
import { readRows } from "../run/read-rows.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { ShowOptions } from "../verbs/show.ts";
import type { Context } from "./context.ts";
import { withSession } from "./open-services.ts";

/** Version of the form of `show --output json`. */
const VERSION = 1;

/** A few records of one spec as the API has them now. Nothing is written but a renewed token. */
export async function show(options: ShowOptions, context: Context): Promise<number> {
  const { limit, output } = options;
  const { specs, statements } = checkProject({ args: [options.spec], useBuiltIn: options.demo }, context);
  const [spec] = specs;
  if (spec === undefined || specs.length > 1) {
    throw new RunnerError("USAGE", `"${options.spec}" means ${specs.length} specs`, {
      hint: "name one of them",
    });
  }
  return withSession(context, { demo: options.demo, name: "qbo show" }, async (session) => {
    const statement = statements.page(spec, { interval: null, start: 1, limit });
    const { text } = await session.openSource().page(statement, spec.answerKey, context.signal);
    context.io.out(
      output === "json"
        ? `{"version":${VERSION},"spec":${JSON.stringify(spec.name)},"statement":${JSON.stringify(statement)},"answer":${text.trim().replaceAll("\r", " ")}}\n`
        : formatRecords(spec, recordsIn(text, spec.answerKey)),
    );
    return 0;
  });
}

/** The records with every number as it was written; where Node does not tell its text, as JavaScript has it. */
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

/** What people know a record by comes first, where it has it. */
const TELLING = ["FullyQualifiedName", "DisplayName", "Name", "DocNumber", "TxnDate", "TotalAmt", "Active"];
const COLUMNS = 6;
const CELL = 32;
/** What says nothing to a person who looks at a few records. */
const DULL = new Set(["Id", "SyncToken", "domain", "sparse"]);

function formatRecords(spec: EntitySpec, records: readonly unknown[]): string {
  if (records.length === 0) return `${spec.entity} has no records\n`;
  const rows = readRows({ ...spec, cursor: null }, records);
  const inner = records.map((record) => (spec.wrapped ? Object.values(Object(record))[0] : record));
  const plain = new Set(inner.flatMap(plainFields));
  const telling = TELLING.filter((name) => plain.has(name));
  const names = [...new Set([...telling, ...plain])].slice(0, COLUMNS);
  const cells = inner.map((record, index) => [
    rows[index]?.id ?? "",
    ...names.map((name) => shorten(fieldOf(record, name))),
  ]);
  return formatTable(["id", ...names], cells);
}

function plainFields(record: unknown): string[] {
  if (typeof record !== "object" || record === null) return [];
  return Object.entries(record)
    .filter(([name, value]) => typeof value !== "object" && !DULL.has(name))
    .map(([name]) => name);
}

function shorten(value: unknown): string {
  const text = value === undefined || typeof value === "object" ? "" : String(value).replaceAll(/\s+/g, " ");
  return text.length > CELL ? `${text.slice(0, CELL - 1)}…` : text;
}
