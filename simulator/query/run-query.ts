import type { Company } from "../company/store.ts";
import { bindStatement } from "./bind.ts";
import type { EntityInfo } from "./entities.ts";
import { countRecords, selectRecords } from "./evaluate.ts";
import { parseStatement } from "./parse.ts";
import { queryProcessingFault } from "./query-fault.ts";
import { projectRow } from "./write-rows.ts";

/** The result of a statement: a number of rows, or the raw JSON texts of a page of rows. */
export type QueryResult =
  | { readonly kind: "count"; readonly entity: EntityInfo; readonly total: number }
  | {
      readonly kind: "rows";
      readonly entity: EntityInfo;
      readonly rows: readonly string[];
      readonly startPosition: number;
    };

/** What a query needs besides the statement. */
export interface QueryContext {
  readonly company: Company;
  /** The simulated current instant, UTC ms. */
  readonly now: number;
  /** Changes the raw text of a row in an answer, for fields that are different on each read. */
  readonly refresh: (entity: EntityInfo, raw: string) => string;
  /** The number of rows returned beyond MAXRESULTS (QuickBooks API facts, 3.8: 101 rows were seen for 100). */
  readonly extraRows?: number;
}

/** Runs a statement. Refusals are thrown as QueryFault. */
export function runQuery(context: QueryContext, text: string): QueryResult {
  const { company, now } = context;
  const statement = bindStatement(company, parseStatement(text));
  const { entity, columns } = statement;
  if (statement.isCount) return { kind: "count", entity, total: countRecords(company, statement, now) };
  const maxResults = statement.maxResults + (context.extraRows ?? 0);
  const records = selectRecords(company, { ...statement, maxResults }, now);
  if (!columns && records.some((record) => company.isPoison(entity, record))) {
    throw queryProcessingFault("To email address entered is invalid");
  }
  const rows = records.map((record) =>
    columns ? projectRow(record.raw, columns) : context.refresh(entity, record.raw),
  );
  const startPosition = entity.kind === "singleton" ? 1 : statement.startPosition;
  return { kind: "rows", entity, rows, startPosition };
}
