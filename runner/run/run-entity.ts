import { RunnerError } from "../errors.ts";
import type { EntityResult, EntityStatus, Failure, Log, Metrics, WindowResult } from "../events.ts";
import { gaps } from "../plan/coverage.ts";
import { formatInstant, type Interval } from "../plan/interval.ts";
import { cutWindows } from "../plan/windows.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { WindowRecord } from "./ports.ts";
import { type Mismatch, proofFailure, prove } from "./prove.ts";
import { sweepInLanes } from "./sweep-in-lanes.ts";
import { type PageDone, type SweepPorts, sweepWindows } from "./sweep-windows.ts";

/** How the windows of an entity are read: `sweep` with as few pages as possible, `windowed` one query (or more) each. */
export type Strategy = "sweep" | "windowed";

export interface EntityJob {
  readonly spec: EntitySpec;
  /** What to read, in order and without overlap: a whole range, or what is missing of it. */
  readonly spans: readonly Interval[];
  readonly pageSize: number;
  readonly strategy: Strategy;
  readonly maxLanes: number;
  /** Whether what earlier runs have read counts, so that only its proof is wanting. */
  readonly resume: boolean;
  readonly index: number;
  readonly total: number;
}

/** The windows of a span; an entity that is read whole has the span as its only window. */
export function windowsOf(spec: EntitySpec, span: Interval): Interval[] {
  return spec.cursor === null ? [span] : cutWindows(span, spec.window);
}

/** Loads one entity and proves it. Failures become part of the result; a bug is thrown. */
export async function runEntity(
  job: EntityJob,
  ports: SweepPorts,
  log: Log,
  signal: AbortSignal,
): Promise<EntityResult> {
  const startedAt = ports.now();
  const progress = new Progress(job, log);
  let failure: Failure | null = null;
  try {
    await ports.landing.locked(job.spec, async () => {
      const isKnown = await ports.landing.holds(job.spec, job.spans);
      const spans = job.resume ? await proveEarlier(job, ports, signal, progress) : job.spans;
      await read({ ...job, spans }, ports, signal, progress);
      await proveWindows(job, ports, signal, progress, progress.sealed());
      if (isKnown) await countVanished(job, ports, progress);
      await ports.landing.tidy(job.spec);
    });
    const failed = progress.failure();
    if (failed !== undefined) throw failed;
  } catch (error) {
    failure = failureOf(error, signal);
  }
  return progress.finish(failure, { calls: ports.source.calls(), durationMs: ports.now() - startedAt });
}

/** A bug is thrown; what a cancelled entity has done still counts. */
function failureOf(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted) return { code: "CANCELLED", message: "cancelled", hint: null };
  if (!(error instanceof RunnerError)) throw error;
  return { code: error.code, message: error.message, hint: error.hint ?? null };
}

async function read(
  job: EntityJob,
  ports: SweepPorts,
  signal: AbortSignal,
  progress: Progress,
): Promise<void> {
  const { spec, spans, pageSize, strategy, maxLanes } = job;
  for (const span of spans) {
    const windows = windowsOf(spec, span);
    if (strategy === "sweep") {
      await sweepInLanes({ spec, windows, pageSize, maxLanes }, ports, signal, (page) => progress.take(page));
      continue;
    }
    for (const window of windows) {
      for await (const page of sweepWindows({ spec, windows: [window], pageSize }, ports, signal))
        progress.take(page);
    }
  }
}

/** An earlier run may have read windows without reaching their proof: they are proven now, and what is left is to be read. */
async function proveEarlier(
  job: EntityJob,
  ports: SweepPorts,
  signal: AbortSignal,
  progress: Progress,
): Promise<readonly Interval[]> {
  const windows = await ports.landing.unproven(job.spec, job.spans);
  if (windows.length === 0 || job.spec.cursor === null) return job.spans;
  await proveWindows(job, ports, signal, progress, windows);
  return job.spans.flatMap((span) => gaps(span, windows));
}

