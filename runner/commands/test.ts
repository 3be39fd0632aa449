import { testEntity } from "../company/test-entity.ts";
import { RunnerError } from "../errors.ts";
import { checkProject } from "../project/check-project.ts";
import { formatTests, TEST_FORMATS, type TestResult } from "../report/format-tests.ts";
import type { Context } from "./context.ts";
import { withSession } from "./open-services.ts";
import { parseOpenRange, parseWhole, type Written } from "./run-options.ts";

export interface TestOptions {
  readonly args: readonly string[];
  readonly from: Written;
  readonly to: Written;
  readonly format: string;
  readonly demo: boolean;
  /** Counts alone instead of a list of all records. */
  readonly quick: boolean;
  /** The most API calls. */
  readonly maxCalls: Written;
}

/** RAW against the source, record by record; each row against itself; what is sealed, and how fresh it is. */
export async function test(options: TestOptions, context: Context): Promise<number> {
  const format = TEST_FORMATS.find((known) => known === options.format);
  if (format === undefined) {
    throw new RunnerError("USAGE", `--format ${options.format} is unknown`, {
      hint: `known are ${TEST_FORMATS.join(", ")}`,
    });
  }
  const range = parseOpenRange(options.from, options.to);
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: options.demo }, context);
  return withSession(
    context,
    {
      demo: options.demo,
      name: "qbo test",
      maxCalls: parseWhole("--max-calls", options.maxCalls),
    },
    async (session, services) => {
      const results: TestResult[] = [];
      for (const spec of specs) {
        const means = {
          session,
          statements,
          signal: context.signal,
          now: context.clock.now,
          range,
          quick: options.quick,
          realmId: services.quickbooks.realmId,
          environment: services.quickbooks.environment,
        };
        results.push(...(await testEntity(spec, means)));
      }
      context.io.out(formatTests(results, format, context.paint));
      return results.some(({ status }) => status === "fail" || status === "error") ? 1 : 0;
    },
  );
}
