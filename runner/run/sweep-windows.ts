import { CountRefused, PageRefused, RunnerError } from "../errors.ts";
import { formatInstant, type Interval } from "../plan/interval.ts";
import {
  endSweepAt,
  nextAsk,
  startSweep,
  takeCount,
  takeCountRefusal,
  takePage,
  takeRefusal,
} from "../plan/sweep.ts";
import type { Ask, Step, Sweep } from "../plan/sweep-state.ts";
import { type Changes, NO_CHANGES } from "../ports/changes.ts";
import type { Rejected, WindowRecord } from "../ports/landing.ts";
import { partsOf } from "../spec/resolve-spec.ts";
import type { EntitySpec } from "../spec/types.ts";
import { orderOf } from "./entity-job.ts";
import { explainSweep } from "./explain-sweep.ts";
import { landPage, type PageAnswer } from "./land-page.ts";
import { nameRecord } from "./name-record.ts";
import { readRows } from "./read-rows.ts";
import type { SweepPorts } from "./sweep-ports.ts";
import { Tallies } from "./tallies.ts";

/** The result of one page, after it was committed. */
export interface PageDone {
  /** How many records the answer contains, including those that were read before. */
  readonly read: number;
  readonly changes: Changes;
  readonly durationMs: number;
  readonly completeTo: number;
  readonly closed: readonly WindowRecord[];
  /** Whether another lane could take over a part of the remaining windows now. */
  readonly isDivisible: boolean;
  /** Names a record that could not be read, and the reason. */
  readonly skipped: string | undefined;
  /** Ids of records with characters that the database cannot hold. These characters are kept as the text of their escape. */
  readonly escaped: readonly string[];
  /** Records that the database cannot hold at all. */
  readonly rejected: readonly Rejected[];
}

export interface SweepOptions {
  readonly spec: EntitySpec;
  readonly windows: readonly Interval[];
  readonly pageSize: number;
  /** Where to end, in milliseconds since 1970; by default at the end of the last window. Called after each page, because
   * another lane may have taken over the rest. */
  readonly end?: () => number;
}

/** How long before its reading a window must have ended to be sealed. A write may become visible to queries late, and how
 * late is unknown (QuickBooks API facts, 8.3). */
export const SAFE_DISTANCE_MS = 5 * 60_000;
/** How many records may be skipped in a row, without a page between them, by the code of the failure. After so many, the
 * records are not to blame. */
const MAX_SKIPPED_IN_A_ROW: Readonly<Record<string, number>> = { QBO_POISON_RECORD: 8 };
/** The same for all other codes, which are time-outs. The limit is lower because the API may be slow for everything. */
const MAX_TIMED_OUT_IN_A_ROW = 3;

/** Reads adjacent windows with as few pages as possible and loads each page. Yields after each commit. If it fails, it marks
 * the current window as failed before it throws. */
