import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { readLastRequest, unreadable } from "../company/last-run.ts";
import { NO_COUNTS } from "../events.ts";
import { readVersion } from "../files/package-files.ts";
import { checkProject } from "../project/check-project.ts";
import type { RetryOptions } from "../verbs/retry.ts";
import { parsePageSize, parseStrategy } from "../verbs/shared-options.ts";
import type { Context } from "./context.ts";
import { openServices } from "./open-services.ts";
import { MAX_LANES, runAndReport } from "./run-and-report.ts";

/** Reads what the last run left unsealed, according to the ledger. This works after a crash and on any machine. */
export async function retry(options: RetryOptions, context: Context): Promise<number> {
  const { threads, maxCalls, metricsFile, wait, demo } = options;
  const services = await openServices(context, demo);
  try {
    const { runId, ranges, pageSize, strategy } = await readLastRequest(services, context);
    if (ranges.length === 0) return reportNothingLeft(runId, context);
    const args = ranges.map(({ name, spec }) => (existsSync(resolve(context.cwd, spec)) ? spec : name));
    const { specs, statements } = checkProject({ args, useBuiltIn: demo }, context);
    const wanted = specs.map((spec) => {
      const range = ranges.find(({ name }) => name === spec.name);
      if (range === undefined) throw unreadable(runId);
      return { spec, range: { from: range.from, to: range.to } };
    });
    return await runAndReport(
      services,
      {
        command: "retry",
        version: readVersion(),
        wanted,
        statements,
        onlyMissing: true,
        demo,
        wait,
        threads,
        maxCalls,
        maxLanes: MAX_LANES,
        failFast: false,
        pageSize: parsePageSize(pageSize === undefined ? undefined : String(pageSize)),
        strategy: parseStrategy(strategy),
      },
      { metricsFile },
      context,
    );
  } finally {
    await services.close();
  }
}

/** Reports that the last run had nothing to read, so that there is nothing to retry. */
function reportNothingLeft(runId: string, { log }: Context): number {
  log({
    type: "notice",
    level: "info",
    message: `Nothing is left to read, because the last run ${runId} had nothing to read`,
  });
  log({ type: "summary", status: "success", counts: NO_COUNTS, totals: null, failure: null });
  return 0;
}
