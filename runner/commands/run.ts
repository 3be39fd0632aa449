import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type pg from "pg";
import type { EmbeddedServer } from "../embedded/embedded-postgres.ts";
import { RunnerError } from "../errors.ts";
import type { EntityResult, Summary } from "../events.ts";
import { readVersion } from "../files/package-files.ts";
import { writeText } from "../files/read-files.ts";
import { formatInstant } from "../plan/interval.ts";
import { connect, inTransaction } from "../postgres/connect.ts";
import { finishRun, startRun } from "../postgres/ledger.ts";
import { openTableLocks, type TableLocks } from "../postgres/lock.ts";
import { checkTable } from "../postgres/raw-table.ts";
import { MINOR_VERSION } from "../quickbooks/client.ts";
import { openHttp } from "../quickbooks/http.ts";
import type { Statements } from "../render/templates.ts";
import { formatRunResults, type RunHead } from "../report/run-results.ts";
import { windowsOf } from "../run/run-entity.ts";
import { type RunJob, runSpecs, summarize } from "../run/run-specs.ts";
import { checkProject } from "./check-project.ts";
import type { Context } from "./context.ts";
import { LOADING_CONNECTIONS, openLanding } from "./open-landing.ts";
import { openServices, type Services } from "./open-services.ts";
import { openSources } from "./open-source.ts";
import { parsePageSize, parseRange, parseStrategy, parseWhole, type Written } from "./run-options.ts";
import { openTokenSource } from "./token-source.ts";

export interface RunOptions {
  readonly args: readonly string[];
  readonly from: Written;
  readonly to: Written;
  readonly pageSize: Written;
  readonly demo: boolean;
  readonly strategy: Written;
  readonly threads: Written;
  readonly maxCalls: Written;
  readonly wait: boolean;
}

/** More windows than this are a mistyped year, not a backfill. */
const MAX_WINDOWS = 200_000;
const DEFAULT_THREADS = 8;
const MAX_LANES = 4;
/** Connections beside those that load: for the locks and the vault. */
const OTHER_CONNECTIONS = 2;

/** Extracts and loads. Everything that can be told from files, flags and environment fails before anything is
 * contacted; nothing is created before QuickBooks has answered. */
export async function run(options: RunOptions, context: Context): Promise<number> {
  const range = parseRange(options.from, options.to);
  const how = {
    pageSize: parsePageSize(options.pageSize),
    strategy: parseStrategy(options.strategy),
    threads: parseWhole("--threads", options.threads) ?? DEFAULT_THREADS,
    maxCalls: parseWhole("--max-calls", options.maxCalls),
  };
  const { specs, statements } = checkProject({ args: options.args, useBuiltIn: options.demo }, context);
  const windows = specs.reduce((sum, spec) => sum + windowsOf(spec, range).length, 0);
  if (windows > MAX_WINDOWS) {
    throw new RunnerError("USAGE", `the range makes ${windows} windows`, {
      hint: "narrow --from and --to, or set `window: month` in the specs",
    });
  }
  const services = await openServices(context, options.demo);
  try {
    return await runWith(
      { options, range, ...how, maxLanes: MAX_LANES, specs, statements, windows },
      services,
      context,
    );
  } finally {
    await services.close();
  }
}

interface Job extends RunJob {
  readonly options: RunOptions;
  readonly maxCalls: number | undefined;
  readonly statements: Statements;
  readonly windows: number;
}

