import type { EntityResult, RunHead, Summary } from "../events.ts";
import { toVisible } from "../text/visible-text.ts";

/** Version of the JSON document. */
export const RUN_RESULTS_VERSION = 1;

/** The content of `target/run_results.json`, which tells tools what a run did. The ledger in PostgreSQL stays the source of
 * truth. `now` is in milliseconds since 1970. */
export function formatRunResults(
  head: RunHead,
  results: readonly EntityResult[],
  summary: Summary,
  now: number,
): string {
  const document = {
    metadata: {
      version: RUN_RESULTS_VERSION,
      qbo_version: head.version,
      run_id: head.runId,
      started_at_utc: new Date(head.startedAt).toISOString(),
      generated_at_utc: new Date(now).toISOString(),
    },
    args: head.arguments,
    status: summary.status,
    counts: summary.counts,
    totals: summary.totals,
    failure: summary.failure,
    results,
  };
  return `${toVisible(JSON.stringify(document, null, 2))}\n`;
}