async function proveWindows(
  job: EntityJob,
  ports: SweepPorts,
  signal: AbortSignal,
  progress: Progress,
  sealed: readonly WindowRecord[],
): Promise<void> {
  const { spec, pageSize } = job;
  // A set that was read by position was counted while it was read.
  if (spec.cursor === null) return ports.landing.prove(spec, sealed);
  for (const windows of adjacent(sealed)) {
    const onMismatch = (mismatch: Mismatch): void => progress.tellMismatch(mismatch);
    let total: number | undefined;
    for await (const done of prove({ spec, windows, pageSize, onMismatch }, ports, signal)) {
      if (done.kind === "read-again") progress.take(done.page);
      else if (done.kind === "unproven") progress.doubt(done.window);
      else if (done.kind === "proven") await ports.landing.prove(spec, done.windows);
      else total ??= done.count;
    }
    progress.counted(total ?? 0);
  }
}

/** What RAW holds of a sealed window beyond what was read has gone from it at the source: deleted, or changed later. */
async function countVanished(
  { spec }: EntityJob,
  { landing }: SweepPorts,
  progress: Progress,
): Promise<void> {
  if (spec.cursor === null) return;
  for (const windows of adjacent(progress.sealed())) {
    const stored = await landing.countByWindow(spec, windows);
    for (const [index, window] of windows.entries())
      progress.vanished(window, Math.max(0, (stored[index] ?? 0) - window.rows));
  }
}

/** Runs of windows without a gap. */
function adjacent(windows: readonly WindowRecord[]): WindowRecord[][] {
  const runs: WindowRecord[][] = [];
  for (const window of windows) {
    const last = runs.at(-1);
    if (last?.at(-1)?.to === window.from) last.push(window);
    else runs.push([window]);
  }
  return runs;
}

/** What is known of an entity while it runs, told as it becomes known. */
class Progress {
  readonly #job: EntityJob;
  readonly #log: Log;
  readonly #position: { index: number; total: number; name: string; entity: string; table: string };
  /** By start of the window; a window that was read again counts as it was read last. */
  readonly #closed = new Map<number, WindowRecord>();
  readonly #skipped = new Set<string>();
  readonly #vanished = new Map<number, number>();
  readonly #escaped = new Set<string>();
  readonly #unproven: WindowRecord[] = [];
  #totals = { pages: 0, rows: 0, inserted: 0, updated: 0, unchanged: 0, stale: 0 };
  #pages = 0;
  #sourceCount: number | null = null;

