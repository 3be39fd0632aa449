import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { RunnerError } from "../errors.ts";
import { readVersion } from "../files/package-files.ts";
import { type Interval, parseInstant } from "../plan/interval.ts";
import { connect } from "../postgres/connect.ts";
import { type LastRun, readLastRun } from "../postgres/read-ledger.ts";
import { checkProject } from "../project/check-project.ts";
import type { Context } from "./context.ts";
import { openServices, type Services } from "./open-services.ts";
import { runAndReport } from "./run-and-report.ts";
import { parsePageSize, parseStrategy, parseWhole, type Written } from "./run-options.ts";

export interface RetryOptions {
  readonly threads: Written;
  readonly maxCalls: Written;
  readonly wait: boolean;
  readonly demo: boolean;
  readonly metricsFile: Written;
}

const DEFAULT_THREADS = 8;
const MAX_LANES = 4;

/** Reads what the last run left unsealed, as the ledger knows it: after a crash, and on another machine, too. */
export async function retry(options: RetryOptions, context: Context): Promise<number> {
  const how = {
    threads: parseWhole("--threads", options.threads) ?? DEFAULT_THREADS,
    maxCalls: parseWhole("--max-calls", options.maxCalls),
    maxLanes: MAX_LANES,
    failFast: false,
  };
  const metricsFile = options.metricsFile === undefined ? undefined : String(options.metricsFile);
  const { wait, demo } = options;
  const services = await openServices(context, demo);
  try {
    const last = await readLast(services, context);
    const asked = askedOf(last);
    if (asked.length === 0) return tellNothingLeft(last, context);
    const args = asked.map(({ name, spec }) => (existsSync(resolve(context.cwd, spec)) ? spec : name));
    const { specs, statements } = checkProject({ args, useBuiltIn: demo }, context);
    const wanted = specs.map((spec) => {
      const range = asked.find(({ name }) => name === spec.name);
      if (range === undefined) throw unreadable(last.run_id);
      return { spec, range: { from: range.from, to: range.to } };
    });
    const { page_size: pageSize, strategy } = last.arguments;
    return await runAndReport(
      services,
      {
        ...how,
        command: "retry",
        version: readVersion(),
        wanted,
        statements,
        onlyMissing: true,
        demo,
        wait,
        pageSize: typeof pageSize === "number" ? parsePageSize(pageSize) : undefined,
        strategy: parseStrategy(typeof strategy === "string" ? strategy : undefined),
      },
      { metricsFile },
      context,
    );
  } finally {
    await services.close();
  }
}

async function readLast({ postgres, quickbooks }: Services, context: Context): Promise<LastRun> {
  const pool = await connect(postgres, "qbo retry", 1, context);
  try {
    const last = await readLastRun(pool, quickbooks.realmId, quickbooks.environment);
    if (last !== undefined) return last;
    throw new RunnerError("NOTHING_TO_RETRY", "the ledger knows no run of this company", {
      hint: "begin with `qbo run`",
    });
  } finally {
    await pool.end();
  }
}

/** What the run that is retried was to read of one spec. */
interface AskedRange extends Interval {
  readonly name: string;
  /** The spec's file. */
  readonly spec: string;
}

function askedOf({ run_id, arguments: { entities } }: LastRun): AskedRange[] {
  if (!Array.isArray(entities)) throw unreadable(run_id);
  return entities.flatMap((entity: unknown) => {
    if (typeof entity !== "object" || entity === null) throw unreadable(run_id);
    const [name, spec, from, to] = ["name", "spec", "from", "to"].map((name) => Reflect.get(entity, name));
    // An entity of which nothing was left to read has no range.
    if (from === undefined) return [];
    return [
      {
        name: String(name),
        spec: String(spec),
        from: parseInstant(String(from)) ?? 0,
        to: parseInstant(String(to)) ?? 0,
      },
    ];
  });
}

/** The run before left nothing, and so does this one. */
function tellNothingLeft({ run_id }: LastRun, { log }: Context): number {
  log({
    type: "notice",
    level: "info",
    message: `Nothing is left to read: the last run ${run_id} had nothing to read`,
  });
  const counts = { pass: 0, partial: 0, error: 0, skip: 0, total: 0 };
  log({ type: "summary", status: "success", counts, totals: null, failure: null });
  return 0;
}

const unreadable = (runId: string): RunnerError =>
  new RunnerError("NOTHING_TO_RETRY", `the ledger does not say what the run ${runId} was to read`, {
    hint: "use `qbo run --only-missing` with the range",
  });
