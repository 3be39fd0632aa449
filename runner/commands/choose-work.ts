import { RunnerError } from "../errors.ts";
import type { Log } from "../events.ts";
import { gaps, union } from "../plan/coverage.ts";
import { endOfWindow, goOnFrom, holes } from "../plan/go-on.ts";
import { formatInstant, type Interval, parseInstant } from "../plan/interval.ts";
import type { Database } from "../postgres/connect.ts";
import { readSealed } from "../postgres/read-ledger.ts";
import { hasTable } from "../postgres/read-raw.ts";
import { windowsOf } from "../run/entity-job.ts";
import type { Work } from "../run/run-specs.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { WrittenRange } from "./run-options.ts";

export interface Choice {
  /** What was asked for; an end that is left out is found from the ledger. */
  readonly range: WrittenRange;
  /** Whether to leave out what is sealed. */
  readonly onlyMissing: boolean;
}

export interface ChooseContext {
  readonly pool: Database;
  readonly realmId: string;
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
  for (const spec of specs) work.push({ spec, spans: await spansOf(spec, choice, context) });
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

async function spansOf(
  spec: EntitySpec,
  { range, onlyMissing }: Choice,
  context: ChooseContext,
): Promise<Interval[]> {
  const { from, to } = range;
  if (from !== undefined && to !== undefined && !onlyMissing) return [{ from, to }];
  const tableName = tableNameOf(spec);
  const sealed = await readSeals(spec, tableName, context);
  const whole = {
    from: from ?? goOn(spec, sealed, context),
    to: to ?? endOfWindow(context.now, spec.window),
  };
  if (whole.from >= whole.to) return [];
  // A snapshot is read whole in each run: what was sealed is another one.
  return onlyMissing && spec.cursor !== null ? gaps(whole, sealed) : [whole];
}

/** Seals of a table that is gone are worth nothing. */
async function readSeals(
  spec: EntitySpec,
  tableName: string,
  { pool, realmId, log }: ChooseContext,
): Promise<Interval[]> {
  const sealed = await readSealed(pool, realmId, tableName);
  if (sealed.length === 0 || (await hasTable(pool, spec.table))) return sealed;
  log({ type: "notice", level: "warn", message: `${tableName} is gone, so nothing of it counts as sealed` });
  return [];
}

function goOn(spec: EntitySpec, sealed: readonly Interval[], { log, now }: ChooseContext): number {
  const found = goOnFrom(sealed, spec.window, spec.lookback) ?? beginOf(spec, now);
  if (found === undefined) {
    throw new RunnerError(
      "USAGE",
      `${spec.name} has no sealed window to go on from, and its spec says no begin`,
      {
        hint: `give --from the first time, or write "begin: 2020-01-01" into ${spec.file}`,
      },
    );
  }
  const open = holes(sealed);
  const [first] = open;
  if (first !== undefined) {
    const place = `${formatInstant(first.from)} to ${formatInstant(first.to)}`;
    const message = `${spec.name} has ${open.length} ${open.length === 1 ? "gap" : "gaps"} before, the first from ${place}: --only-missing with --from closes them`;
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
