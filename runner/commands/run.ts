import { checkNumber } from "../company/choose-work.ts";
import { readVersion } from "../files/package-files.ts";
import { checkProject } from "../project/check-project.ts";
import type { RunOptions } from "../verbs/run.ts";
import type { Context } from "./context.ts";
import { openServices } from "./open-services.ts";
import { MAX_LANES, runAndReport } from "./run-and-report.ts";

/** Extracts and loads. Mistakes in files, options and settings are reported before anything is contacted. Nothing is created
 * before QuickBooks has answered. */
export async function run(options: RunOptions, context: Context): Promise<number> {
  const { range, pageSize, strategy, threads, maxCalls, onlyMissing, failFast, metricsFile, demo } = options;
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: demo }, context);
  const wanted = specs.map((spec) => ({ spec, range }));
  if (range.from !== undefined && range.to !== undefined) {
    const spans = [{ from: range.from, to: range.to }];
    checkNumber(specs.map((spec) => ({ spec, spans, reliesOnSeals: false })));
  }
  const services = await openServices(context, demo);
  try {
    return await runAndReport(
      services,
      {
        command: "run",
        version: readVersion(),
        wanted,
        statements,
        pageSize,
        strategy,
        threads,
        maxCalls,
        maxLanes: MAX_LANES,
        onlyMissing,
        failFast,
        demo,
        // Two demos in one folder share their tables, so the second waits for the first.
        wait: options.wait || demo,
      },
      { metricsFile },
      context,
    );
  } finally {
    await services.close();
  }
}
