import { RunnerError } from "../errors.ts";
import type { EntityResult, Failure, Log, Metrics, WindowResult } from "../events.ts";
import { formatInstant, type Interval } from "../plan/interval.ts";
import { cutWindows } from "../plan/windows.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { WindowRecord } from "./ports.ts";
import { proofFailure, prove } from "./prove.ts";
import { type PageDone, type SweepPorts, sweepWindows } from "./sweep-windows.ts";

export interface EntityJob {
  readonly spec: EntitySpec;
  readonly range: Interval;
  readonly pageSize: number;
  readonly index: number;
  readonly total: number;
}

/** The windows of an entity; one that is read whole has the range as its only window. */
export function windowsOf(spec: EntitySpec, range: Interval): Interval[] {
  return spec.cursor === null ? [range] : cutWindows(range, spec.window);
}

/** Loads one entity and proves it. Failures become part of the result; an abort and a bug are thrown. */
export async function runEntity(
  job: EntityJob,
  ports: SweepPorts,
  log: Log,
  signal: AbortSignal,
): Promise<EntityResult> {
  const { spec, range, pageSize, index, total } = job;
  const position = {
    index,
    total,
    name: spec.name,
    entity: spec.entity,
    table: `${spec.table.schema}.${spec.table.name}`,
  };
  const windows = windowsOf(spec, range);
  const closed = new Map<number, WindowRecord>();
  const callsBefore = ports.source.calls();
  const startedAt = ports.now();
  const sums = new Sums();
  const unproven: WindowRecord[] = [];
  let sourceCount: number | null = null;
  const take = (page: PageDone): void => {
    sums.add(page);
    log({
      type: "page_loaded",
      ...position,
      ...metricsOf(page),
      page: page.page,
      read: page.read,
      through: formatInstant(page.completeTo),
    });
    for (const window of page.closed) {
      closed.set(window.from, window);
      log({ type: "window_closed", ...position, ...windowResult(window) });
    }
  };
  log({ type: "entity_started", ...position, windows: windows.length });
  let failure: Failure | null = null;
  try {
    await ports.landing.locked(spec, async () => {
      for await (const page of sweepWindows({ spec, windows, pageSize }, ports, signal)) take(page);
      if (spec.cursor === null) return;
      const sealed = [...closed.values()].filter(({ status }) => status === "sealed");
      const onMismatch = ({
        window,
        rows,
        sourceCount,
      }: {
        window: Interval;
        rows: number;
        sourceCount: number;
      }): void =>
        log({
          type: "proof_mismatch",
          entity: spec.entity,
          window_start_utc: formatInstant(window.from),
          window_end_utc: formatInstant(window.to),
          rows,
          source_count: sourceCount,
        });
      for await (const done of prove({ spec, windows: sealed, pageSize, onMismatch }, ports, signal)) {
        if (done.kind === "read-again") take(done.page);
        else if (done.kind === "counted") sourceCount ??= done.count;
        else {
          unproven.push(done.window);
          closed.set(done.window.from, done.window);
          log({ type: "window_closed", ...position, ...windowResult(done.window) });
        }
      }
      const failed = proofFailure(spec, unproven);
      if (failed !== undefined) throw failed;
    });
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    failure = { code: error.code, message: error.message, hint: error.hint ?? null };
  }
  const records = [...closed.values()];
  const result: EntityResult = {
    ...{ name: spec.name, file: spec.file, entity: spec.entity, table: position.table },
    ...{ ...sums.totals, duration_ms: ports.now() - startedAt },
    status:
      failure === null
        ? "success"
        : records.some(({ status }) => status === "sealed")
          ? "partial success"
          : "error",
    calls: ports.source.calls() - callsBefore,
    source_count: sourceCount,
    windows: records.map(windowResult),
    failure,
  };
  const { windows: _, ...withoutWindows } = result;
  const openWindows = records.filter(({ status }) => status === "open").length;
  log({ type: "entity_finished", ...position, result: withoutWindows, open_windows: openWindows });
  return result;
}

class Sums {
  totals = { pages: 0, rows: 0, inserted: 0, updated: 0, unchanged: 0, stale: 0 };

  add({ rows, inserted, updated, unchanged, stale }: PageDone): void {
    const { totals } = this;
    this.totals = {
      pages: totals.pages + (rows > 0 ? 1 : 0),
      rows: totals.rows + rows,
      inserted: totals.inserted + inserted,
      updated: totals.updated + updated,
      unchanged: totals.unchanged + unchanged,
      stale: totals.stale + stale,
    };
  }
}

function metricsOf({ rows, inserted, updated, unchanged, stale, durationMs }: PageDone): Metrics {
  return { pages: rows > 0 ? 1 : 0, rows, inserted, updated, unchanged, stale, duration_ms: durationMs };
}

function windowResult(window: WindowRecord): WindowResult {
  const { from, to, status, pages, rows, inserted, updated, unchanged, stale, durationMs, error } = window;
  return {
    ...{ window_start_utc: formatInstant(from), window_end_utc: formatInstant(to), status },
    ...{ pages, rows, inserted, updated, unchanged, stale, duration_ms: durationMs, error },
  };
}
