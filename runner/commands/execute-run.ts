import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import { type EmbeddedServer, psqlLine } from "../embedded/embedded-postgres.ts";
import type { EntityResult, Summary } from "../events.ts";
import { readVersion } from "../files/package-files.ts";
import { removeFile, writeText } from "../files/read-files.ts";
import { formatInstant } from "../plan/interval.ts";
import { type Database, inTransaction } from "../postgres/connect.ts";
import { finishRun, startRun } from "../postgres/ledger.ts";
import { openTableLocks } from "../postgres/lock.ts";
import { checkTable } from "../postgres/raw-table.ts";
import { MINOR_VERSION } from "../quickbooks/client.ts";
import type { Statements } from "../render/templates.ts";
import { formatMetrics } from "../report/format-metrics.ts";
import { formatManifest } from "../report/manifest.ts";
import { formatRunResults, type RunHead } from "../report/run-results.ts";
import { type RunJob, type RunPorts, runSpecs, summarize, type Work } from "../run/run-specs.ts";
import type { EntitySpec } from "../spec/types.ts";
import { type ChooseContext, countWindows, rangeOf } from "./choose-work.ts";
import type { Context } from "./context.ts";
import { LOADING_CONNECTIONS, NOTHING_BEGUN, openLanding } from "./open-landing.ts";
import type { Services } from "./open-services.ts";
import { openSession, type Session } from "./open-session.ts";

/** What a run was asked to read of one spec. Milliseconds since 1970. */
export interface Asked {
  readonly name: string;
  readonly spec: string;
  readonly from: number;
  readonly to: number;
}

/** A run, fully decided. */
export interface Job extends Omit<RunJob, "work"> {
  readonly command: "run" | "retry";
  readonly specs: readonly EntitySpec[];
  /** Decides what to read, once the ledger can be asked. */
  readonly choose: (context: ChooseContext) => Promise<readonly Work[]>;
  /** What was asked for by the run that this one retries: a later retry must not forget what was complete this time. */
  readonly asked?: readonly Asked[];
  readonly demo: boolean;
  /** Whether to wait for tables that another run is loading. */
  readonly wait: boolean;
  readonly maxCalls: number | undefined;
  /** Where to write the run's numbers for Prometheus. */
  readonly metricsFile: string | undefined;
  readonly statements: Statements;
}

const ARTIFACT = join("target", "run_results.json");
/** Connections beside those that load: for the locks and the vault. */
const OTHER_CONNECTIONS = 2;

/** Runs a job and leaves its traces: tables, ledger, artifact, log. Nothing is created before QuickBooks has let us in. */
export async function executeRun(job: Job, services: Services, context: Context): Promise<number> {
  const { quickbooks } = services;
  const { log, signal, clock } = context;
  const runId = randomUUID();
  const [startedAt, startedMonotonic] = [clock.now(), clock.monotonic()];
  const name = `qbo ${job.command} ${runId}`;
  const connections = LOADING_CONNECTIONS + OTHER_CONNECTIONS;
  const session = await openSession(services, context, { name, connections, maxCalls: job.maxCalls });
  try {
    // What an earlier run left must not be taken for the result of this one.
    removeFile(join(context.cwd, ARTIFACT));
    const { realmId, environment } = quickbooks;
    for (const spec of job.specs) {
      await checkTable(session.pool, spec.table, { realmId, environment, entity: spec.entity });
    }
    const work = await job.choose({ pool: session.pool, realmId, environment, now: startedAt, log });
    const head: RunHead = { runId, version: readVersion(), startedAt, arguments: argumentsOf(job, work) };
    const range = rangeOf(work);
    log({
      ...{
        type: "run_started",
        run_id: runId,
        version: head.version,
        entities: work.length,
        windows: countWindows(work),
      },
      ...{ from: range && formatInstant(range.from), to: range && formatInstant(range.to) },
    });
    await session.tokens.accessToken(undefined, signal);
    const record = openRecord(() =>
      inTransaction(
        session.pool,
        "record the start of the run",
        (client) => startRun(client, { ...head, command: job.command, realmId, environment }),
        { closing: true, repeatable: true },
      ),
    );
    const { results, cancelled } = await load({ ...job, work }, { head, record, services, session }, context);
    const summary = summarize(results, Math.round(clock.monotonic() - startedMonotonic), cancelled);
    if (record.hasBegun() || !NOTHING_BEGUN.has(summary.failure?.code ?? "")) {
      await record.begin();
      const { specs, metricsFile } = job;
      await finish({ pool: session.pool, head, results, summary, specs, metricsFile }, context);
    }
    await session.settle();
    log({ type: "summary", ...summary });
    if (services.embedded !== undefined && context.logFormat === "text") {
      tellWhereToLook(services.embedded, job, context);
    }
    if (cancelled) return signal.reason === "SIGTERM" ? 143 : 130;
    return summary.status === "success" ? 0 : 1;
  } finally {
    await session.close();
  }
}

