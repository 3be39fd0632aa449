import { randomUUID } from "node:crypto";
import { NOT_LET_IN } from "../errors.ts";
import type { EntityResult, RunHead, Summary } from "../events.ts";
import { formatInstant } from "../plan/interval.ts";
import { inTransaction } from "../postgres/connect.ts";
import { finishRun, startRun } from "../postgres/ledger.ts";
import { openTableLocks } from "../postgres/lock.ts";
import { LOADING_CONNECTIONS, openLanding } from "../postgres/open-landing.ts";
import { checkLandingTable } from "../postgres/raw-table.ts";
import { MINOR_VERSION } from "../quickbooks/client.ts";
import type { Statements } from "../render/templates.ts";
import { type HowToRead, type RunPorts, runSpecs, summarize, type Work } from "../run/run-specs.ts";
import { chooseWork, countWindows, type Wanted, wholeOf } from "./choose-work.ts";
import { type Company, type CompanyPorts, openSession, type Session } from "./open-session.ts";

/** A run of one company: what to read, and how. */
export interface RunRequest extends Omit<HowToRead, "resume"> {
  readonly command: "run" | "retry";
  /** The version of qbo, for the log and the ledger. */
  readonly version: string;
  readonly wanted: readonly Wanted[];
  readonly statements: Statements;
  /** Whether to leave out what is sealed. */
  readonly onlyMissing: boolean;
  /** Whether to wait for tables that another run is loading. */
  readonly wait: boolean;
  /** The most API calls. */
  readonly maxCalls: number | undefined;
  /** Whether this is a demo, which the ledger notes. */
  readonly demo: boolean;
}

export interface RunOutcome {
  readonly head: RunHead;
  /** In the order in which the specs were given. */
  readonly results: readonly EntityResult[];
  readonly summary: Summary;
  /** Whether the ledger knows of the run: a run that QuickBooks did not let in leaves nothing behind. */
  readonly isOnRecord: boolean;
}

/** Connections beside those that load: for the locks and the vault. */
const OTHER_CONNECTIONS = 2;

/** Reads and loads entities of one company and leaves them in its tables and in the ledger. Needs no command line and no
 * process of its own: several companies can run at a time, each with its own connections, tokens and limits. Nothing is
 * created before QuickBooks has let the run in. Failures of entities are part of the outcome; what concerns the whole run is
 * thrown as a `RunnerError`. */
export async function runCompany(
  company: Company,
  request: RunRequest,
  ports: CompanyPorts,
): Promise<RunOutcome> {
  const { clock, log, signal } = ports;
  const runId = randomUUID();
  const startedAt = clock.now();
  const startedMonotonic = clock.monotonic();
  const session = await openSession(company, ports, {
    name: `qbo ${request.command} ${runId}`,
    connections: LOADING_CONNECTIONS + OTHER_CONNECTIONS,
    maxCalls: request.maxCalls,
  });
  try {
    const work = await decide(company, request, session, ports);
    const head = { runId, version: request.version, startedAt, arguments: argumentsOf(request, work) };
    const range = wholeOf(work);
    log({
      type: "run_started",
      run_id: runId,
      version: head.version,
      entities: work.length,
      windows: countWindows(work),
      from: range && formatInstant(range.from),
      to: range && formatInstant(range.to),
    });
    await session.tokens.accessToken(undefined, signal);
    const record = openRecord(head, { company, request, session });
    const results = await load(work, { company, request, session, head, record }, ports);
    const summary = summarize(results, Math.round(clock.monotonic() - startedMonotonic));
    const isOnRecord = record.hasBegun() || !NOT_LET_IN.has(summary.failure?.code ?? "");
    if (isOnRecord) {
      await record.begin();
      await recordEnd(session, head, summary, ports);
    }
    return { head, results, summary, isOnRecord };
  } finally {
    await session.close();
  }
}