  constructor(job: EntityJob, log: Log) {
    const { spec, spans, index, total } = job;
    this.#job = job;
    this.#log = log;
    this.#position = {
      index,
      total,
      name: spec.name,
      entity: spec.entity,
      table: `${spec.table.schema}.${spec.table.name}`,
    };
    log({
      type: "entity_started",
      ...this.#position,
      windows: spans.flatMap((span) => windowsOf(spec, span)).length,
    });
  }

  take(page: PageDone): void {
    const metrics = metricsOf(page);
    for (const key of ["pages", "rows", "inserted", "updated", "unchanged", "stale"] as const)
      this.#totals[key] += metrics[key];
    if (page.read > 0) this.#tellPage(page, metrics);
    if (page.skipped !== undefined) {
      this.#skipped.add(page.skipped);
      this.#log({ type: "notice", level: "warn", message: page.skipped });
    }
    for (const id of page.escaped) this.#tellEscaped(id);
    for (const window of page.closed) this.#close(window);
  }

  #tellPage({ read, completeTo }: PageDone, metrics: Metrics): void {
    const through = formatInstant(completeTo);
    this.#log({ type: "page_loaded", ...this.#position, ...metrics, page: ++this.#pages, read, through });
  }

  #tellEscaped(id: string): void {
    if (this.#escaped.has(id)) return;
    this.#escaped.add(id);
    const message = `${this.#job.spec.entity} ${id} holds characters that PostgreSQL cannot store: they are kept as text, such as \\u0000`;
    this.#log({ type: "notice", level: "warn", message });
  }

  /** A window whose count at the source differs after all. */
  doubt(window: WindowRecord): void {
    this.#unproven.push(window);
    this.#close(window);
  }

  vanished(window: WindowRecord, count: number): void {
    if (count === 0) return;
    this.#vanished.set(window.from, count);
    const [from, to] = [formatInstant(window.from), formatInstant(window.to)];
    const what = `${count} ${count === 1 ? "record" : "records"} of ${this.#job.spec.entity}`;
    const message = `${what} vanished from the window ${from} to ${to}: deleted at the source, or changed later`;
    this.#log({ type: "notice", level: "warn", message });
  }

  counted(count: number): void {
    this.#sourceCount = (this.#sourceCount ?? 0) + count;
  }

  tellMismatch({ window, rows, sourceCount }: Mismatch): void {
    const place = { window_start_utc: formatInstant(window.from), window_end_utc: formatInstant(window.to) };
    this.#log({
      type: "proof_mismatch",
      entity: this.#job.spec.entity,
      ...place,
      rows,
      source_count: sourceCount,
    });
  }

  sealed(): WindowRecord[] {
    return this.#records().filter(({ status }) => status === "sealed");
  }

  failure(): RunnerError | undefined {
    const [first] = this.#skipped;
    if (first === undefined) return proofFailure(this.#job.spec, this.#unproven);
    const more = this.#skipped.size > 1 ? ` (and ${this.#skipped.size - 1} more)` : "";
    return new RunnerError("QBO_POISON_RECORD", `${first}${more}`, {
      hint: "all other records are in; mend this one in QuickBooks, then run the same range again",
    });
  }

  finish(
    failure: Failure | null,
    { calls, durationMs }: { calls: number; durationMs: number },
  ): EntityResult {
    const { spec } = this.#job;
    const records = this.#records();
    const landed = records.some(({ status }) => status !== "failed");
    const result: Omit<EntityResult, "windows"> = {
      ...{ name: spec.name, file: spec.file, entity: spec.entity, table: this.#position.table },
      ...{
        ...this.#totals,
        duration_ms: durationMs,
        calls,
        source_count: this.#sourceCount,
        escaped: this.#escaped.size,
        vanished: [...this.#vanished.values()].reduce((sum, count) => sum + count, 0),
        failure,
      },
      status: statusOf(failure, landed),
    };
    const open = records.filter(({ status }) => status === "open").length;
    this.#log({ type: "entity_finished", ...this.#position, result, open_windows: open });
    return {
      ...result,
      windows: records.map((record) => ({
        ...windowResult(record),
        vanished: this.#vanished.get(record.from) ?? 0,
      })),
    };
  }

  #close(window: WindowRecord): void {
    this.#closed.set(window.from, window);
    this.#log({ type: "window_closed", ...this.#position, ...windowResult(window) });
  }

  /** In order of time: lanes close theirs side by side. */
  #records(): WindowRecord[] {
    return [...this.#closed.values()].toSorted((a, b) => a.from - b.from);
  }
}

function statusOf(failure: Failure | null, landed: boolean): EntityStatus {
  if (failure === null) return "success";
  if (landed) return "partial success";
  return failure.code === "QBO_NOT_AVAILABLE" ? "not available" : "error";
}

function metricsOf({ rows, inserted, updated, unchanged, stale, durationMs }: PageDone): Metrics {
  return { pages: rows > 0 ? 1 : 0, rows, inserted, updated, unchanged, stale, duration_ms: durationMs };
}

function windowResult(window: WindowRecord): WindowResult {
  const { from, to, status, pages, rows, inserted, updated, unchanged, stale, durationMs, error } = window;
  return {
    ...{ window_start_utc: formatInstant(from), window_end_utc: formatInstant(to), status },
    ...{ pages, rows, inserted, updated, unchanged, stale, duration_ms: durationMs, error },
    vanished: 0,
  };
}
