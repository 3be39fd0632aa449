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

/** A run for one company: what to read, and how. */
export interface RunRequest extends Omit<HowToRead, "resume"> {
  readonly command: "run" | "retry";
  /** The version of qbo, for the log and the ledger. */
  readonly version: string;
  readonly wanted: readonly Wanted[];
  readonly statements: Statements;
  /** Whether to leave out sealed windows. */
  readonly onlyMissing: boolean;
  /** Whether to wait for tables that another run is loading. */
  readonly wait: boolean;
  /** The maximum number of API calls; undefined for no limit. */
  readonly maxCalls: number | undefined;
  /** Whether this is a demo. The ledger records it. */
  readonly demo: boolean;
}

export interface RunOutcome {
  readonly head: RunHead;
  /** In the order in which the specs were given. */
  readonly results: readonly EntityResult[];
  readonly summary: Summary;
  /** Whether the run is recorded in the ledger. A run that QuickBooks did not let in leaves no record. */
  readonly isOnRecord: boolean;
}

/** Connections for the locks and the vault, in addition to those that load. */
const OTHER_CONNECTIONS = 2;

/** Reads entities of one company, loads them into its tables and records the run in the ledger. It needs neither a command
 * line nor a process of its own, so several companies can run at the same time, each with its own connections, tokens and
 * limits. Nothing is created before QuickBooks has let the run in. Failures of entities are part of the outcome. A failure of
 * the whole run is thrown as a `RunnerError`. */
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
    const entry = openRunEntry(head, { company, request, session });
    const results = await load(work, { company, request, session, head, entry }, ports);
    const summary = summarize(results, Math.round(clock.monotonic() - startedMonotonic));
    const isOnRecord = entry.hasBegun() || !NOT_LET_IN.has(summary.failure?.code ?? "");
    if (isOnRecord) {
      await entry.begin();
      await recordEnd(session, head, summary, ports);
    }
    return { head, results, summary, isOnRecord };
  } finally {
    await session.close();
  }
}

/** Decides from the ledger and the tables what to read. Throws `TABLE_MISMATCH` if a table is unsuitable or belongs to
 * another company. */
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

/** The run's row in the ledger. It is written once, as soon as there is something to record. */
interface RunEntry {
  readonly begin: () => Promise<void>;
  readonly hasBegun: () => boolean;
}

interface Begun {
  readonly company: Company;
  readonly request: RunRequest;
  readonly session: Session;
}

function openRunEntry(head: RunHead, { company, request, session }: Begun): RunEntry {
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
  { company, request, session, head, entry }: Begun & { readonly head: RunHead; readonly entry: RunEntry },
  { log, signal, clock }: CompanyPorts,
): Promise<readonly EntityResult[]> {
  const { pool, openSource } = session;
  const { realmId, environment } = company.quickbooks;
  const { statements, wait } = request;
  const locks = await openTableLocks(pool);
  try {
    const landing = openLanding({
      ...entry,
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
    // A run that continues from sealed windows also uses what earlier runs have read without proving it.
    const resume = request.onlyMissing || request.wanted.some(({ range }) => range.from === undefined);
    return await runSpecs(work, { ...request, resume }, ports, log, signal);
  } finally {
    locks.close();
  }
}

/** What a run was told to read for one spec, as the ledger keeps it for `retry`. Milliseconds since 1970. */
interface Requested {
  readonly name: string;
  readonly spec: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** The arguments of the run as the ledger keeps them, for people and for `retry`. A retry records what the run that it
 * retries was told to read, so that a later retry does not forget what was already complete this time. */
function argumentsOf(
  { command, wanted, demo, pageSize, strategy }: RunRequest,
  work: readonly Work[],
): Readonly<Record<string, unknown>> {
  const requested =
    command === "retry"
      ? wanted.map(({ spec, range }): Requested => ({ name: spec.name, spec: spec.file, ...range }))
      : work.map(requestedOf);
  const entities = requested.map(({ name, spec, from, to }) => ({
    name,
    spec,
    from: from === undefined ? undefined : formatInstant(from),
    to: to === undefined ? undefined : formatInstant(to),
  }));
  return { entities, page_size: pageSize ?? null, strategy, demo };
}

function requestedOf(one: Work): Requested {
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
    const reason = error instanceof Error ? error.message : `${error} left no time for it`;
    log({
      type: "notice",
      level: "warn",
      message: `could not record the end of the run in the ledger: ${reason}`,
    });
  }
}
