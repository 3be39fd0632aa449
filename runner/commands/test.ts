import { testEntity } from "../company/test-entity.ts";
import type { TestResult } from "../events.ts";
import { checkProject } from "../project/check-project.ts";
import { formatTests } from "../report/format-tests.ts";
import type { TestOptions } from "../verbs/test.ts";
import type { Context } from "./context.ts";
import { withSession } from "./open-services.ts";

/** Compares RAW with the source record by record, checks each row against its own payload, and tests what is sealed and how
 * fresh it is. */
export async function test(options: TestOptions, context: Context): Promise<number> {
  const { range, format } = options;
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: options.demo }, context);
  return withSession(
    context,
    {
      demo: options.demo,
      name: "qbo test",
      maxCalls: options.maxCalls,
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
