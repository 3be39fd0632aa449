import { RunnerError } from "../errors.ts";
import type { TestResult } from "../events.ts";
import { union } from "../plan/coverage.ts";
import type { Interval } from "../plan/interval.ts";
import { claimBy } from "../postgres/claim-by.ts";
import { rawShapeOf } from "../postgres/raw-shape.ts";
import { checkLandingTable } from "../postgres/raw-table.ts";
import { type Recorded, readRecorded, readSealed } from "../postgres/read-ledger.ts";
import { hasTable, readIntegrity } from "../postgres/read-raw.ts";
import { lookAtTable } from "../postgres/table-state.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import type { Session } from "./open-session.ts";
import { type Outcome, PASS, type TestMeans } from "./test-outcome.ts";
import { testRecords, WHOLE } from "./test-records.ts";
import { type Seals, testCoverage, testFreshness } from "./test-seals.ts";

/** Runs every test of one entity. */
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
    await checkLandingTable(pool, spec.table, { realmId, environment, entity: spec.entity });
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
    const freshness = testFreshness(spec.freshness, ledger.sealed, means.now());
    return [...results, named("freshness", freshness)];
  } catch (error) {
    return [named("loaded", failedTest(error, spec))];
  }
}

interface Ledger extends Seals {
  readonly recorded: Recorded;
}

async function readLedger(spec: EntitySpec, means: TestMeans): Promise<Ledger> {
  const { pool } = means.session;
  const { changed, isKnown } = await lookAtTable(pool, claimBy(spec, means));
  const isTrusted = isKnown && changed === undefined;
  const sealed = isTrusted ? union(await readSealed(pool, means.realmId, tableNameOf(spec))) : [];
  return { sealed, recorded: await readRecorded(pool, means.realmId, tableNameOf(spec)), changed };
}

/** The spans to compare: the requested range, or by default everything from the first window that was ever read or tried to
 * the last one that has passed. */
function spansOf(spec: EntitySpec, { hull, passedTo }: Recorded, { range }: TestMeans): readonly Interval[] {
  if (spec.cursor === null) return [WHOLE];
  const { from = hull?.from, to = passedTo } = range;
  return from === undefined || to === undefined || from >= to ? [] : [{ from, to }];
}

/** The outcome of a test that failed to run, for example because the source refused to answer. This is an error of the test,
 * not of the command. */
function failedTest(error: unknown, spec: EntitySpec): Outcome {
  if (!(error instanceof RunnerError)) throw error;
  return {
    status: error.code === "QBO_NOT_AVAILABLE" ? "warn" : "error",
    failures: 1,
    message: error.message,
    hint: error.hint ?? `run \`qbo debug\` and look at ${spec.file}`,
  };
}

/** The outcome for a table that does not exist. If the company lacks the entity, that is only a warning. */
async function testMissing(
  spec: EntitySpec,
  tableName: string,
  { session, statements, signal }: TestMeans,
): Promise<Outcome> {
  const missing: Outcome = {
    status: "error",
    failures: 1,
    message: `the table ${tableName} does not exist`,
    hint: `load it: qbo run ${spec.name} --from … --to …`,
  };
  if (!spec.paging) return missing;
  try {
    await session.openSource().count(statements.count(spec, null), signal);
    return missing;
  } catch (error) {
    if (error instanceof RunnerError && error.code === "QBO_NOT_AVAILABLE") return failedTest(error, spec);
    return missing;
  }
}

async function testIntegrity(spec: EntitySpec, { pool }: Session): Promise<Outcome> {
  const { wrong_id, outside_window, without_lineage } = await readIntegrity(pool, rawShapeOf(spec));
  const failures = wrong_id + outside_window + without_lineage;
  if (failures === 0) return { ...PASS, message: "ids, windows and lineage match the payloads" };
  return {
    status: "fail",
    failures,
    message: `${wrong_id} rows whose id differs from their payload, ${outside_window} outside their window, ${without_lineage} with incomplete lineage`,
    hint: "something other than qbo has written to the table; remove those rows, then read the range again",
  };
}
