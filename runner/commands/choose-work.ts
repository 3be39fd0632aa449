import { RunnerError } from "../errors.ts";
import type { Log } from "../events.ts";
import { gaps, union } from "../plan/coverage.ts";
import { endOfWindow, goOnFrom } from "../plan/go-on.ts";
import { formatInstant, type Interval, type OpenRange, parseInstant } from "../plan/interval.ts";
import type { Database } from "../postgres/connect.ts";
import { type Recorded, readRecorded, readSealed } from "../postgres/read-ledger.ts";
import { lookAtTable } from "../postgres/table-state.ts";
import { windowsOf } from "../run/entity-job.ts";
import type { Work } from "../run/run-specs.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import { claimBy } from "./claim-by.ts";

export interface Choice {
  /** What was asked for; an end that is left out is found from the ledger. */
  readonly range: OpenRange;
  /** Whether to leave out what is sealed. */
  readonly onlyMissing: boolean;
  /** Whether to read beyond the range what was sealed there, should the seals turn out not to count. */
  readonly restore: boolean;
}

export interface ChooseContext {
  readonly pool: Database;
  readonly realmId: string;
  readonly environment: string;
  readonly now: number;
  readonly log: Log;
}

/** More windows than this are a mistyped year, not a backfill. */
const MAX_WINDOWS = 200_000;

/** Decides what of each entity to read. */
export async function chooseWork(
  specs: readonly EntitySpec[],
  choice: Choice,
  context: ChooseContext,
): Promise<Work[]> {
  const work: Work[] = [];
  for (const spec of specs) work.push(await workOf(spec, choice, context));
  checkNumber(work);
  return work;
}

export function countWindows(work: readonly Work[]): number {
  return work.reduce(
    (sum, { spec, spans }) => sum + spans.flatMap((span) => windowsOf(spec, span)).length,
    0,
  );
}

/** Refuses a range whose windows would fill the memory. */
export function checkNumber(work: readonly Work[]): void {
  const days = work.reduce(
    (sum, { spans }) => sum + spans.reduce((total, { from, to }) => total + (to - from) / 86_400_000, 0),
    0,
  );
  const windows = days > MAX_WINDOWS ? Math.ceil(days) : countWindows(work);
  if (windows <= MAX_WINDOWS) return;
  throw new RunnerError("USAGE", `the range makes ${windows} windows or more`, {
    hint: "narrow --from and --to, or set `window: month` in the specs",
  });
}

async function workOf(spec: EntitySpec, choice: Choice, context: ChooseContext): Promise<Work> {
  const { from, to } = choice.range;
  if (from !== undefined && to !== undefined && !choice.onlyMissing)
    return { spec, spans: [{ from, to }], reliesOnSeals: false };
  const known = await readKnown(spec, context);
  return { spec, spans: spansOf(spec, choice, known, context), reliesOnSeals: known.sealed.length > 0 };
}

function spansOf(spec: EntitySpec, choice: Choice, known: Known, context: ChooseContext): Interval[] {
  const { from, to } = choice.range;
  const { hull } = known.recorded;
  const toPresent = {
    from: from ?? goOn(spec, known, context),
    to: to ?? endOfWindow(context.now, spec.window),
  };
  const isLost = known.changed !== undefined && choice.restore && hull !== undefined;
  const whole = isLost
    ? { from: Math.min(hull.from, toPresent.from), to: Math.max(hull.to, toPresent.to) }
    : toPresent;
  if (whole.from >= whole.to) return [];
  // A snapshot is read whole in each run: what was sealed is another one.
  if (spec.cursor === null) return [whole];
  if (choice.onlyMissing) return gaps(whole, known.sealed);
  // A run that goes on closes the gaps that earlier ones have left.
  const before = from === undefined && hull !== undefined ? { from: hull.from, to: whole.from } : undefined;
  return union([...(before === undefined ? [] : gaps(before, known.sealed)), whole]);
}

/** What the ledger knows of a table. */
interface Known {
  readonly sealed: readonly Interval[];
  readonly recorded: Recorded;
  /** Why no seal counts. */
  readonly changed: string | undefined;
}

/** The seals of a table that is not what the ledger says are worth nothing. */
async function readKnown(spec: EntitySpec, context: ChooseContext): Promise<Known> {
  const { pool, realmId, log } = context;
  const tableName = tableNameOf(spec);
  const { changed, isKnown } = await lookAtTable(pool, claimBy(spec, context));
  const recorded = await readRecorded(pool, realmId, tableName);
  const sealed = isKnown && changed === undefined ? await readSealed(pool, realmId, tableName) : [];
  if (changed !== undefined && recorded.hull !== undefined) {
    const message = `${changed}: what was sealed of ${spec.name} does not count any more`;
    log({ type: "notice", level: "warn", message });
  }
  return { sealed, recorded, changed };
}

function goOn(spec: EntitySpec, { sealed, recorded }: Known, { log, now }: ChooseContext): number {
  const last = goOnFrom(sealed, spec.window, spec.lookback);
  // Where nothing is sealed any more, everything that was ever read is read again.
  const found = last ?? recorded.hull?.from ?? beginOf(spec, now);
  if (found === undefined) {
    throw new RunnerError(
      "USAGE",
      `${spec.name} has no sealed window to go on from, and its spec says no begin`,
      {
        hint: `give --from the first time, or write "begin: 2020-01-01" into ${spec.file}`,
      },
    );
  }
  const open = recorded.hull === undefined ? [] : gaps({ from: recorded.hull.from, to: found }, sealed);
  const [first] = open;
  if (first !== undefined && spec.cursor !== null) {
    const place = `${formatInstant(first.from)} to ${formatInstant(first.to)}`;
    const message = `${spec.name} has ${open.length} ${open.length === 1 ? "gap" : "gaps"} before, the first from ${place}: reading what is missing, too`;
    log({ type: "notice", level: "warn", message });
  }
  return found;
}

/** A snapshot is read whole, in the window that holds the present; it needs no begin. */
function beginOf({ cursor, window, begin }: EntitySpec, now: number): number | undefined {
  if (cursor !== null) return parseInstant(begin ?? "");
  return goOnFrom([{ from: 0, to: endOfWindow(now, window) }], window, 1);
}

/** The whole of what is read, for people. */
export function rangeOf(work: readonly Work[]): Interval | undefined {
  const all = union(work.flatMap(({ spans }) => spans));
  const [first, last] = [all[0], all.at(-1)];
  return first === undefined || last === undefined ? undefined : { from: first.from, to: last.to };
}
