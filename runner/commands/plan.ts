import { RunnerError } from "../errors.ts";
import { estimateCalls, estimateSnapshot, MONTHLY_ALLOWANCE, minutesFor } from "../plan/estimate.ts";
import { formatInstant, type Interval } from "../plan/interval.ts";
import { countSealed } from "../postgres/read-status.ts";
import type { Statements } from "../render/templates.ts";
import { formatTable } from "../report/format-table.ts";
import { windowsOf } from "../run/entity-job.ts";
import { Listing } from "../run/list-records.ts";
import { partsOf } from "../spec/resolve-spec.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { PlanOptions } from "../verbs/plan.ts";
import { checkProject } from "./check-project.ts";
import type { Context } from "./context.ts";
import { type Session, withSession } from "./open-session.ts";

/** Version of the form of `plan --output json`. */
const VERSION = 1;

interface PlannedEntity {
  readonly name: string;
  readonly entity: string;
  readonly table: string;
  readonly windows: number;
  readonly sealed: number;
  /** Undefined where the API does not count the entity. */
  readonly rows: number | undefined;
  readonly pages: number;
  readonly calls: number;
}

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
          context,
          realmId: services.quickbooks.realmId,
        }),
      );
    }
    const counts = specs.flatMap(partsOf).filter(({ paging }) => paging).length;
    tell(planned, { range, counts }, options.output, context);
    return 0;
  });
}

interface Means {
  readonly session: Session;
  readonly statements: Statements;
  readonly context: Context;
  readonly realmId: string;
}

async function planEntity(
  spec: EntitySpec,
  range: Interval,
  pageSize: number,
  means: Means,
): Promise<PlannedEntity> {
  const { session, realmId } = means;
  const table = tableNameOf(spec);
  const sealed = await countSealed(session.pool, realmId, table, range);
  const { name, entity, paging } = spec;
  let rows: number | undefined = 0;
  let [pages, calls] = [0, 0];
  for (const part of partsOf(spec)) {
    // An entity without paging has one record and cannot be counted.
    const found = paging ? await countOf(part, range, means) : 1;
    const estimate =
      spec.cursor === null
        ? estimateSnapshot(found ?? 0, pageSize, paging)
        : estimateCalls(found ?? 0, pageSize);
    rows = rows === undefined || found === undefined ? undefined : rows + found;
    pages += estimate.pages;
    calls += estimate.calls;
  }
  return { name, entity, table, windows: windowsOf(spec, range).length, sealed, rows, pages, calls };
}

/** The records at the source that one query returns; none where the company lacks the entity; undefined where the API does not
 * count it. */
async function countOf(
  part: EntitySpec,
  range: Interval,
  { session, statements, context: { signal } }: Means,
): Promise<number | undefined> {
  const alone = { ...part, also: [] };
  try {
    return await new Listing(alone, { source: session.openSource(), statements }).count(range, signal);
  } catch (error) {
    if (error instanceof RunnerError && error.code === "QBO_NOT_AVAILABLE") return 0;
    throw error;
  }
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
    ...[windows, sealed, rows ?? "not counted", calls].map(String),
  ]);
  io.out(formatTable(["spec", "table", "windows", "sealed", "rows", "calls"], rows));
  io.out(`
${total.rows} rows in about ${total.calls} API calls: ${minutes < 1 ? "less than a minute" : `${Math.ceil(minutes)} minutes`} at the documented limits,
${(share * 100).toFixed(share < 0.001 ? 4 : 2)} % of the ${MONTHLY_ALLOWANCE} reads a month that cost nothing. This plan took ${counts} ${counts === 1 ? "call" : "calls"}.
`);
}
