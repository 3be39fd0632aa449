import { PageRefused, RunnerError } from "../errors.ts";
import { formatInstant, type Interval } from "../plan/interval.ts";
import {
  type Ask,
  endSweepAt,
  nextAsk,
  type Order,
  type Row,
  type Step,
  type Sweep,
  SweepError,
  startSweep,
  takeCount,
  takePage,
  takeRefusal,
} from "../plan/sweep.ts";
import type { Statements } from "../render/templates.ts";
import type { EntitySpec } from "../spec/types.ts";
import { nameRecord } from "./name-record.ts";
import type { Landed, Landing, PageLoad, Records, Source, SourcePage, WindowRecord } from "./ports.ts";
import { readRows } from "./read-rows.ts";
import { isStorable, toStorable } from "./storable-text.ts";
import { Tallies } from "./tallies.ts";

export interface SweepPorts {
  readonly source: Source;
  readonly landing: Landing;
  readonly statements: Statements;
  readonly now: () => number;
  /** What every row's lineage says of its request beside the statement: no secret. */
  readonly request: Readonly<Record<string, unknown>>;
}

/** What one page did, told once it is committed. */
export interface PageDone {
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
  /** Whether the rest could be left to another lane now. */
  readonly isDivisible: boolean;
  /** A record that could not be read. */
  readonly skipped: string | undefined;
  /** Ids of records with characters that the database cannot hold: they are kept as text. */
  readonly escaped: readonly string[];
}

export interface SweepJob {
  readonly spec: EntitySpec;
  readonly windows: readonly Interval[];
  readonly pageSize: number;
  /** Where to end, asked before each page: another lane may have taken the rest. Default: the last window's end. */
  readonly end?: () => number;
}

/** A write may become visible to queries late; how late is unknown (QuickBooks API facts, 8.3). */
export const SAFE_DISTANCE_MS = 5 * 60_000;
/** Records passed by in a row, without a page between them, after which it is not the records that are at fault. */
const MAX_SKIPPED_IN_A_ROW: Readonly<Record<string, number>> = { QBO_POISON_RECORD: 8 };
/** Time-outs say less: the API may be slow for everything. */
const MAX_TIMED_OUT_IN_A_ROW = 3;

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
  let sweep = startSweep(range, pageSize, orderOf(spec));
  let skippedInARow = 0;
  try {
    for (let ask = nextAsk(sweep); ask !== undefined; ask = nextAsk(sweep)) {
      signal.throwIfAborted();
      const askedAt = ports.now();
      const read = await answerTo(ask, { job, ports, sweep, signal });
      tallies.read(read.step.completeTo, (read.answer?.page.asOf ?? askedAt) - SAFE_DISTANCE_MS);
      if (read.answer !== undefined) skippedInARow = 0;
      if (read.skipped !== undefined) {
        tallies.wound(read.skipped.span ?? range, read.skipped.error);
        const most = MAX_SKIPPED_IN_A_ROW[read.skipped.refusal.code] ?? MAX_TIMED_OUT_IN_A_ROW;
        if (++skippedInARow >= most) throw read.skipped.refusal;
      }
      const done = await land({ job, ports, tallies, askedAt, limit: sweep.pageSize }, read);
      sweep = read.step.sweep;
      if (read.answer !== undefined || read.skipped !== undefined || done.closed.length > 0) yield done;
      if (job.end !== undefined) sweep = endSweepAt(sweep, job.end());
    }
  } catch (error) {
    const failure = error instanceof SweepError ? unexpected(spec, error) : error;
    if (failure instanceof RunnerError && failure.code !== "QBO_NOT_AVAILABLE") {
      const failed = tallies.failed(failure.message);
      await ports.landing.mark(spec, failed, failure.code).catch(() => undefined);
      yield { ...NOTHING_READ, completeTo: failed[0]?.from ?? range.from, closed: failed };
    }
    throw failure;
  }
}

function orderOf({ cursor, paging, sortable }: EntitySpec): Order {
  if (cursor !== null) return sortable ? "cursor" : "unordered";
  return paging ? "position" : "none";
}

interface Asking {
  readonly job: SweepJob;
  readonly ports: SweepPorts;
  readonly sweep: Sweep;
  readonly signal: AbortSignal;
}

interface Read {
  readonly step: Step;
  /** Undefined for a count and for a page that could not be had. */
  readonly answer?: { readonly page: SourcePage; readonly statement: string };
  readonly skipped?: {
    readonly span: Interval | null;
    readonly error: string;
    readonly refusal: PageRefused;
  };
}

