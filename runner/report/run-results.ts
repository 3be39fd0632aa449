import type { EntityResult, Summary } from "../events.ts";
import { toVisible } from "./visible-text.ts";

export interface RunHead {
  readonly runId: string;
  readonly version: string;
  readonly startedAt: number;
  readonly arguments: Readonly<Record<string, unknown>>;
}

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
