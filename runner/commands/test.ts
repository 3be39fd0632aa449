import { RunnerError } from "../errors.ts";
import { gaps, union } from "../plan/coverage.ts";
import { formatInstant, type Interval } from "../plan/interval.ts";
import { readSealed } from "../postgres/read-ledger.ts";
import { countAll, countByWindow, hasTable, readIntegrity } from "../postgres/read-raw.ts";
import type { Statements } from "../render/templates.ts";
import { formatTests, TEST_FORMATS, type TestResult } from "../report/format-tests.ts";
import { compareCounts, compareEach } from "../run/compare-counts.ts";
import { windowsOf } from "../run/entity-job.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec, Freshness } from "../spec/types.ts";
import { checkProject } from "./check-project.ts";
import type { Context } from "./context.ts";
import { type Session, withSession } from "./open-session.ts";
import { rawShapeOf } from "./raw-shape.ts";
import { parseOpenRange, parseWhole, type Written, type WrittenRange } from "./run-options.ts";

export interface TestOptions {
  readonly args: readonly string[];
  readonly from: Written;
  readonly to: Written;
  readonly format: string;
  readonly demo: boolean;
  /** A count for every window instead of one for all, halved where it differs. */
  readonly thorough: boolean;
  /** The most API calls. */
  readonly maxCalls: Written;
}

/** RAW against the source: counts of what is sealed, each row against itself, and how fresh it is. */
export async function test(options: TestOptions, context: Context): Promise<number> {
  const format = TEST_FORMATS.find((known) => known === options.format);
  if (format === undefined) {
    throw new RunnerError("USAGE", `--format ${options.format} is unknown`, {
      hint: `known are ${TEST_FORMATS.join(", ")}`,
    });
  }
  const range = parseOpenRange(options.from, options.to);
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: options.demo }, context);
  return withSession(
    context,
    {
      demo: options.demo,
      name: "qbo test",
      maxCalls: parseWhole("--max-calls", options.maxCalls),
    },
    async (session, services) => {
      const results: TestResult[] = [];
      for (const spec of specs) {
        const means = {
          session,
          statements,
          context,
          range,
          thorough: options.thorough,
          realmId: services.quickbooks.realmId,
        };
        results.push(...(await testEntity(spec, means)));
      }
      context.io.out(formatTests(results, format, context.paint));
      return results.some(({ status }) => status === "fail" || status === "error") ? 1 : 0;
    },
  );
}

interface Means {
  readonly session: Session;
  readonly statements: Statements;
  readonly context: Context;
  readonly range: WrittenRange;
  readonly thorough: boolean;
  readonly realmId: string;
}

async function testEntity(spec: EntitySpec, means: Means): Promise<TestResult[]> {
  const { session, realmId, range } = means;
  const tableName = tableNameOf(spec);
  const base = { file: spec.file, spec: spec.name, table: tableName };
  if (!(await hasTable(session.pool, spec.table))) {
    return [{ ...base, name: `${spec.name}.loaded`, ...(await testMissing(spec, tableName, means)) }];
  }
  const sealed = union(await readSealed(session.pool, realmId, tableName));
  const spans = sealed.flatMap((span) => within(span, range));
  const counts = await testCounts(spec, spans, means).catch((error: unknown) => failedTest(error, spec));
  return [
    { ...base, name: `${spec.name}.counts`, ...counts },
    { ...base, name: `${spec.name}.integrity`, ...(await testIntegrity(spec, session)) },
    { ...base, name: `${spec.name}.coverage`, ...testCoverage(spec, sealed) },
    ...(spec.freshness === undefined
      ? []
      : [
          {
            ...base,
            name: `${spec.name}.freshness`,
            ...testFreshness(spec.freshness, sealed, means.context.clock.now()),
          },
        ]),
  ];
}

function within({ from, to }: Interval, range: WrittenRange): Interval[] {
  const cut = { from: Math.max(from, range.from ?? from), to: Math.min(to, range.to ?? to) };
  return cut.from < cut.to ? [cut] : [];
}

type Outcome = Omit<TestResult, "file" | "spec" | "table" | "name">;

const PASS = { status: "pass", failures: 0, hint: undefined } as const;

/** A source that refuses to count is an error of the test, not of the command. */
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
  { session, statements, context }: Means,
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
    const outcome = failedTest(error, spec);
    return outcome.status === "warn" ? outcome : missing;
  }
}

async function testCounts(
  spec: EntitySpec,
  spans: readonly Interval[],
  { session, statements, context, thorough }: Means,
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
    const [rows, sourceCount] = [await countAll(session.pool, shape), await count(null)];
    if (rows === sourceCount) return { ...PASS, message: `${rows} rows` };
    return different([{ from: 0, to: 0, rows, sourceCount }], spec);
  }
  const compare = thorough ? compareEach : compareCounts;
  let total = 0;
  const differences = [];
  for (const span of spans) {
    const windows = windowsOf(spec, span);
    const rows = await countByWindow(session.pool, shape, windows);
    total += rows.reduce((sum, found) => sum + found, 0);
    differences.push(
      ...(await compare(
        windows.map((window, index) => ({ ...window, rows: rows[index] ?? 0 })),
        count,
      )),
    );
  }
  return differences.length === 0
    ? { ...PASS, message: `${total} rows in what is sealed` }
    : different(differences, spec);
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
  const [first] = differences;
  const range =
    first === undefined || first.from === 0
      ? ""
      : ` --from ${formatInstant(first.from)} --to ${formatInstant(first.to)}`;
  return {
    status: "fail",
    failures: differences.length,
    message: `${shown.join("; ")}${more}`,
    hint: `fewer in RAW: read again with qbo run ${spec.name}${range}; more in RAW: records were changed later or deleted at the source`,
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

function testCoverage(spec: EntitySpec, sealed: readonly Interval[]): Outcome {
  const [first, last] = [sealed[0], sealed.at(-1)];
  if (first === undefined || last === undefined) {
    return {
      status: "warn",
      failures: 1,
      message: "nothing is sealed yet",
      hint: `qbo run ${spec.name} --from … --to …`,
    };
  }
  const open = gaps({ from: first.from, to: last.to }, sealed);
  const place = `${formatInstant(first.from)} to ${formatInstant(last.to)}`;
  if (open.length === 0) return { ...PASS, message: `sealed from ${place}` };
  const hint = `qbo run ${spec.name} --only-missing --from ${formatInstant(first.from)} --to ${formatInstant(last.to)}`;
  return { status: "warn", failures: open.length, message: `${open.length} gaps between ${place}`, hint };
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
