import { formatPacificMillis } from "./pacific-time.ts";
import type { QueryResult } from "./query/run-query.ts";

/**
 * The `QueryResponse` object of a result (QuickBooks API facts, 3.8): rows first, then startPosition and
 * maxResults, which is the number of rows in this answer. It is empty if there is no row.
 */
export function queryResponse(result: QueryResult): string {
  if (result.kind === "count") return `{"totalCount":${result.total}}`;
  const { entity, rows, startPosition } = result;
  if (rows.length === 0) return "{}";
  const total = entity.totalCount ? `,"totalCount":${rows.length}` : "";
  const paging = `"startPosition":${startPosition},"maxResults":${rows.length}${total}`;
  return `{"${entity.answerKey}":[${rows.join(",")}],${paging}}`;
}

/** A whole answer: the given members as raw text, then `time` in US Pacific time. @param now UTC ms. */
export function envelope(members: string, now: number): string {
  return `{${members},"time":"${formatPacificMillis(now)}"}`;
}