async function runWith(job: Job, services: Services, context: Context): Promise<number> {
  const { quickbooks } = services;
  const head: RunHead = {
    runId: randomUUID(),
    version: readVersion(),
    startedAt: context.clock.now(),
    arguments: argumentsOf(job),
  };
  const pool = await connect(
    services.postgres,
    `qbo run ${head.runId}`,
    LOADING_CONNECTIONS + OTHER_CONNECTIONS,
  );
  const http = openHttp(context.requestTimeoutMs);
  let locks: TableLocks | undefined;
  try {
    for (const spec of job.specs) await checkTable(pool, spec.table, quickbooks);
    const tokens = openTokenSource({
      ...{ pool, endpoint: quickbooks, key: quickbooks, seed: quickbooks.refreshToken, log: context.log },
      ...{ send: http.send, ...context.clock },
    });
    const { from, to } = job.range;
    context.log({
      ...{
        type: "run_started",
        run_id: head.runId,
        version: head.version,
        from: formatInstant(from),
        to: formatInstant(to),
      },
      ...{ entities: job.specs.length, windows: job.windows },
    });
    await tokens.accessToken(undefined, context.signal);
    await inTransaction(pool, "record the start of the run", (client) =>
      startRun(client, {
        ...head,
        command: "run",
        realmId: quickbooks.realmId,
        environment: quickbooks.environment,
      }),
    );
    locks = await openTableLocks(pool);
    const { realmId, environment } = quickbooks;
    const { log, signal, clock } = context;
    const ports = {
      openSource: openSources({
        settings: quickbooks,
        send: http.send,
        tokens,
        log,
        clock,
        maxCalls: job.maxCalls,
      }),
      landing: openLanding({
        ...{ pool, locks, statements: job.statements, runId: head.runId, realmId, clock, log, signal },
        wait: job.options.wait,
      }),
      statements: job.statements,
      now: clock.now,
      request: { minor_version: MINOR_VERSION, realm_id: realmId, environment },
    };
    const found: (EntityResult | undefined)[] = [];
    const cancelled = await untilCancelled(signal, () => runSpecs(job, ports, log, signal, found));
    const results = found.filter((result) => result !== undefined);
    const summary = summarize(results, clock.now() - head.startedAt, cancelled);
    await finish({ pool, head, results, summary }, context);
    context.log({ type: "summary", ...summary });
    if (services.embedded !== undefined && context.logFormat === "text")
      tellWhereToLook(services.embedded, job, context);
    if (cancelled) return context.signal.reason === "SIGTERM" ? 143 : 130;
    return summary.status === "success" ? 0 : 1;
  } finally {
    locks?.close();
    await Promise.all([http.close(), pool.end()]);
  }
}

function argumentsOf({ options, range, pageSize, strategy, specs }: Job): Readonly<Record<string, unknown>> {
  return {
    specs: specs.map(({ file }) => file),
    from: formatInstant(range.from),
    to: formatInstant(range.to),
    page_size: pageSize ?? null,
    strategy,
    demo: options.demo,
  };
}

/** Whether the work ended because of a signal; every other failure is thrown. */
async function untilCancelled(signal: AbortSignal, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (signal.aborted) return true;
    throw error;
  }
}

interface Outcome {
  readonly pool: pg.Pool;
  readonly head: RunHead;
  readonly results: readonly EntityResult[];
  readonly summary: Summary;
}

/** The artifact first: it must be there even where the database is not. */
async function finish({ pool, head, results, summary }: Outcome, context: Context): Promise<void> {
  const now = context.clock.now();
  writeText(join(context.cwd, "target", "run_results.json"), formatRunResults(head, results, summary, now));
  const { status, counts, totals } = summary;
  try {
    await finishRun(pool, head.runId, status, { ...counts, ...totals }, now);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.log({
      type: "notice",
      level: "warn",
      message: `the ledger does not know that the run has ended: ${message}`,
    });
  }
}

function tellWhereToLook(server: EmbeddedServer, { specs, options }: Job, { io }: Context): void {
  const [spec] = specs;
  if (spec === undefined) return;
  const { host, port, user, database, passFile } = server;
  const query = `select id, payload from ${spec.table.schema}.${spec.table.name} limit 5`;
  io.out(`
Look at the tables:
  npx qbo status${options.demo ? " --demo" : ""}
  PGPASSFILE='${passFile}' psql -h ${host} -p ${port} -U ${user} -d ${database} -c '${query}'
PostgreSQL goes on running for that; \`npx qbo postgres stop\` ends it.
`);
}
