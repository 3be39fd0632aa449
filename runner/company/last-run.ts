import { RunnerError } from "../errors.ts";
import { type Interval, parseInstant } from "../plan/interval.ts";
import { connect } from "../postgres/connect.ts";
import { type LastRun, readLastRun } from "../postgres/read-ledger.ts";
import type { Company, CompanyPorts } from "./open-session.ts";

/** What the last run of a company was to read, as the ledger knows it. */
export interface LastRequest {
  readonly runId: string;
  readonly ranges: readonly RequestedRange[];
  readonly pageSize: number | undefined;
  readonly strategy: string | undefined;
}

/** The range that was to be read of one spec. Milliseconds since 1970. */
export interface RequestedRange extends Interval {
  readonly name: string;
  /** The spec's file. */
  readonly spec: string;
}

/** Reads what the last run was asked for. Throws `NOTHING_TO_RETRY` where the ledger does not know. */
export async function readLastRequest(
  { quickbooks, postgres }: Company,
  ports: CompanyPorts,
): Promise<LastRequest> {
  const pool = await connect(postgres, "qbo retry", 1, ports);
  try {
    const last = await readLastRun(pool, quickbooks.realmId, quickbooks.environment);
    if (last !== undefined) return requestOf(last);
    throw new RunnerError("NOTHING_TO_RETRY", "the ledger knows no run of this company", {
      hint: "begin with `qbo run`",
    });
  } finally {
    await pool.end();
  }
}

function requestOf({ run_id: runId, arguments: given }: LastRun): LastRequest {
  const { entities, page_size: pageSize, strategy } = given;
  if (!Array.isArray(entities)) throw unreadable(runId);
  return {
    runId,
    ranges: entities.flatMap((entity: unknown) => requestedRangeOf(entity, runId)),
    pageSize: typeof pageSize === "number" ? pageSize : undefined,
    strategy: typeof strategy === "string" ? strategy : undefined,
  };
}

function requestedRangeOf(entity: unknown, runId: string): RequestedRange[] {
  if (typeof entity !== "object" || entity === null) throw unreadable(runId);
  const fieldOf = (name: string): unknown => Reflect.get(entity, name);
  // An entity of which nothing was left to read has no range.
  if (fieldOf("from") === undefined) return [];
  return [
    {
      name: String(fieldOf("name")),
      spec: String(fieldOf("spec")),
      from: parseInstant(String(fieldOf("from"))) ?? 0,
      to: parseInstant(String(fieldOf("to"))) ?? 0,
    },
  ];
}

/** The ledger holds a run that this version cannot read. */
export const unreadable = (runId: string): RunnerError =>
  new RunnerError("NOTHING_TO_RETRY", `the ledger does not say what the run ${runId} was to read`, {
    hint: "use `qbo run --only-missing` with the range",
  });
