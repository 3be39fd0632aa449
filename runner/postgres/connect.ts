import pg from "pg";
import { RunnerError } from "../errors.ts";
import { createAttendant, type Manner, type Tell } from "./attend.ts";
import { createLender, type Database, type Lease, type Queryable } from "./lease.ts";
import { openObserver } from "./observer.ts";
import { LIMITS, type Limits } from "./watch.ts";

export type { Database, Queryable } from "./lease.ts";

export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly sslMode: "disable" | "require" | "verify-full";
}

const CONNECT_TIMEOUT_MS = 10_000;

export interface ConnectOptions {
  /** Hears which statements wait, and for what. */
  readonly log: Tell;
  /** Ends what waits. */
  readonly signal: AbortSignal;
  readonly limits?: Limits;
}

/** A pool whose connections name themselves `applicationName`, proven to work by a first query. */
export async function connect(
  settings: ConnectionSettings,
  applicationName: string,
  max: number,
  { log, signal, limits = LIMITS }: ConnectOptions,
): Promise<Database> {
  const { host, port, database, user, password, sslMode } = settings;
  const config: pg.ClientConfig = {
    ...{ host, port, database, user, password },
    application_name: applicationName.slice(0, 63),
    keepAlive: true,
    ssl: sslMode === "disable" ? false : { rejectUnauthorized: sslMode === "verify-full" },
  };
  const pool = new pg.Pool({ ...config, max, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A server that goes away while a connection idles is met again, and reported, at the next query.
  pool.on("error", () => undefined);
  const own = new Set<number>();
  const observer = openObserver(config, limits);
  const attendant = createAttendant({ observer, own, tell: log, signal, limits });
  const lender = createLender({ pool, attendant, own, max });
  const end = async (): Promise<void> => {
    await lender.end();
    observer.close();
    attendant.close();
  };
  try {
    (await lender.lease("connect to PostgreSQL")).release();
    return { ...lender, end };
  } catch (cause) {
    await end();
    throw connectionError(settings, cause);
  }
}

function connectionError(
  { host, port, database, user, password }: ConnectionSettings,
  cause: unknown,
): unknown {
  // What is no failure of the connection, a signal or a server that fell silent, has its words already.
  if (!(cause instanceof Error) || cause instanceof RunnerError) return cause;
  const place = `${host}:${port}`;
  const state = sqlState(cause);
  const wantsPassword = password === "" && state === undefined;
  if (state === "28P01" || state === "28000" || wantsPassword) {
    return new RunnerError(
      "POSTGRES_REFUSED",
      `PostgreSQL at ${place} refuses the user "${user}": ${reason(cause)}`,
      {
        hint: "check POSTGRES_USER and POSTGRES_PASSWORD",
        cause,
      },
    );
  }
  if (state === "3D000") {
    return new RunnerError("POSTGRES_REFUSED", `PostgreSQL at ${place} has no database "${database}"`, {
      hint: `create it (createdb ${database}) or check POSTGRES_DB`,
      cause,
    });
  }
  return new RunnerError(
    "POSTGRES_UNREACHABLE",
    `PostgreSQL at ${place} cannot be reached: ${reason(cause)}`,
    {
      hint: "start it, or check POSTGRES_HOST, POSTGRES_PORT and POSTGRES_SSLMODE",
      cause,
    },
  );
}

export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const reason = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reason).join(", ");
  return error instanceof Error ? error.message : String(error);
};

/** What to throw where a statement failed: PostgreSQL's own words and what it was for. Failures that are not
 * PostgreSQL's, an abort or a bug, stay what they are. */
export function postgresError(purpose: string, cause: unknown): unknown {
  if (cause instanceof RunnerError || !(cause instanceof Error)) return cause;
  const state = sqlState(cause) ?? "";
  const isState = cause instanceof pg.DatabaseError && /^[0-9A-Z]{5}$/.test(state);
  const isAway = isState ? /^(08|57P)/.test(state) : isConnectionLoss(cause);
  if (!isState && !isAway) return cause;
  const shown = state === "" ? "" : ` (${state})`;
  return new RunnerError(
    isAway ? "POSTGRES_UNREACHABLE" : "POSTGRES_FAILED",
    `could not ${purpose}: ${reason(cause)}${shown}`,
    {
      hint: isAway
        ? "PostgreSQL went away; run the same command again, what is sealed stays"
        : (HINTS[state] ?? "see PostgreSQL's log for the whole story"),
      cause,
    },
  );
}

/** The driver gives some losses a system code and the others nothing but a text. */
function isConnectionLoss(error: Error): boolean {
  return (
    /^E[A-Z]+$/.test(sqlState(error) ?? "") ||
    /^(Connection terminated|timeout exceeded|Client )/.test(error.message)
  );
}

const HINTS: Readonly<Record<string, string>> = {
  "25006": "the database is read-only: use its primary server",
  "42501": "grant the user the right to create and write its schemas, see docs/architecture.md",
  "53100": "the server's disk is full: make room, then run the same command again",
};

export interface TransactionManner extends Manner {
  /** Whether `work` may be run anew, from the begin, where PostgreSQL cannot let it stand beside other transactions. */
  readonly repeatable?: boolean;
}

/** Runs `work` in a transaction on a connection of its own. */
export async function inTransaction<T>(
  pool: Database,
  purpose: string,
  work: (client: Queryable) => Promise<T>,
  manner: TransactionManner = {},
): Promise<T> {
  try {
    return await withLease(await pool.lease(purpose, manner), async (lease) => {
      const client = lease.ask(purpose, manner);
      try {
        await client.query("begin");
        const result = await work(client);
        await client.query("commit");
        return result;
      } catch (error) {
        // A connection that cannot roll back is closed, which rolls back too.
        await client.query("rollback").catch(lease.condemn);
        throw error;
      }
    });
  } catch (cause) {
    throw postgresError(purpose, cause);
  }
}

/** One statement on its own. */
export async function ask<Row extends pg.QueryResultRow>(
  pool: Database,
  purpose: string,
  sql: string,
  values: readonly unknown[] = [],
  manner: Manner = {},
): Promise<Row[]> {
  try {
    return await withLease(await pool.lease(purpose, manner), async (lease) => {
      return (await lease.ask(purpose, manner).query<Row>(sql, values)).rows;
    });
  } catch (cause) {
    throw postgresError(purpose, cause);
  }
}

async function withLease<T>(lease: Lease, work: (lease: Lease) => Promise<T>): Promise<T> {
  try {
    return await work(lease);
  } finally {
    lease.release();
  }
}
