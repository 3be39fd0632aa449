import { RunnerError } from "../errors.ts";
import { estimateCalls, estimateSnapshot } from "../plan/estimate.ts";
import type { Interval } from "../plan/interval.ts";
import { countSealed } from "../postgres/read-status.ts";
import type { Statements } from "../render/templates.ts";
import { windowsOf } from "../run/entity-job.ts";
import { Listing } from "../run/list-records.ts";
import { partsOf } from "../spec/resolve-spec.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { Session } from "./open-session.ts";

/** What reading one entity over a range would cost. */
export interface PlannedEntity {
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

export interface PlanMeans {
  readonly session: Session;
  readonly statements: Statements;
  readonly realmId: string;
  readonly signal: AbortSignal;
}

/** Estimates what reading an entity will cost, from one COUNT(*) for each of its queries. Writes nothing. */
export async function planEntity(
  spec: EntitySpec,
  range: Interval,
  pageSize: number,
  means: PlanMeans,
): Promise<PlannedEntity> {
  const { session, realmId } = means;
  const table = tableNameOf(spec);
  const sealed = await countSealed(session.pool, realmId, table, range);
  let rows: number | undefined = 0;
  let pages = 0;
  let calls = 0;
  for (const part of partsOf(spec)) {
    // An entity without paging has one record and cannot be counted.
    const found = spec.paging ? await countOf(part, range, means) : 1;
    const estimate =
      spec.cursor === null
        ? estimateSnapshot(found ?? 0, pageSize, spec.paging)
        : estimateCalls(found ?? 0, pageSize);
    rows = rows === undefined || found === undefined ? undefined : rows + found;
    pages += estimate.pages;
    calls += estimate.calls;
  }
  const windows = windowsOf(spec, range).length;
  return { name: spec.name, entity: spec.entity, table, windows, sealed, rows, pages, calls };
}

/** How many records one query returns. 0 if the company does not have the entity; undefined if the API does not count it. */
async function countOf(
  part: EntitySpec,
  range: Interval,
  { session, statements, signal }: PlanMeans,
): Promise<number | undefined> {
  try {
    return await new Listing(part, { source: session.openSource(), statements }).count(range, signal);
  } catch (error) {
    if (error instanceof RunnerError && error.code === "QBO_NOT_AVAILABLE") return 0;
    throw error;
  }
}