export async function* sweepWindows(
  job: SweepOptions,
  ports: SweepPorts,
  signal: AbortSignal,
): AsyncGenerator<PageDone> {
  const { spec, windows, pageSize } = job;
  const range = { from: windows[0]?.from ?? 0, to: windows.at(-1)?.to ?? 0 };
  const tallies = new Tallies(windows);
  const parts = partsOf(spec);
  let skippedInARow = 0;
  let failure: unknown;
  try {
    for (const part of parts) {
      // With several queries, a window is complete only after the last one.
      const isLast = part === parts.at(-1);
      let sweep = startSweep(range, pageSize, orderOf(part));
      for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
        signal.throwIfAborted();
        const askedAt = ports.now();
        const startedAt = ports.monotonic();
        const { step, answer, skipped } = await answerTo(ask, { spec: part, ports, sweep, signal });
        tallies.read(step.completeTo, (answer?.page.asOf ?? askedAt) - SAFE_DISTANCE_MS);
        if (answer !== undefined) skippedInARow = 0;
        if (skipped !== undefined) {
          tallies.wound(skipped.span ?? range, skipped.error);
          const most = MAX_SKIPPED_IN_A_ROW[skipped.refusal.code] ?? MAX_TIMED_OUT_IN_A_ROW;
          skippedInARow += 1;
          if (skippedInARow >= most) throw skipped.refusal;
        }
        const { fresh } = step;
        const completeTo = isLast ? step.completeTo : range.from;
        const landed = await landPage({ spec, tallies, answer, fresh, completeTo, startedAt }, ports);
        sweep = step.sweep;
        if (answer !== undefined || skipped !== undefined || landed.closed.length > 0) {
          yield {
            ...landed,
            read: answer?.page.records.length ?? 0,
            completeTo,
            isDivisible: sweep.state.kind === "by-cursor",
            skipped: skipped?.error,
          };
        }
        if (job.end !== undefined) sweep = endSweepAt(sweep, job.end());
      }
    }
  } catch (error) {
    failure = explainSweep(error, spec);
  }
  if (failure === undefined) return;
  if (failure instanceof RunnerError && failure.code !== "QBO_NOT_AVAILABLE") {
    const closed = tallies.failed(failure.message);
    await ports.landing.mark(spec, closed, failure.code).catch(() => undefined);
    yield { ...NOTHING_READ, completeTo: closed[0]?.from ?? range.from, closed };
  }
  throw failure;
}

const NOTHING_READ = {
  read: 0,
  changes: NO_CHANGES,
  durationMs: 0,
  isDivisible: false,
  skipped: undefined,
  escaped: [],
  rejected: [],
} as const;

interface Reading {
  readonly spec: EntitySpec;
  readonly ports: SweepPorts;
  readonly sweep: Sweep;
  readonly signal: AbortSignal;
}

interface Read {
  readonly step: Step;
  /** Undefined for a count and for a page that the API did not deliver. */
  readonly answer?: PageAnswer;
  readonly skipped?: {
    readonly span: Interval | null;
    readonly error: string;
    readonly refusal: PageRefused;
  };
}

async function answerTo(ask: Ask, reading: Reading): Promise<Read> {
  const { spec, ports, sweep, signal } = reading;
  if (ask.kind === "count") return { step: await countFor(ask.interval, reading) };
  const statement = ports.statements.page(spec, ask);
  const { earliest: askedAt } = await ports.landing.now();
  try {
    const page = await ports.source.page(statement, spec.answerKey, signal);
    const { latest: receivedAt } = await ports.landing.now();
    const step = takePage(sweep, readRows(spec, page.records));
    return { step, answer: { page, statement, limit: ask.limit, askedAt, receivedAt } };
  } catch (error) {
    if (error instanceof PageRefused) return afterRefusal(reading, error);
    throw error;
  }
}

async function countFor(interval: Interval | null, { spec, ports, sweep, signal }: Reading): Promise<Step> {
  try {
    return takeCount(sweep, await ports.source.count(ports.statements.count(spec, interval), signal));
  } catch (error) {
    const step = error instanceof CountRefused ? takeCountRefusal(sweep) : undefined;
    if (step === undefined) throw error;
    return step;
  }
}

/** Halves a page that was refused, or skips the record if the page was already reduced to one. */
async function afterRefusal({ spec, ports, sweep, signal }: Reading, refusal: PageRefused): Promise<Read> {
  // Without paging, a smaller page cannot be requested.
  if (!spec.paging) throw refusal;
  const step = takeRefusal(sweep);
  if (step.skipped === undefined) return { step };
  const { interval, position, suspect } = step.skipped;
  const at = suspect === null ? "" : ` of ${formatInstant(suspect.from)}`;
  const name = await nameRecord(spec, ports, { interval, start: position, limit: 1 }, signal);
  return {
    step,
    skipped: { span: suspect, error: `${name}${at} cannot be read: ${refusal.message}`, refusal },
  };
}
