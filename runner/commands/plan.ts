import { type PlannedEntity, planEntity } from "../company/plan-entity.ts";
import { MONTHLY_ALLOWANCE, minutesFor } from "../plan/estimate.ts";
import { formatInstant, type Interval } from "../plan/interval.ts";
import { checkProject } from "../project/check-project.ts";
import { formatTable } from "../report/format-table.ts";
import { partsOf } from "../spec/resolve-spec.ts";
import type { PlanOptions } from "../verbs/plan.ts";
import type { Context } from "./context.ts";
import { withSession } from "./open-services.ts";

/** Version of the format of `plan --output json`. */
const VERSION = 1;

/** Estimates what a run over the range will cost, from one COUNT(*) for each query. Writes nothing except a renewed token. */
export async function plan(options: PlanOptions, context: Context): Promise<number> {
  const { range, pageSize } = options;
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: options.demo }, context);
  return withSession(context, { demo: options.demo, name: "qbo plan" }, async (session, services) => {
    const planned: PlannedEntity[] = [];
    for (const spec of specs) {
      planned.push(
        await planEntity(spec, range, pageSize ?? spec.pageSize, {
          session,
          statements,
          realmId: services.quickbooks.realmId,
          signal: context.signal,
        }),
      );
    }
    const counts = specs.flatMap(partsOf).filter(({ paging }) => paging).length;
    printPlan(planned, { range, counts }, options.output, context);
    return 0;
  });
}

function printPlan(
  planned: readonly PlannedEntity[],
  { range, counts }: { readonly range: Interval; readonly counts: number },
  output: string,
  { io }: Context,
): void {
  const sum = (pick: (entity: PlannedEntity) => number): number =>
    planned.reduce((total, entity) => total + pick(entity), 0);
  const total = {
    windows: sum(({ windows }) => windows),
    rows: sum(({ rows }) => rows ?? 0),
    calls: sum(({ calls }) => calls),
  };
  const minutes = minutesFor(total.calls);
  const share = total.calls / MONTHLY_ALLOWANCE;
  if (output === "json") {
    const document = {
      version: VERSION,
      from: formatInstant(range.from),
      to: formatInstant(range.to),
      entities: planned,
      total: { ...total, minutes, monthly_share: share },
    };
    io.out(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  const rows = planned.map(({ name, table, windows, sealed, rows, calls }) => [
    name,
    table,
    String(windows),
    String(sealed),
    String(rows ?? "not counted"),
    String(calls),
  ]);
  io.out(formatTable(["spec", "table", "windows", "sealed", "rows", "calls"], rows));
  const time = minutes < 1 ? "less than a minute" : `${Math.ceil(minutes)} minutes`;
  const percent = (share * 100).toFixed(share < 0.001 ? 4 : 2);
  io.out(`
${total.rows} rows in about ${total.calls} API calls: ${time} at the documented limits,
${percent} % of the ${MONTHLY_ALLOWANCE} free reads per month. This plan took ${counts} ${counts === 1 ? "call" : "calls"}.
`);
}
