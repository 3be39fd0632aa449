import { RunnerError } from "../errors.ts";
import { gaps, union } from "../plan/coverage.ts";
import { formatInstant, type Interval } from "../plan/interval.ts";
import { openComparison } from "../postgres/compare-listing.ts";
import { inTransaction } from "../postgres/connect.ts";
import { checkTable } from "../postgres/raw-table.ts";
import { type Recorded, readRecorded, readSealed } from "../postgres/read-ledger.ts";
import { countAll, countByWindow, hasTable, readIntegrity } from "../postgres/read-raw.ts";
import { lookAtTable } from "../postgres/table-state.ts";
import type { Statements } from "../render/templates.ts";
import type { TestResult } from "../report/format-tests.ts";
import { compareCounts } from "../run/compare-counts.ts";
import { type Compared, commandFor, compareRecords, namesOf } from "../run/compare-records.ts";
import { windowsOf } from "../run/entity-job.ts";
import { Listing } from "../run/list-records.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec, Freshness } from "../spec/types.ts";
import { claimBy } from "./claim-by.ts";
import type { Context } from "./context.ts";
import type { Session } from "./open-session.ts";
import { rawShapeOf } from "./raw-shape.ts";
import type { WrittenRange } from "./run-options.ts";

export interface TestMeans {
  readonly session: Session;
  readonly statements: Statements;
  readonly context: Context;
  /** What was asked for; where an end is left out, what the ledger has tried to read. */
  readonly range: WrittenRange;
  /** Counts alone instead of a list of all records. */
  readonly quick: boolean;
  readonly realmId: string;
  readonly environment: string;
}

type Outcome = Omit<TestResult, "file" | "spec" | "table" | "name">;

const PASS = { status: "pass", failures: 0, hint: undefined } as const;

/** Every test of one entity. */
export async function testEntity(spec: EntitySpec, means: TestMeans): Promise<TestResult[]> {
  const { session, realmId, environment } = means;
  const { pool } = session;
  const tableName = tableNameOf(spec);
  const named = (name: string, outcome: Outcome): TestResult => ({
    file: spec.file,
    spec: spec.name,
    table: tableName,
    name: `${spec.name}.${name}`,
    ...outcome,
  });
  if (!(await hasTable(pool, spec.table)))
    return [named("loaded", await testMissing(spec, tableName, means))];
  try {
    await checkTable(pool, spec.table, { realmId, environment, entity: spec.entity });
    const ledger = await readLedger(spec, means);
    const records = await testRecords(spec, spansOf(spec, ledger.recorded, means), means).catch(
      (error: unknown) => failedTest(error, spec),
    );
    const results = [
      named(means.quick ? "counts" : "records", records),
      named("integrity", await testIntegrity(spec, session)),
      named("coverage", testCoverage(spec, ledger, means.range)),
    ];
    if (spec.freshness === undefined) return results;
    const freshness = testFreshness(spec.freshness, ledger.sealed, means.context.clock.now());
    return [...results, named("freshness", freshness)];
  } catch (error) {
    return [named("loaded", failedTest(error, spec))];
  }
}

/** What the ledger knows of a table. */
interface Ledger {
  readonly sealed: readonly Interval[];
  readonly recorded: Recorded;
  /** Why no seal counts. */
  readonly changed: string | undefined;
}

async function readLedger(spec: EntitySpec, means: TestMeans): Promise<Ledger> {
  const { pool } = means.session;
  const { changed, isKnown } = await lookAtTable(pool, claimBy(spec, means));
  const isTrusted = isKnown && changed === undefined;
  const sealed = isTrusted ? union(await readSealed(pool, means.realmId, tableNameOf(spec))) : [];
  return { sealed, recorded: await readRecorded(pool, means.realmId, tableNameOf(spec)), changed };
}

/** Stands for all of a set that has no cursor. */
const WHOLE: Interval = { from: 0, to: 1 };

/** What to compare: the range asked for, else all from the first window that was ever to be read to the last that has passed. */
function spansOf(spec: EntitySpec, { hull, passedTo }: Recorded, { range }: TestMeans): readonly Interval[] {
  if (spec.cursor === null) return [WHOLE];
  const { from = hull?.from, to = passedTo } = range;
  return from === undefined || to === undefined || from >= to ? [] : [{ from, to }];
}

