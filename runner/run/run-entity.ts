import { RunnerError } from "../errors.ts";
import type { EntityResult, Failure, Log } from "../events.ts";
import { gaps } from "../plan/coverage.ts";
import type { Interval } from "../plan/interval.ts";
import type { WindowRecord } from "../ports/landing.ts";
import { type EntityJob, windowsOf } from "./entity-job.ts";
import { Progress } from "./progress.ts";
import { type Mismatch, prove } from "./prove.ts";
import { sweepInLanes } from "./sweep-in-lanes.ts";
import type { SweepPorts } from "./sweep-ports.ts";
import { sweepWindows } from "./sweep-windows.ts";

/** Loads one entity and proves it. Failures become part of the result; other errors, which are bugs, are thrown. */
export async function runEntity(
  job: EntityJob,
  ports: SweepPorts,
  log: Log,
  signal: AbortSignal,
): Promise<EntityResult> {
  const startedAt = ports.monotonic();
  const progress = new Progress(job, log);
  const { landing } = ports;
  let failure: Failure | null = null;
  let held = 0;
  try {
    await landing.locked(job.spec, async () => {
      const state = await landing.verify(job.spec);
      held = state.rows;
      if (state.changed !== undefined && job.reliesOnSeals) throw tableChanged(state.changed);
      const isKnown = await landing.holds(job.spec, job.spans);
      const spans = job.resume ? await proveEarlier(job, ports, signal, progress) : job.spans;
      await read({ ...job, spans }, ports, signal, progress);
      await proveWindows(job, ports, signal, progress, progress.sealed());
      if (isKnown) await countVanished(job, ports, progress);
      await landing.tidy(job.spec);
      const { changed } = await landing.verify(job.spec);
      if (changed !== undefined) throw tableChanged(changed);
    });
    const failed = progress.failure();
    if (failed !== undefined) throw failed;
  } catch (error) {
    failure = failureOf(error, signal);
  }
  const durationMs = Math.round(ports.monotonic() - startedAt);
  return progress.finish(failure, { calls: ports.source.calls(), durationMs, held });
}

/** The failure of an entity whose table matched the ledger when the run was planned but no longer does. */
const tableChanged = (changed: string): RunnerError =>
  new RunnerError("TABLE_CHANGED", `${changed} while this run was loading it`, {
    hint: "something else writes to the table, so its seals no longer count; run the same command again to read everything again",
  });

/** Turns an error into a failure of the entity. Throws an error that is a bug. After a cancellation, every error counts as
 * the cancellation. */
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

/** Proves windows that an earlier run has read but not proven, by comparing what the table holds with the source. Returns the
 * spans that remain to be read. */
async function proveEarlier(
  job: EntityJob,
  ports: SweepPorts,
  signal: AbortSignal,
  progress: Progress,
): Promise<readonly Interval[]> {
  const { spec, spans } = job;
  if (spec.cursor === null) return spans;
  const recorded = await ports.landing.unproven(spec, spans);
  if (recorded.length === 0) return spans;
  const windows: WindowRecord[] = [];
  for (const group of adjacent(recorded)) {
    const held = await ports.landing.countByWindow(spec, group);
    windows.push(...group.map((window, at) => ({ ...window, rows: held[at] ?? 0 })));
  }
  await proveWindows(job, ports, signal, progress, windows);
  return spans.flatMap((span) => gaps(span, windows));
}

async function proveWindows(
  job: EntityJob,
  ports: SweepPorts,
  signal: AbortSignal,
  progress: Progress,
  sealed: readonly WindowRecord[],
): Promise<void> {
  const { spec, pageSize } = job;
  // A set without a cursor was already proven while it was read.
  if (spec.cursor === null) {
    const proven = sealed.map((window) => ({ ...window, sourceCount: window.rows }));
    return ports.landing.recordProof(spec, proven);
  }
  for (const windows of adjacent(sealed)) {
    const onMismatch = (mismatch: Mismatch): void => progress.tellMismatch(mismatch);
    let total: number | undefined;
    for await (const done of prove({ spec, windows, pageSize, onMismatch }, ports, signal)) {
      if (done.kind === "read-again") progress.take(done.page);
      else if (done.kind === "unproven") progress.doubt(done.window);
      else if (done.kind === "proven") await ports.landing.recordProof(spec, done.windows);
      else total ??= done.count;
    }
    if (total !== undefined) progress.counted(total);
  }
}

/** Counts the records that RAW holds in a sealed window but the source no longer has there, because they were deleted or
 * changed later: those that RAW holds beyond the number that was read. */
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

/** Divides windows into groups of adjacent ones. */
function adjacent(windows: readonly WindowRecord[]): WindowRecord[][] {
  const groups: WindowRecord[][] = [];
  for (const window of windows) {
    const last = groups.at(-1);
    if (last?.at(-1)?.to === window.from) last.push(window);
    else groups.push([window]);
  }
  return groups;
}