/** The run's row in the ledger, written once, when there is something to tell. */
interface RunRecordOnce {
  readonly begin: () => Promise<void>;
  readonly hasBegun: () => boolean;
}

function openRecord(write: () => Promise<void>): RunRecordOnce {
  let begun: Promise<void> | undefined;
  return {
    begin: () => {
      begun ??= write();
      return begun;
    },
    hasBegun: () => begun !== undefined,
  };
}

interface Loading {
  readonly head: RunHead;
  readonly record: RunRecordOnce;
  readonly services: Services;
  readonly session: Session;
}

async function load(
  job: Job & RunJob,
  { head, record, services, session }: Loading,
  { log, signal, clock }: Context,
): Promise<{ results: EntityResult[]; cancelled: boolean }> {
  const { statements, wait } = job;
  const { pool, openSource } = session;
  const { realmId, environment } = services.quickbooks;
  const { runId } = head;
  const locks = await openTableLocks(pool);
  const ports: RunPorts = {
    openSource,
    landing: openLanding({
      ...{ pool, locks, statements, runId, realmId, environment, clock, log, signal, wait },
      ...record,
    }),
    statements,
    now: clock.now,
    monotonic: clock.monotonic,
    request: { minor_version: MINOR_VERSION, realm_id: realmId, environment },
  };
  const found: (EntityResult | undefined)[] = [];
  try {
    await runSpecs(job, ports, log, signal, found);
    const results = found.filter((result) => result !== undefined);
    return { results, cancelled: results.some(({ failure }) => failure?.code === "CANCELLED") };
  } finally {
    locks.close();
  }
}

/** What a retry needs to know, beside what people want to read. */
function argumentsOf(
  { demo, pageSize, strategy, asked }: Job,
  work: readonly Work[],
): Readonly<Record<string, unknown>> {
  const entities = (asked ?? work.map(askedOf)).map(({ from, to, ...spec }) => ({
    ...spec,
    from: from && formatInstant(from),
    to: to && formatInstant(to),
  }));
  return { entities, page_size: pageSize ?? null, strategy, demo };
}

function askedOf(one: Work): Partial<Asked> & Pick<Asked, "name" | "spec"> {
  const { spec } = one;
  return { name: spec.name, spec: spec.file, ...rangeOf([one]) };
}

interface Outcome {
  readonly specs: readonly EntitySpec[];
  readonly metricsFile: string | undefined;
  readonly pool: Database;
  readonly head: RunHead;
  readonly results: readonly EntityResult[];
  readonly summary: Summary;
}

/** The ledger first: it is the truth. */
async function finish(
  { pool, head, results, summary, specs, metricsFile }: Outcome,
  { cwd, clock, log }: Context,
): Promise<void> {
  const now = clock.now();
  const { status, counts, totals } = summary;
  try {
    await finishRun(pool, head.runId, status, { ...counts, ...totals }, now);
  } catch (error) {
    const message = error instanceof Error ? error.message : `there was no time for it after ${error}`;
    log({
      type: "notice",
      level: "warn",
      message: `the ledger does not know that the run has ended: ${message}`,
    });
  }
  writeText(join(cwd, "target", "manifest.json"), formatManifest(specs, head, now));
  writeText(join(cwd, ARTIFACT), formatRunResults(head, results, summary, now));
  if (metricsFile !== undefined) writeText(resolve(cwd, metricsFile), formatMetrics(results, summary, now));
}

function tellWhereToLook(server: EmbeddedServer, { specs, demo }: Job, { io }: Context): void {
  const [spec] = specs;
  if (spec === undefined) return;
  const query = `select id, payload from ${spec.table.schema}.${spec.table.name} limit 5`;
  io.out(`
Look at the tables:
  npx qbo status${demo ? " --demo" : ""}
  ${psqlLine(server)} -c '${query}'
PostgreSQL goes on running for that; \`npx qbo postgres stop\` ends it.
`);
}
