import { RunnerError } from "../errors.ts";
import type { EntityResult, Failure, Log } from "../events.ts";
import { gaps } from "../plan/coverage.ts";
import type { Interval } from "../plan/interval.ts";
import { type EntityJob, windowsOf } from "./entity-job.ts";
import type { WindowRecord } from "./ports.ts";
import { Progress } from "./progress.ts";
import { type Mismatch, prove } from "./prove.ts";
import { sweepInLanes } from "./sweep-in-lanes.ts";
import { type SweepPorts, sweepWindows } from "./sweep-windows.ts";

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
