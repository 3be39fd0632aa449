import type { EntityResult, RunHead, Summary } from "../events.ts";
import { toVisible } from "../text/visible-text.ts";

/** Version of the artifact's form. */
export const RUN_RESULTS_VERSION = 1;

/** `target/run_results.json`: what a run did, for tools. The ledger in PostgreSQL is the truth. */
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
