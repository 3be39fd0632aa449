import { checkNumber } from "../company/choose-work.ts";
import { readVersion } from "../files/package-files.ts";
import { checkProject } from "../project/check-project.ts";
import type { Context } from "./context.ts";
import { openServices } from "./open-services.ts";
import { runAndReport } from "./run-and-report.ts";
import { parseOpenRange, parsePageSize, parseStrategy, parseWhole, type Written } from "./run-options.ts";

export interface RunOptions {
  readonly args: readonly string[];
  readonly from: Written;
  readonly to: Written;
  readonly pageSize: Written;
  readonly demo: boolean;
  readonly strategy: Written;
  readonly threads: Written;
  readonly maxCalls: Written;
  readonly wait: boolean;
  /** Whether to leave out windows that are sealed. */
  readonly onlyMissing: boolean;
  readonly failFast: boolean;
  readonly metricsFile: Written;
}

const DEFAULT_THREADS = 8;
const MAX_LANES = 4;

/** Extracts and loads. Everything that can be told from files, flags and environment fails before anything is
 * contacted; nothing is created before QuickBooks has answered. */
export async function run(options: RunOptions, context: Context): Promise<number> {
  const range = parseOpenRange(options.from, options.to);
  const how = {
    pageSize: parsePageSize(options.pageSize),
    strategy: parseStrategy(options.strategy),
    threads: parseWhole("--threads", options.threads) ?? DEFAULT_THREADS,
    maxCalls: parseWhole("--max-calls", options.maxCalls),
    maxLanes: MAX_LANES,
    failFast: options.failFast,
  };
  const metricsFile = options.metricsFile === undefined ? undefined : String(options.metricsFile);
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: options.demo }, context);
  const wanted = specs.map((spec) => ({ spec, range }));
  if (range.from !== undefined && range.to !== undefined) {
    const spans = [{ from: range.from, to: range.to }];
    checkNumber(specs.map((spec) => ({ spec, spans, reliesOnSeals: false })));
  }
  const services = await openServices(context, options.demo);
  try {
    return await runAndReport(
      services,
      {
        ...how,
        command: "run",
        version: readVersion(),
        wanted,
        statements,
        onlyMissing: options.onlyMissing,
        demo: options.demo,
        // Two demos in one folder share their tables.
        wait: options.wait || options.demo,
      },
      { metricsFile },
      context,
    );
  } finally {
    await services.close();
  }
}