/** A source that refuses to answer is an error of the test, not of the command. */
function failedTest(error: unknown, spec: EntitySpec): Outcome {
  if (!(error instanceof RunnerError)) throw error;
  return {
    status: error.code === "QBO_NOT_AVAILABLE" ? "warn" : "error",
    failures: 1,
    message: error.message,
    hint: error.hint ?? `see qbo debug and ${spec.file}`,
  };
}

/** A table is missing for good reason where the company lacks the entity. */
async function testMissing(
  spec: EntitySpec,
  tableName: string,
  { session, statements, context }: TestMeans,
): Promise<Outcome> {
  const missing: Outcome = {
    status: "error",
    failures: 1,
    message: `there is no table ${tableName}`,
    hint: `load it: qbo run ${spec.name} --from … --to …`,
  };
  if (!spec.paging) return missing;
  try {
    await session.openSource().count(statements.count(spec, null), context.signal);
    return missing;
  } catch (error) {
    if (error instanceof RunnerError && error.code === "QBO_NOT_AVAILABLE") return failedTest(error, spec);
    return missing;
  }
}

async function testRecords(spec: EntitySpec, spans: readonly Interval[], means: TestMeans): Promise<Outcome> {
  if (spans.length === 0) return { ...PASS, message: "nothing has been read yet" };
  if (means.quick) return testCounts(spec, spans, means);
  const { session, statements, context } = means;
  const compared = await inTransaction(
    session.pool,
    `compare ${tableNameOf(spec)} with the source`,
    async (client) => {
      const comparison = await openComparison(client, rawShapeOf(spec), spans);
      const ports = { source: session.openSource(), statements, comparison };
      return compareRecords(spec, spans, ports, context.signal);
    },
  );
  return outcomeOf(spec, compared);
}

function outcomeOf(spec: EntitySpec, { differences, held, total, unlisted }: Compared): Outcome {
  const { missing, different, gone, changed } = differences;
  const told = { records: idsOf(differences) };
  if (unlisted !== undefined) {
    return {
      ...told,
      status: "error",
      failures: 1,
      message: `the source counts ${unlisted.counted} records, but lists ${unlisted.listed}`,
      hint: "run the same command again; if it happens each time, the API cuts its pages short",
    };
  }
  const failures = missing.length + different.length + gone.length;
  const parts = [
    sentence(missing, "missing in RAW"),
    sentence(different, "in another version in RAW"),
    sentence(gone, "in RAW, but gone at the source"),
    sentence(changed, "changed at the source since"),
  ].filter((part) => part !== undefined);
  if (failures === 0 && changed.length === 0) {
    return { ...PASS, message: `${held} ${held === 1 ? "record equals" : "records equal"} the source` };
  }
  const more = total > failures + changed.length && failures > 0 ? `; ${total} differ in all` : "";
  const message = `${parts.join("; ")}${more}`;
  if (failures === 0) {
    return { ...told, status: "warn", failures: changed.length, message, hint: `qbo run ${spec.name}` };
  }
  const isLoss = missing.length + different.length > 0;
  const hints = [
    isLoss ? `read again: ${commandFor(spec, [...missing, ...different])}` : undefined,
    gone.length > 0 ? `what is gone at the source stays in RAW in its last version` : undefined,
  ];
  return {
    ...told,
    status: "fail",
    failures,
    message,
    hint: hints.filter((hint) => hint !== undefined).join("; "),
  };
}

function sentence(differences: Compared["differences"]["missing"], what: string): string | undefined {
  const count = differences.length;
  if (count === 0) return undefined;
  return `${count} ${count === 1 ? "record is" : "records are"} ${what}: ${namesOf(differences)}`;
}

const idsOf = ({ missing, different, gone, changed }: Compared["differences"]) => ({
  missing: missing.map(({ id }) => id),
  different: different.map(({ id }) => id),
  gone: gone.map(({ id }) => id),
  changed: changed.map(({ id }) => id),
});

