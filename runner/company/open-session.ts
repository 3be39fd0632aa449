import type { Clock } from "../clock.ts";
import type { Log } from "../events.ts";
import type { Limits } from "../ports/limits.ts";
import type { Source } from "../ports/source.ts";
import { connect, type Database } from "../postgres/connect.ts";
import { openVault } from "../postgres/open-vault.ts";
import { createBudget } from "../quickbooks/budget.ts";
import { openHttp } from "../quickbooks/http.ts";
import { Limiter, ratesOf } from "../quickbooks/limiter.ts";
import { openSources } from "../quickbooks/open-sources.ts";
import { openTokenSource, type SettlingTokenSource } from "../quickbooks/token-source.ts";
import { type PostgresSettings, type QuickBooksSettings, VAULT } from "../settings.ts";

/** A company: where its records are read, and where they are loaded. */
export interface Company {
  readonly quickbooks: QuickBooksSettings;
  readonly postgres: PostgresSettings;
}

/** What the process provides for work on one company. */
export interface CompanyPorts {
  readonly log: Log;
  /** Aborted to cancel the work. The reason is the name of the process signal. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** How long a request may take, in milliseconds. The default is longer than Intuit's own limit. */
  readonly requestTimeoutMs?: number | undefined;
  /** Shared limits, for several pieces of work that send requests to the same company at the same time. By default each piece
   * of work has its own. */
  readonly limits?: Limits | undefined;
}

/** Connections to the database and to one company. */
export interface Session {
  readonly pool: Database;
  readonly tokens: SettlingTokenSource;
  readonly openSource: () => Source;
  /** Waits until a token that was requested is stored, 30 s at most. Call this before logging the last event. */
  readonly settle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface SessionOptions {
  /** The `application_name` of the connections in PostgreSQL. */
  readonly name: string;
  readonly connections: number;
  /** The maximum number of API calls; unlimited by default. */
  readonly maxCalls?: number | undefined;
}

/** How long a command waits at its end for the answer of the token endpoint, in milliseconds. */
const MAX_SETTLE_MS = 30_000;

/** Connects to PostgreSQL. QuickBooks is contacted only with the first request. */
export async function openSession(
  { quickbooks, postgres }: Company,
  { log, signal, clock, requestTimeoutMs, limits }: CompanyPorts,
  { name, connections, maxCalls }: SessionOptions,
): Promise<Session> {
  const pool = await connect(postgres, name, connections, { log, signal });
  const http = openHttp(requestTimeoutMs);
  http.secrets.add(quickbooks.clientSecret).add(quickbooks.refreshToken);
  const firstToken = quickbooks.refreshToken === VAULT ? undefined : quickbooks.refreshToken;
  const tokens = openTokenSource({
    ...clock,
    vault: openVault(pool, { key: quickbooks, firstToken, now: clock.now }),
    endpoint: quickbooks,
    firstToken,
    send: http.send,
    log,
    signal,
  });
  const settle = (): Promise<void> => tokens.settle(MAX_SETTLE_MS);
  return {
    pool,
    tokens,
    settle,
    openSource: openSources({
      company: quickbooks,
      send: http.send,
      tokens,
      limits: limits ?? new Limiter(ratesOf(quickbooks.environment), clock),
      budget: createBudget(maxCalls),
      log,
      clock,
    }),
    close: async () => {
      await settle();
      await Promise.all([http.close(), pool.end()]);
    },
  };
}