async function answerTo(ask: Ask, asking: Asking): Promise<Read> {
  const { job, ports, sweep, signal } = asking;
  if (ask.kind === "count") {
    return {
      step: takeCount(
        sweep,
        await ports.source.count(ports.statements.count(job.spec, ask.interval), signal),
      ),
    };
  }
  const statement = ports.statements.page(job.spec, ask);
  try {
    const page = await ports.source.page(statement, job.spec.answerKey, signal);
    return { step: takePage(sweep, readRows(job.spec, page.records)), answer: { page, statement } };
  } catch (error) {
    if (error instanceof PageRefused) return afterRefusal(asking, error);
    throw error;
  }
}

/** Halves the page, or passes by the one record that it was reduced to. */
async function afterRefusal({ job, ports, sweep, signal }: Asking, refusal: PageRefused): Promise<Read> {
  // An answer without paging cannot be had in pieces.
  if (!job.spec.paging) throw refusal;
  const step = takeRefusal(sweep);
  if (step.skipped === undefined) return { step };
  const { interval, position, suspect } = step.skipped;
  const at = suspect === null ? "" : ` of ${formatInstant(suspect.from)}`;
  const name = await nameRecord(job.spec, ports, { interval, start: position, limit: 1 }, signal);
  return {
    step,
    skipped: { span: suspect, error: `${name}${at} cannot be read: ${refusal.message}`, refusal },
  };
}

interface LandContext {
  readonly job: SweepJob;
  readonly ports: SweepPorts;
  readonly tallies: Tallies;
  readonly askedAt: number;
  /** Records that the page was asked for. */
  readonly limit: number;
}

/** Commits what was read: the fresh records and the windows that are complete with them. */
async function land(
  { job, ports, tallies, askedAt, limit }: LandContext,
  { step, answer, skipped }: Read,
): Promise<PageDone> {
  const text = answer?.page.text ?? "{}";
  const taken = tallies.place(step.fresh);
  if (answer !== undefined) checkKeys(job.spec, step.fresh, answer.page.records);
  const storable = toStorable(text);
  const escaped =
    storable === text ? [] : taken.filter(({ ordinal }) => !isStorable(answer?.page.records.at(ordinal - 1)));
  const load: PageLoad = {
    spec: job.spec,
    pageSize: limit,
    text: storable,
    taken,
    receivedAt: answer?.page.receivedAt ?? ports.now(),
    behind: answer?.page.behind ?? 0,
    request: { ...ports.request, statement: answer?.statement ?? "" },
  };
  let sums = NOTHING;
  let closed: readonly WindowRecord[] = [];
  let durationMs = 0;
  await ports.landing.prepare(job.spec);
  await ports.landing.load(load, (landed) => {
    if (landed.some(({ collided }) => collided > 0)) throw ambiguousKey(job.spec);
    sums = landed.reduce(plus, NOTHING);
    durationMs = ports.now() - askedAt;
    tallies.add(landed, durationMs, step.completeTo);
    closed = tallies.close(step.completeTo);
    return closed;
  });
  return {
    ...{ read: answer?.page.records.length ?? 0, ...sums, durationMs, completeTo: step.completeTo, closed },
    ...{ isDivisible: step.sweep.state.kind === "by-cursor", skipped: skipped?.error },
    escaped: escaped.map(({ id }) => id),
  };
}

/** One answer holds a record once: two that differ under one id are two records. */
function checkKeys(spec: EntitySpec, rows: readonly Row[], records: Records): void {
  const byId = new Map<string, number>();
  for (const { id, ordinal } of rows) {
    const earlier = byId.get(id);
    byId.set(id, ordinal);
    if (earlier === undefined) continue;
    const [a, b] = [records.at(earlier - 1), records.at(ordinal - 1)];
    if (JSON.stringify(a) !== JSON.stringify(b)) throw ambiguousKey(spec);
  }
}

function ambiguousKey(spec: EntitySpec): RunnerError {
  const key = `[${spec.key.join(", ")}]`;
  return new RunnerError(
    "KEY_NOT_UNIQUE",
    `the key ${key} is the same for different records of ${spec.entity}`,
    {
      hint: `name fields in "key" of ${spec.file} that tell every two records apart`,
    },
  );
}

const NOTHING_READ = {
  ...{ read: 0, rows: 0, inserted: 0, updated: 0, unchanged: 0, stale: 0, durationMs: 0 },
  ...{ isDivisible: false, skipped: undefined, escaped: [] },
} as const;

type Sums = Omit<Landed, "from" | "collided">;
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
