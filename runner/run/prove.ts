import { RunnerError } from "../errors.ts";
import { formatInstant, type Interval } from "../plan/interval.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { WindowRecord } from "./ports.ts";
import { type PageDone, type SweepPorts, sweepWindows } from "./sweep-windows.ts";

export interface Mismatch {
  readonly window: Interval;
  readonly rows: number;
  readonly sourceCount: number;
}

export interface ProofJob {
  readonly spec: EntitySpec;
  /** Adjacent sealed windows in order, with the records that were read in each. */
  readonly windows: readonly WindowRecord[];
  readonly pageSize: number;
  readonly onMismatch: (mismatch: Mismatch) => void;
}

/** How often a window is read again because its count differs. */
const MAX_READS = 3;

/** Windows that one proof reads again at the most: where more differ, it is the counts that are wrong. */
const MAX_WINDOWS = 20;

export type ProofDone =
  | { readonly kind: "counted"; readonly count: number }
  | { readonly kind: "proven"; readonly windows: readonly WindowRecord[] }
  | { readonly kind: "read-again"; readonly page: PageDone }
  | { readonly kind: "unproven"; readonly window: WindowRecord };

/** Counts at the source what was read. Where the numbers differ, halves the span by counts down to the windows at
 * fault and reads those again: edits during a run move records out of a window, and that is no loss; a window that
 * cannot be brought to agree loses its seal. Yields the total, what is proven, every page that was read again and what
 * stays unproven. */
export async function* prove(
  job: ProofJob,
  ports: SweepPorts,
  signal: AbortSignal,
): AsyncGenerator<ProofDone> {
  const count = await countIn(job, ports, job.windows, signal);
  yield { kind: "counted", count };
  yield* settle({ ...job, left: { windows: MAX_WINDOWS } }, ports, signal, count);
}

interface SettleJob extends ProofJob {
  /** Windows that may still be read again. */
  readonly left: { windows: number };
}

async function* settle(
  job: SettleJob,
  ports: SweepPorts,
  signal: AbortSignal,
  count: number,
): AsyncGenerator<ProofDone> {
  const { windows, left } = job;
  const [window] = windows;
  if (window === undefined) return;
  if (count === rowsIn(windows)) {
    yield { kind: "proven", windows };
  } else if (left.windows <= 0) {
    const error = `${rowsIn(windows)} records read, ${count} counted at the source between ${formatInstant(window.from)} and ${formatInstant(windows.at(-1)?.to ?? window.to)}`;
    await ports.landing.unseal(job.spec, windows, error);
    for (const each of windows) yield { kind: "unproven", window: { ...each, status: "failed", error } };
  } else if (windows.length === 1) {
    left.windows--;
    yield* readAgain(job, ports, signal, window, count);
  } else {
    const middle = windows.length >> 1;
    const [earlier, later] = [windows.slice(0, middle), windows.slice(middle)];
    const countBefore = await countIn(job, ports, earlier, signal);
    yield* settle({ ...job, windows: earlier }, ports, signal, countBefore);
    // What is not before is after: one count tells both.
    yield* settle({ ...job, windows: later }, ports, signal, count - countBefore);
  }
}

async function* readAgain(
  job: ProofJob,
  ports: SweepPorts,
  signal: AbortSignal,
  window: WindowRecord,
  firstCount: number,
): AsyncGenerator<ProofDone> {
  const { spec, pageSize } = job;
  const interval = { from: window.from, to: window.to };
  let { rows } = window;
  let count = firstCount;
  for (let reads = 0; reads < MAX_READS; reads++) {
    job.onMismatch({ window: interval, rows, sourceCount: count });
    await ports.landing.unseal(spec, [interval], `${rows} records read, ${count} counted at the source`);
    rows = 0;
    for await (const page of sweepWindows({ spec, windows: [interval], pageSize }, ports, signal)) {
      rows = page.closed.at(-1)?.rows ?? rows;
      yield { kind: "read-again", page };
    }
    count = await countIn(job, ports, [window], signal);
    if (count !== rows) continue;
    yield { kind: "proven", windows: [{ ...window, rows }] };
    return;
  }
  const error = `${rows} records read, ${count} counted at the source, ${MAX_READS + 1} times`;
  await ports.landing.unseal(spec, [interval], error);
  yield { kind: "unproven", window: { ...window, rows, status: "failed", error } };
}

/** The failure of an entity with windows that stay unproven. */
export function proofFailure(spec: EntitySpec, unproven: readonly WindowRecord[]): RunnerError | undefined {
  const [first] = unproven;
  if (first === undefined) return undefined;
  const place = `${formatInstant(first.from)} to ${formatInstant(first.to)}`;
  const more = unproven.length > 1 ? ` (and ${unproven.length - 1} more)` : "";
  return new RunnerError("PROOF_FAILED", `${spec.entity} from ${place}${more}: ${first.error}`, {
    hint: "run the same range again when the company is quiet; a smaller page size helps where the API cuts pages short",
  });
}

function countIn(
  { spec }: ProofJob,
  ports: SweepPorts,
  windows: readonly WindowRecord[],
  signal: AbortSignal,
): Promise<number> {
  const interval = { from: windows[0]?.from ?? 0, to: windows.at(-1)?.to ?? 0 };
  return ports.source.count(ports.statements.count(spec, interval), signal);
}

const rowsIn = (windows: readonly WindowRecord[]): number => windows.reduce((sum, { rows }) => sum + rows, 0);