/** Decides what to read, from the ledger and the tables, after a look at whose tables they are. */
async function decide(
  { quickbooks: { realmId, environment } }: Company,
  { wanted, onlyMissing, command }: RunRequest,
  { pool }: Session,
  { clock, log }: CompanyPorts,
): Promise<readonly Work[]> {
  for (const { spec } of wanted) {
    await checkLandingTable(pool, spec.table, { realmId, environment, entity: spec.entity });
  }
  const isRetry = command === "retry";
  const work = await chooseWork(
    wanted,
    { onlyMissing, isRetry },
    { pool, realmId, environment, now: clock.now(), log },
  );
  return isRetry ? work.filter(({ spans }) => spans.length > 0) : work;
}

/** The run's row in the ledger, written once, when there is something to tell. */
interface OnRecord {
  readonly begin: () => Promise<void>;
  readonly hasBegun: () => boolean;
}

interface Begun {
  readonly company: Company;
  readonly request: RunRequest;
  readonly session: Session;
}

function openRecord(head: RunHead, { company, request, session }: Begun): OnRecord {
  const { realmId, environment } = company.quickbooks;
  const run = { ...head, command: request.command, realmId, environment };
  let begun: Promise<void> | undefined;
  return {
    begin: () => {
      begun ??= inTransaction(
        session.pool,
        "record the start of the run",
        (client) => startRun(client, run),
        { closing: true, repeatable: true },
      );
      return begun;
    },
    hasBegun: () => begun !== undefined,
  };
}

async function load(
  work: readonly Work[],
  { company, request, session, head, record }: Begun & { readonly head: RunHead; readonly record: OnRecord },
  { log, signal, clock }: CompanyPorts,
): Promise<readonly EntityResult[]> {
  const { pool, openSource } = session;
  const { realmId, environment } = company.quickbooks;
  const { statements, wait } = request;
  const locks = await openTableLocks(pool);
  try {
    const landing = openLanding({
      ...record,
      pool,
      locks,
      statements,
      runId: head.runId,
      realmId,
      environment,
      clock,
      log,
      signal,
      wait,
    });
    const ports: RunPorts = {
      openSource,
      landing,
      statements,
      now: clock.now,
      monotonic: clock.monotonic,
      request: { minor_version: MINOR_VERSION, realm_id: realmId, environment },
    };
    // A run that goes on from what is sealed also counts what earlier runs have read without proving it.
    const resume = request.onlyMissing || request.wanted.some(({ range }) => range.from === undefined);
    return await runSpecs(work, { ...request, resume }, ports, log, signal);
  } finally {
    locks.close();
  }
}

/** What a run was asked to read of one spec, as the ledger keeps it for `retry`. Milliseconds since 1970. */
interface Asked {
  readonly name: string;
  readonly spec: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** What a retry needs to know, beside what people want to read. A retry keeps what the run that it retries was asked for:
 * a later retry must not forget what was complete this time. */
function argumentsOf(
  { command, wanted, demo, pageSize, strategy }: RunRequest,
  work: readonly Work[],
): Readonly<Record<string, unknown>> {
  const asked =
    command === "retry"
      ? wanted.map(({ spec, range }): Asked => ({ name: spec.name, spec: spec.file, ...range }))
      : work.map(askedOf);
  const entities = asked.map(({ name, spec, from, to }) => ({
    name,
    spec,
    from: from === undefined ? undefined : formatInstant(from),
    to: to === undefined ? undefined : formatInstant(to),
  }));
  return { entities, page_size: pageSize ?? null, strategy, demo };
}

function askedOf(one: Work): Asked {
  const range = wholeOf([one]);
  return { name: one.spec.name, spec: one.spec.file, from: range?.from, to: range?.to };
}

async function recordEnd(
  { pool }: Session,
  { runId }: RunHead,
  { status, counts, totals }: Summary,
  { clock, log }: CompanyPorts,
): Promise<void> {
  try {
    await finishRun(pool, runId, status, { ...counts, ...totals }, clock.now());
  } catch (error) {
    const reason = error instanceof Error ? error.message : `there was no time for it after ${error}`;
    log({
      type: "notice",
      level: "warn",
      message: `the ledger does not know that the run has ended: ${reason}`,
    });
  }
}
