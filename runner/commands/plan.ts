import { type PlannedEntity, planEntity } from "../company/plan-entity.ts";
import { MONTHLY_ALLOWANCE, minutesFor } from "../plan/estimate.ts";
import { formatInstant, type Interval } from "../plan/interval.ts";
import { checkProject } from "../project/check-project.ts";
import { formatTable } from "../report/format-table.ts";
import { partsOf } from "../spec/resolve-spec.ts";
import type { PlanOptions } from "../verbs/plan.ts";
import type { Context } from "./context.ts";
import { withSession } from "./open-services.ts";

/** Version of the form of `plan --output json`. */
const VERSION = 1;

/** What a run over the range will cost, from one COUNT(*) an entity. Nothing is written but a renewed token. */
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
    tell(planned, { range, counts }, options.output, context);
    return 0;
  });
}

function tell(
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
    const [from, to] = [formatInstant(range.from), formatInstant(range.to)];
    io.out(
      `${JSON.stringify({ version: VERSION, from, to, entities: planned, total: { ...total, minutes, monthly_share: share } }, null, 2)}\n`,
    );
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
  io.out(`
${total.rows} rows in about ${total.calls} API calls: ${minutes < 1 ? "less than a minute" : `${Math.ceil(minutes)} minutes`} at the documented limits,
${(share * 100).toFixed(share < 0.001 ? 4 : 2)} % of the ${MONTHLY_ALLOWANCE} reads a month that cost nothing. This plan took ${counts} ${counts === 1 ? "call" : "calls"}.
`);
}
