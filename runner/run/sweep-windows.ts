import { RunnerError } from "../errors.ts";
import type { Interval } from "../plan/interval.ts";
import {
  type Ask,
  nextAsk,
  type Step,
  type Sweep,
  SweepError,
  startSweep,
  takeCount,
  takePage,
} from "../plan/sweep.ts";
import type { Statements } from "../render/templates.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { Clock, Landed, Landing, PageLoad, Source, SourcePage, WindowRecord } from "./ports.ts";
import { readRows } from "./read-rows.ts";
import { Tallies } from "./tallies.ts";

export interface SweepPorts {
  readonly source: Source;
  readonly landing: Landing;
  readonly statements: Statements;
  readonly now: Clock;
  /** What every row's lineage says of its request beside the statement: no secret. */
  readonly request: Readonly<Record<string, unknown>>;
}

/** What one page did, told once it is committed. */
export interface PageDone {
  readonly page: number;
  /** Records in the answer, those read before included. */
  readonly read: number;
  readonly rows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly stale: number;
  readonly durationMs: number;
  readonly completeTo: number;
  readonly closed: readonly WindowRecord[];
}

export interface SweepJob {
  readonly spec: EntitySpec;
  readonly windows: readonly Interval[];
  readonly pageSize: number;
}

/** A write may become visible to queries late; how late is unknown (QuickBooks API facts, 8.3). */
export const SAFE_DISTANCE_MS = 5 * 60_000;

/** Reads adjacent windows with as few pages as possible and loads page by page. Yields after each commit; throws
 * after marking the window in hand as failed. */
export async function* sweepWindows(
  job: SweepJob,
  ports: SweepPorts,
  signal: AbortSignal,
): AsyncGenerator<PageDone> {
  const { spec, windows, pageSize } = job;
  const range = { from: windows[0]?.from ?? 0, to: windows.at(-1)?.to ?? 0 };
  const tallies = new Tallies(windows);
  let sweep = startSweep(range, pageSize, spec.cursor !== null);
  let page = 0;
  try {
    for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
      signal.throwIfAborted();
      const askedAt = ports.now();
      const read =
        ask.kind === "page"
          ? await readPage(job, ports, sweep, ask, signal)
          : await readCount(job, ports, sweep, ask, signal);
      tallies.read(read.step.completeTo, askedAt - SAFE_DISTANCE_MS);
      if (read.answer !== undefined) page++;
      const done = await land({ job, ports, tallies, askedAt, page }, read);
      sweep = read.step.sweep;
      if (read.answer !== undefined || done.closed.length > 0) yield done;
    }
  } catch (error) {
    const failure = error instanceof SweepError ? unexpected(spec, error) : error;
    if (failure instanceof RunnerError)
      await ports.landing.mark(spec, tallies.failed(failure.message)).catch(() => undefined);
    throw failure;
  }
}

interface Read {
  readonly step: Step;
  /** Undefined for a count. */
  readonly answer: { readonly page: SourcePage; readonly statement: string } | undefined;
}

type AskPage = Ask & { readonly kind: "page" };
type AskCount = Ask & { readonly kind: "count" };

async function readPage(
  { spec }: SweepJob,
  ports: SweepPorts,
  sweep: Sweep,
  ask: AskPage,
  signal: AbortSignal,
): Promise<Read> {
  const statement = ports.statements.page(spec, ask);
  const page = await ports.source.page(statement, spec.answerKey, signal);
  return { step: takePage(sweep, readRows(spec, page.records)), answer: { page, statement } };
}

async function readCount(
  { spec }: SweepJob,
  ports: SweepPorts,
  sweep: Sweep,
  ask: AskCount,
  signal: AbortSignal,
): Promise<Read> {
  const count = await ports.source.count(ports.statements.count(spec, ask.interval), signal);
  return { step: takeCount(sweep, count), answer: undefined };
}

interface LandContext {
  readonly job: SweepJob;
  readonly ports: SweepPorts;
  readonly tallies: Tallies;
  readonly askedAt: number;
  readonly page: number;
}

/** Commits what was read: the fresh records and the windows that are complete with them. */
async function land(
  { job, ports, tallies, askedAt, page }: LandContext,
  { step, answer }: Read,
): Promise<PageDone> {
  const { spec, pageSize } = job;
  const load: PageLoad = {
    spec,
    pageSize,
    text: answer?.page.text ?? "{}",
    taken: tallies.place(step.fresh),
    receivedAt: answer?.page.receivedAt ?? ports.now(),
    request: { ...ports.request, statement: answer?.statement ?? "" },
  };
  let sums = NOTHING;
  let closed: readonly WindowRecord[] = [];
  let durationMs = 0;
  await ports.landing.prepare(spec);
  await ports.landing.load(load, (landed) => {
    sums = landed.reduce(plus, NOTHING);
    durationMs = ports.now() - askedAt;
    tallies.add(landed, durationMs, step.completeTo);
    closed = tallies.close(step.completeTo);
    return closed;
  });
  return {
    page,
    read: answer?.page.records.length ?? 0,
    ...sums,
    durationMs,
    completeTo: step.completeTo,
    closed,
  };
}

type Sums = Omit<Landed, "from">;
const NOTHING: Sums = { rows: 0, inserted: 0, updated: 0, unchanged: 0, stale: 0 };

const plus = (sums: Sums, part: Landed): Sums => ({
  rows: sums.rows + part.rows,
  inserted: sums.inserted + part.inserted,
  updated: sums.updated + part.updated,
  unchanged: sums.unchanged + part.unchanged,
  stale: sums.stale + part.stale,
});

function unexpected(spec: EntitySpec, error: SweepError): RunnerError {
  return new RunnerError("QBO_UNEXPECTED_ANSWER", `${spec.entity}: ${error.message}`, {
    hint: "run the same command again; if it stays, the server does not filter or order as asked",
    cause: error,
  });
}
