import { formatInstant, type Interval } from "../plan/interval.ts";
import { openComparison } from "../postgres/compare-listing.ts";
import { inTransaction } from "../postgres/connect.ts";
import { rawShapeOf } from "../postgres/raw-shape.ts";
import { countAll, countByWindow } from "../postgres/read-raw.ts";
import { type CountDifference, compareCounts } from "../run/compare-counts.ts";
import { type Compared, commandFor, compareRecords, namesOf } from "../run/compare-records.ts";
import { windowsOf } from "../run/entity-job.ts";
import { Listing } from "../run/list-records.ts";
import { tableNameOf } from "../spec/table-name-of.ts";
import type { EntitySpec } from "../spec/types.ts";
import { type Outcome, PASS, type TestMeans } from "./test-outcome.ts";

/** The interval that stands for a whole set, for entities without a cursor. */
export const WHOLE: Interval = { from: 0, to: 1 };

/** Compares what the table holds in some spans with the source. */
export async function testRecords(
  spec: EntitySpec,
  spans: readonly Interval[],
  means: TestMeans,
): Promise<Outcome> {
  if (spans.length === 0) return { ...PASS, message: "nothing has been read yet" };
  if (means.quick) return testCounts(spec, spans, means);
  const { session, statements, signal } = means;
  const compared = await inTransaction(
    session.pool,
    `compare ${tableNameOf(spec)} with the source`,
    async (client) => {
      const comparison = await openComparison(client, rawShapeOf(spec), spans);
      const ports = { source: session.openSource(), statements, comparison };
      return compareRecords(spec, spans, ports, signal);
    },
  );
  return outcomeOf(spec, compared);
}

function outcomeOf(spec: EntitySpec, { differences, held, total, unlisted }: Compared): Outcome {
  const { missing, different, gone, changed } = differences;
  const records = idsOf(differences);
  if (unlisted !== undefined) {
    return {
      records,
      status: "error",
      failures: 1,
      message: `the source counts ${unlisted.counted} records, but lists only ${unlisted.listed}`,
      hint: "run the same command again; if it happens every time, the API returns incomplete pages",
    };
  }
  const failures = missing.length + different.length + gone.length;
  const parts = [
    sentence(missing, "missing from RAW"),
    sentence(different, "in RAW in a different version"),
    sentence(gone, "in RAW but no longer at the source"),
    sentence(changed, "changed at the source after the range"),
  ].filter((part) => part !== undefined);
  if (failures === 0 && changed.length === 0) {
    return { ...PASS, message: `${held} ${held === 1 ? "record matches" : "records match"} the source` };
  }
  const more = total > failures + changed.length && failures > 0 ? `; ${total} differ in all` : "";
  const message = `${parts.join("; ")}${more}`;
  if (failures === 0) {
    return { records, status: "warn", failures: changed.length, message, hint: `qbo run ${spec.name}` };
  }
  const isLoss = missing.length + different.length > 0;
  const hints = [
    isLoss ? `read them again: ${commandFor(spec, [...missing, ...different])}` : undefined,
    gone.length > 0 ? "records that are gone at the source stay in RAW in their last version" : undefined,
  ];
  return {
    records,
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
  { session, statements, signal }: TestMeans,
): Promise<Outcome> {
  const source = session.openSource();
  const count = (interval: Interval | null): Promise<number> =>
    source.count(statements.count(spec, interval), signal);
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
    const sourceCount = (await listing.count(WHOLE, signal)) ?? rows;
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

/** How many windows a message names. The others are only counted. */
const SHOWN = 5;

function different(differences: readonly CountDifference[], spec: EntitySpec): Outcome {
  const shown = differences
    .slice(0, SHOWN)
    .map(
      ({ from, rows, sourceCount }) =>
        `${from === 0 ? "in total" : formatInstant(from)}: ${rows} in RAW, ${sourceCount} at the source`,
    );
  const more = differences.length > SHOWN ? `; and ${differences.length - SHOWN} more` : "";
  return {
    status: "fail",
    failures: differences.length,
    message: `${shown.join("; ")}${more}`,
    hint: `run \`qbo test ${spec.name}\` without --quick: it names the records`,
  };
}
