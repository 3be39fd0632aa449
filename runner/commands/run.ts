import type { RunOptions } from "../verbs/run.ts";
import { checkProject } from "./check-project.ts";
import { type ChooseContext, checkNumber, chooseWork } from "./choose-work.ts";
import type { Context } from "./context.ts";
import { executeRun } from "./execute-run.ts";
import { openServices } from "./open-services.ts";

const MAX_LANES = 4;

/** Extracts and loads. Everything that can be told from files, flags and environment fails before anything is
 * contacted; nothing is created before QuickBooks has answered. */
export async function run(options: RunOptions, context: Context): Promise<number> {
  const { range, pageSize, strategy, threads, maxCalls, failFast, metricsFile } = options;
  const how = { pageSize, strategy, threads, maxCalls, maxLanes: MAX_LANES, failFast, metricsFile };
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: options.demo }, context);
  const { demo, onlyMissing } = options;
  // Two demos in one folder share their tables.
  const wait = options.wait || demo;
  if (range.from !== undefined && range.to !== undefined) {
    const spans = [{ from: range.from, to: range.to }];
    checkNumber(specs.map((spec) => ({ spec, spans, reliesOnSeals: false })));
  }
  const services = await openServices(context, demo);
  try {
    const choose = (session: ChooseContext) =>
      chooseWork(specs, { range, onlyMissing, restore: range.from === undefined }, session);
    return await executeRun(
      {
        command: "run",
        resume: onlyMissing || range.from === undefined,
        specs,
        demo,
        wait,
        ...how,
        statements,
        choose,
      },
      services,
      context,
    );
  } finally {
    await services.close();
  }
}
