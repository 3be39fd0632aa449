import { join, resolve } from "node:path";
import { type RunOutcome, type RunRequest, runCompany } from "../company/run-company.ts";
import { type EmbeddedServer, psqlLine } from "../embedded/embedded-postgres.ts";
import { exitCodeOf } from "../errors.ts";
import { removeFile, writeText } from "../files/read-files.ts";
import { formatMetrics } from "../report/format-metrics.ts";
import { formatManifest } from "../report/manifest.ts";
import { formatRunResults } from "../report/run-results.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { Context } from "./context.ts";
import type { Services } from "./open-services.ts";

/** How many lanes may read one entity at the same time. */
export const MAX_LANES = 4;

const RUN_RESULTS = join("target", "run_results.json");
const MANIFEST = join("target", "manifest.json");

export interface Reports {
  /** The file for the run's metrics in Prometheus' text format. No file is written if undefined. */
  readonly metricsFile: string | undefined;
}

/** Runs, writes the result files, and logs the summary as the last event. Returns the exit code. */
export async function runAndReport(
  services: Services,
  request: RunRequest,
  reports: Reports,
  context: Context,
): Promise<number> {
  // The file of an earlier run must not be mistaken for the result of this one.
  removeFile(join(context.cwd, RUN_RESULTS));
  const outcome = await runCompany(services, request, context);
  const specs = request.wanted.map(({ spec }) => spec);
  if (outcome.isOnRecord) writeReports(outcome, specs, reports, context);
  context.log({ type: "summary", ...outcome.summary });
  if (services.embedded !== undefined && context.logFormat === "text")
    printWhereToLook(services.embedded, specs[0], request.demo, context);
  const { status } = outcome.summary;
  if (status === "cancelled") return exitCodeOf(context.signal);
  return status === "success" ? 0 : 1;
}

function writeReports(
  { head, results, summary }: RunOutcome,
  specs: readonly EntitySpec[],
  { metricsFile }: Reports,
  { cwd, clock }: Context,
): void {
  const now = clock.now();
  writeText(join(cwd, MANIFEST), formatManifest(specs, head, now));
  writeText(join(cwd, RUN_RESULTS), formatRunResults(head, results, summary, now));
  if (metricsFile !== undefined) writeText(resolve(cwd, metricsFile), formatMetrics(results, summary, now));
}

function printWhereToLook(
  server: EmbeddedServer,
  spec: EntitySpec | undefined,
  demo: boolean,
  { io }: Context,
): void {
  if (spec === undefined) return;
  const query = `select id, payload from ${tableNameOf(spec)} limit 5`;
  io.out(`
Look at the tables:
  npx qbo status${demo ? " --demo" : ""}
  ${psqlLine(server)} -c '${query}'
PostgreSQL keeps running for this; \`npx qbo postgres stop\` stops it.
`);
}
