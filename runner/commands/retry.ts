import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { RunnerError } from "../errors.ts";
import { parseInstant } from "../plan/interval.ts";
import { connect } from "../postgres/connect.ts";
import { type LastRun, readLastRun } from "../postgres/read-ledger.ts";
import type { RetryOptions } from "../verbs/retry.ts";
import { parsePageSize, parseStrategy } from "../verbs/shared-options.ts";
import { checkProject } from "./check-project.ts";
import { type ChooseContext, chooseWork } from "./choose-work.ts";
import type { Context } from "./context.ts";
import { type Asked, executeRun } from "./execute-run.ts";
import { openServices, type Services } from "./open-services.ts";

const MAX_LANES = 4;

/** Reads what the last run left unsealed, as the ledger knows it: after a crash, and on another machine, too. */
export async function retry(options: RetryOptions, context: Context): Promise<number> {
  const { threads, maxCalls, metricsFile } = options;
  const how = { threads, maxCalls, maxLanes: MAX_LANES, failFast: false, metricsFile };
  const services = await openServices(context, options.demo);
  try {
    const last = await readLast(services, context);
    const asked = askedOf(last);
    if (asked.length === 0) return tellNothingLeft(last, context);
    const { specs, statements } = checkProject(
      {
        args: asked.map(({ name, spec }) => (existsSync(resolve(context.cwd, spec)) ? spec : name)),
        useBuiltIn: options.demo,
      },
      context,
    );
    const choose = async (session: ChooseContext) => {
      const work = await Promise.all(
        specs.map((spec) => {
          const found = asked.find(({ name }) => name === spec.name);
          if (found === undefined) throw unreadable(last.run_id);
          const { from, to } = found;
          return chooseWork([spec], { range: { from, to }, onlyMissing: true, restore: true }, session);
        }),
      );
      return work.flat().filter(({ spans }) => spans.length > 0);
    };
    const { page_size: pageSize, strategy } = last.arguments;
    const asBefore = {
      pageSize: typeof pageSize === "number" ? parsePageSize(String(pageSize)) : undefined,
      strategy: parseStrategy(typeof strategy === "string" ? strategy : undefined),
    };
    const { wait, demo } = options;
    return await executeRun(
      { command: "retry", resume: true, specs, statements, choose, asked, wait, demo, ...how, ...asBefore },
      services,
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

function askedOf({ run_id, arguments: { entities } }: LastRun): Asked[] {
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
