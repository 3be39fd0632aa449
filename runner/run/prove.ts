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

export type ProofDone =
  | { readonly kind: "counted"; readonly count: number }
  | { readonly kind: "read-again"; readonly page: PageDone }
  | { readonly kind: "unproven"; readonly window: WindowRecord };

/** Counts at the source what was read. Where the numbers differ, halves the span by counts down to the windows at
 * fault and reads those again: edits during a run move records out of a window, and that is no loss; a window that
 * cannot be brought to agree loses its seal. Yields the total, every page that was read again and what stays unproven. */
export async function* prove(
  job: ProofJob,
  ports: SweepPorts,
  signal: AbortSignal,
): AsyncGenerator<ProofDone> {
  const first = job.windows[0];
  const last = job.windows.at(-1);
  if (first === undefined || last === undefined) return;
  const count = await countIn(job, ports, { from: first.from, to: last.to }, signal);
  yield { kind: "counted", count };
  if (count !== rowsIn(job.windows)) yield* narrow(job, ports, signal, count);
}

async function* narrow(
  job: ProofJob,
  ports: SweepPorts,
  signal: AbortSignal,
  count: number,
): AsyncGenerator<ProofDone> {
  const [window] = job.windows;
  if (window === undefined) return;
  if (job.windows.length === 1) {
    yield* readAgain(job, ports, signal, window, count);
    return;
  }
  const middle = job.windows.length >> 1;
  for (const half of [job.windows.slice(0, middle), job.windows.slice(middle)]) {
    yield* prove({ ...job, windows: half }, ports, signal);
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
    count = await countIn(job, ports, interval, signal);
    if (count === rows) return;
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
  interval: Interval,
  signal: AbortSignal,
): Promise<number> {
  return ports.source.count(ports.statements.count(spec, interval), signal);
}

const rowsIn = (windows: readonly WindowRecord[]): number => windows.reduce((sum, { rows }) => sum + rows, 0);
