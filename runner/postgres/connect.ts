import pg from "pg";
import { RunnerError } from "../errors.ts";

export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly sslMode: "disable" | "require" | "verify-full";
}

/** A pool of connections to one database. */
export type Database = pg.Pool;

/** Something that takes one statement at a time: a connection, or a transaction on it. */
export type Queryable = Pick<pg.ClientBase, "query">;

const CONNECT_TIMEOUT_MS = 10_000;

/** A pool whose connections name themselves `applicationName`, proven to work by a first query. */
export async function connect(
  settings: ConnectionSettings,
  applicationName: string,
  max: number,
): Promise<Database> {
  const { host, port, database, user, password, sslMode } = settings;
  const pool = new pg.Pool({
    ...{ host, port, database, user, password, max },
    application_name: applicationName.slice(0, 63),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    // Dates are read in this form only, whatever the role or the database is set to.
    onConnect: async (client) => {
      await client.query("set datestyle to 'ISO, MDY'");
    },
    ssl: sslMode === "disable" ? false : { rejectUnauthorized: sslMode === "verify-full" },
  });
  // A server that goes away while a connection idles is met again, and reported, at the next query.
  pool.on("error", () => undefined);
  try {
    await pool.query("select 1");
    return pool;
  } catch (cause) {
    // Not awaited: a connection that was refused half-way may never end.
    void pool.end().catch(() => undefined);
    throw connectionError(settings, cause);
  }
}

function connectionError(
  { host, port, database, user, password }: ConnectionSettings,
  cause: unknown,
): RunnerError {
  const place = `${host}:${port}`;
  const state = sqlState(cause);
  const wantsPassword = password === "" && cause instanceof Error && state === undefined;
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

/** Runs `work` in a transaction on a connection of its own. */
export async function inTransaction<T>(
  pool: Database,
  purpose: string,
  work: (client: Queryable) => Promise<T>,
): Promise<T> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (cause) {
    throw postgresError(purpose, cause);
  }
  let broken: Error | undefined;
  // A connection that dies tells its waiting query too; without a listener it would end the process.
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on("error", onError);
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (cause) {
    await client.query("rollback").catch(onError);
    throw postgresError(purpose, cause);
  } finally {
    client.off("error", onError);
    client.release(broken);
  }
}

/** One statement on its own. */
export async function ask<Row extends pg.QueryResultRow>(
  pool: Database,
  purpose: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    return (await pool.query<Row>(sql, [...values])).rows;
  } catch (cause) {
    throw postgresError(purpose, cause);
  }
}