async function testCounts(
  spec: EntitySpec,
  spans: readonly Interval[],
  { session, statements, context }: TestMeans,
): Promise<Outcome> {
  const source = session.openSource();
  const count = (interval: Interval | null): Promise<number> =>
    source.count(statements.count(spec, interval), context.signal);
  const shape = rawShapeOf(spec);
  if (!spec.paging) {
    const rows = await countAll(session.pool, shape);
    return {
      ...PASS,
      message: `${rows} ${rows === 1 ? "row" : "rows"}; the API does not count ${spec.entity}`,
    };
  }
  if (spec.cursor === null) {
    const listing = new Listing(spec, { source, statements });
    const rows = await countAll(session.pool, shape);
    const sourceCount = (await listing.count(WHOLE, context.signal)) ?? rows;
    if (rows === sourceCount) return { ...PASS, message: `${rows} rows` };
    return different([{ from: 0, to: 0, rows, sourceCount }], spec);
  }
  let total = 0;
  const differences = [];
  for (const span of spans) {
    const windows = windowsOf(spec, span);
    const rows = await countByWindow(session.pool, shape, windows);
    total += rows.reduce((sum, found) => sum + found, 0);
    const counted = windows.map((window, index) => ({ ...window, rows: rows[index] ?? 0 }));
    differences.push(...(await compareCounts(counted, count)));
  }
  return differences.length === 0 ? { ...PASS, message: `${total} rows` } : different(differences, spec);
}

/** Windows that are told by name; the rest is a number. */
const SHOWN = 5;

function different(
  differences: readonly { from: number; to: number; rows: number; sourceCount: number }[],
  spec: EntitySpec,
): Outcome {
  const shown = differences
    .slice(0, SHOWN)
    .map(
      ({ from, rows, sourceCount }) =>
        `${from === 0 ? "in all" : formatInstant(from)}: ${rows} in RAW, ${sourceCount} at the source`,
    );
  const more = differences.length > SHOWN ? `; and ${differences.length - SHOWN} more` : "";
  return {
    status: "fail",
    failures: differences.length,
    message: `${shown.join("; ")}${more}`,
    hint: `\`qbo test ${spec.name}\` without --quick names the records`,
  };
}

async function testIntegrity(spec: EntitySpec, { pool }: Session): Promise<Outcome> {
  const { wrong_id, outside_window, without_lineage } = await readIntegrity(pool, rawShapeOf(spec));
  const failures = wrong_id + outside_window + without_lineage;
  if (failures === 0) return { ...PASS, message: "ids, windows and lineage agree with the payloads" };
  return {
    status: "fail",
    failures,
    message: `${wrong_id} rows with another id than their payload, ${outside_window} outside of their window, ${without_lineage} without lineage`,
    hint: "something else than qbo has written to the table; read the range again after removing those rows",
  };
}

function testCoverage(spec: EntitySpec, { sealed, changed }: Ledger, range: WrittenRange): Outcome {
  const [first, last] = [sealed[0], sealed.at(-1)];
  if (changed !== undefined) {
    const message = `${changed}: what was sealed does not count any more`;
    return { status: "warn", failures: 1, message, hint: `read it again: qbo run ${spec.name}` };
  }
  const whole = { from: range.from ?? first?.from, to: range.to ?? last?.to };
  const { from, to } = whole;
  if (first === undefined || from === undefined || to === undefined || from >= to) {
    return {
      status: "warn",
      failures: 1,
      message: "nothing is sealed yet",
      hint: `qbo run ${spec.name} --from … --to …`,
    };
  }
  const open = gaps({ from, to }, sealed);
  const place = `${formatInstant(from)} to ${formatInstant(to)}`;
  if (open.length === 0) return { ...PASS, message: `sealed from ${place}` };
  const hint = `qbo run ${spec.name} --only-missing --from ${formatInstant(from)} --to ${formatInstant(to)}`;
  const message = `${open.length} ${open.length === 1 ? "gap" : "gaps"} between ${place}`;
  return { status: "warn", failures: open.length, message, hint };
}

const PERIOD_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

function testFreshness(
  { warn_after, error_after }: Freshness,
  sealed: readonly Interval[],
  now: number,
): Outcome {
  const until = sealed.at(-1)?.to;
  const age = until === undefined ? Number.POSITIVE_INFINITY : now - until;
  const limit = (after: Freshness["warn_after"]): number =>
    after === undefined ? Number.POSITIVE_INFINITY : after.count * PERIOD_MS[after.period];
  const message =
    until === undefined
      ? "nothing is sealed yet"
      : `sealed until ${formatInstant(until)}, ${(age / PERIOD_MS.hour).toFixed(1)} hours ago`;
  const hint = "qbo run without a range goes on from there";
  if (age > limit(error_after)) return { status: "fail", failures: 1, message, hint };
  if (age > limit(warn_after)) return { status: "warn", failures: 1, message, hint };
  return { ...PASS, message };
}
