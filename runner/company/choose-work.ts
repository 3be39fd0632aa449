import { RunnerError } from "../errors.ts";
import type { Log } from "../events.ts";
import { gaps, union } from "../plan/coverage.ts";
import { endOfWindow, goOnFrom } from "../plan/go-on.ts";
import { DAY, formatInstant, type Interval, type PartialRange, parseInstant } from "../plan/interval.ts";
import { claimBy } from "../postgres/claim-by.ts";
import type { Database } from "../postgres/connect.ts";
import { type Recorded, readRecorded, readSealed } from "../postgres/read-ledger.ts";
import { lookAtTable } from "../postgres/table-state.ts";
import { windowsOf } from "../run/entity-job.ts";
import type { Work } from "../run/run-specs.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";

/** An entity, and the range of it that the user wants to read. */
export interface Wanted {
  readonly spec: EntitySpec;
  readonly range: PartialRange;
}

export interface Choice {
  /** Whether to leave out sealed windows. */
  readonly onlyMissing: boolean;
  /** Whether this repeats the request of an earlier run. */
  readonly isRetry: boolean;
}

export interface ChooseContext {
  readonly pool: Database;
  readonly realmId: string;
  readonly environment: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly log: Log;
}

/** A range with more windows than this is a mistyped year, not a backfill. */
const MAX_WINDOWS = 200_000;

/** Decides which spans of each entity to read. */
export async function chooseWork(
  wanted: readonly Wanted[],
  choice: Choice,
  context: ChooseContext,
): Promise<Work[]> {
  const work: Work[] = [];
  for (const one of wanted) work.push(await workOf(one, choice, context));
  checkNumber(work);
  return work;
}

export function countWindows(work: readonly Work[]): number {
  return work.reduce(
    (sum, { spec, spans }) => sum + spans.flatMap((span) => windowsOf(spec, span)).length,
    0,
  );
}

/** Throws `USAGE` if the range has so many windows that they would fill the memory. */
export function checkNumber(work: readonly Work[]): void {
  const spans = work.flatMap((one) => one.spans);
  const days = spans.reduce((sum, { from, to }) => sum + (to - from) / DAY, 0);
  // A range of more days than that is refused at once, whatever the size of its windows, because counting them takes memory.
  const windows = days > MAX_WINDOWS ? Math.ceil(days) : countWindows(work);
  if (windows <= MAX_WINDOWS) return;
  throw new RunnerError(
    "USAGE",
    `the range has ${windows} windows or more, but at most ${MAX_WINDOWS} are allowed`,
    {
      hint: "choose a shorter range with --from and --to, or set `window: month` in the specs",
    },
  );
}

async function workOf({ spec, range }: Wanted, choice: Choice, context: ChooseContext): Promise<Work> {
  const { from, to } = range;
  if (from !== undefined && to !== undefined && !choice.onlyMissing)
    return { spec, spans: [{ from, to }], reliesOnSeals: false };
  const known = await readKnown(spec, context);
  return {
    spec,
    spans: spansOf({ spec, range }, choice, known, context),
    reliesOnSeals: known.sealed.length > 0,
  };
}

function spansOf({ spec, range }: Wanted, choice: Choice, known: Known, context: ChooseContext): Interval[] {
  const { from, to } = range;
  const { hull } = known.recorded;
  const toPresent = {
    from: from ?? goOn(spec, known, context),
    to: to ?? endOfWindow(context.now, spec.window),
  };
  // If the seals no longer count, everything that was ever read is read again, even outside of the range. A person who gives
  // the start of the range wants only that range.
  const mayRestore = choice.isRetry || from === undefined;
  const isLost = known.changed !== undefined && mayRestore && hull !== undefined;
  const whole = isLost
    ? { from: Math.min(hull.from, toPresent.from), to: Math.max(hull.to, toPresent.to) }
    : toPresent;
  if (whole.from >= whole.to) return [];
  // A snapshot is read whole in each run, whatever was sealed before.
  if (spec.cursor === null) return [whole];
  if (choice.onlyMissing) return gaps(whole, known.sealed);
  // A run that continues also closes the gaps that earlier runs have left.
  const before = from === undefined && hull !== undefined ? { from: hull.from, to: whole.from } : undefined;
  return union([...(before === undefined ? [] : gaps(before, known.sealed)), whole]);
}

/** What the ledger knows about a table. */
interface Known {
  readonly sealed: readonly Interval[];
  readonly recorded: Recorded;
  /** The reason why no seal counts; undefined if the seals count. */
  readonly changed: string | undefined;
}

/** Reads what the ledger knows about a spec's table. If the table differs from the ledger, its seals do not count. */
async function readKnown(spec: EntitySpec, context: ChooseContext): Promise<Known> {
  const { pool, realmId, log } = context;
  const tableName = tableNameOf(spec);
  const { changed, isKnown } = await lookAtTable(pool, claimBy(spec, context));
  const recorded = await readRecorded(pool, realmId, tableName);
  const sealed = isKnown && changed === undefined ? await readSealed(pool, realmId, tableName) : [];
  if (changed !== undefined && recorded.hull !== undefined) {
    const message = `${changed}: the seals of ${spec.name} no longer count`;
    log({ type: "notice", level: "warn", message });
  }
  return { sealed, recorded, changed };
}

function goOn(spec: EntitySpec, { sealed, recorded }: Known, { log, now }: ChooseContext): number {
  const last = goOnFrom(sealed, spec.window, spec.lookback);
  // If nothing is sealed any more, everything that was ever read is read again.
  const found = last ?? recorded.hull?.from ?? beginOf(spec, now);
  if (found === undefined) {
    throw new RunnerError(
      "USAGE",
      `${spec.name} has no sealed window to continue from, and its spec has no "begin"`,
      {
        hint: `give --from for the first run, or add "begin: 2020-01-01" to ${spec.file}`,
      },
    );
  }
  const missing = recorded.hull === undefined ? [] : gaps({ from: recorded.hull.from, to: found }, sealed);
  const [first] = missing;
  if (first !== undefined && spec.cursor !== null) {
    const place = `${formatInstant(first.from)} to ${formatInstant(first.to)}`;
    const count = missing.length === 1 ? "1 gap" : `${missing.length} gaps`;
    const message = `${spec.name} has ${count} in its earlier windows, the first from ${place}; this run also reads what is missing`;
    log({ type: "notice", level: "warn", message });
  }
  return found;
}

/** Where the first run of a spec begins; undefined if the spec does not say so. A snapshot needs no `begin`, because it is
 * read whole, in the window that contains the present. */
function beginOf({ cursor, window, begin }: EntitySpec, now: number): number | undefined {
  if (cursor !== null) return parseInstant(begin ?? "");
  return goOnFrom([{ from: 0, to: endOfWindow(now, window) }], window, 1);
}

/** The range from the start of the first span to the end of the last; undefined if nothing is read. */
export function wholeOf(work: readonly Work[]): Interval | undefined {
  const all = union(work.flatMap(({ spans }) => spans));
  const first = all[0];
  const last = all.at(-1);
  return first === undefined || last === undefined ? undefined : { from: first.from, to: last.to };
}
