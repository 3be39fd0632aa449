import { RunnerError } from "../errors.ts";
import { windowsOf } from "../run/run-entity.ts";
import { checkProject } from "./check-project.ts";
import type { Context } from "./context.ts";
import { executeRun } from "./execute-run.ts";
import { openServices } from "./open-services.ts";
import { parsePageSize, parseRange, parseStrategy, parseWhole, type Written } from "./run-options.ts";

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
}

/** More windows than this are a mistyped year, not a backfill. */
const MAX_WINDOWS = 200_000;
const DEFAULT_THREADS = 8;
const MAX_LANES = 4;

/** Extracts and loads. Everything that can be told from files, flags and environment fails before anything is
 * contacted; nothing is created before QuickBooks has answered. */
export async function run(options: RunOptions, context: Context): Promise<number> {
  const range = parseRange(options.from, options.to);
  const how = {
    pageSize: parsePageSize(options.pageSize),
    strategy: parseStrategy(options.strategy),
    threads: parseWhole("--threads", options.threads) ?? DEFAULT_THREADS,
    maxCalls: parseWhole("--max-calls", options.maxCalls),
  };
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: options.demo }, context);
  const windows = specs.reduce((sum, spec) => sum + windowsOf(spec, range).length, 0);
  if (windows > MAX_WINDOWS) {
    throw new RunnerError("USAGE", `the range makes ${windows} windows`, {
      hint: "narrow --from and --to, or set `window: month` in the specs",
    });
  }
  const services = await openServices(context, options.demo);
  try {
    const { demo, wait } = options;
    const job = { demo, wait, range, ...how, maxLanes: MAX_LANES, specs, statements, windows };
    return await executeRun(job, services, context);
  } finally {
    await services.close();
  }
}
