import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Log } from "../events.ts";
import type { Manner, TransactionManner } from "../ports/manner.ts";
import type { PostgresSettings } from "../settings.ts";
import { createAttendant } from "./attend.ts";
import { connectionError, postgresError, sqlState } from "./failures.ts";
import { createLender, type Database, type Lease, type Queryable } from "./lease.ts";
import { openObserver } from "./observer.ts";
import { TIMEOUTS, type Timeouts } from "./watch.ts";

export { postgresError, sqlState } from "./failures.ts";
export type { Database, Queryable } from "./lease.ts";

const CONNECT_TIMEOUT_MS = 10_000;

export interface ConnectOptions {
  /** Receives a notice for each statement that has to wait, saying what it waits for. */
  readonly log: Log;
  /** Ends statements that wait when it is aborted. */
  readonly signal: AbortSignal;
  readonly timeouts?: Timeouts;
}

/** Opens a pool of at most `max` connections and makes sure that it works by connecting once. The connections appear in
 * PostgreSQL as `applicationName`. Throws `POSTGRES_REFUSED` or `POSTGRES_UNREACHABLE`. */
export async function connect(
  settings: PostgresSettings,
  applicationName: string,
  max: number,
  { log, signal, timeouts = TIMEOUTS }: ConnectOptions,
): Promise<Database> {
  const { host, port, database, user, password, sslMode } = settings;
  const config: pg.ClientConfig = {
    host,
    port,
    database,
    user,
    password,
    // PostgreSQL cuts longer names off.
    application_name: applicationName.slice(0, 63),
    keepAlive: true,
    ssl: sslMode === "disable" ? false : { rejectUnauthorized: sslMode === "verify-full" },
  };
  const pool = new pg.Pool({ ...config, max, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // If the server goes away while a connection is idle, the next query reports it. Without a listener the process would end.
  pool.on("error", () => undefined);
  const own = new Set<number>();
  const observer = openObserver(config, timeouts);
  const attendant = createAttendant({ observer, own, log, signal, timeouts });
  const lender = createLender({ pool, attendant, own, max, isDark: observer.isDark });
  const end = async (): Promise<void> => {
    await lender.end();
    observer.close();
    attendant.close();
  };
  try {
    const lease = await lender.lease("connect to PostgreSQL");
    lease.release();
    return { ...lender, end };
  } catch (cause) {
    await end();
    throw connectionError(settings, cause);
  }
}

/** Runs `work` in a transaction on a connection of its own. `purpose` says what it is for, as in "could not <purpose>". */
export async function inTransaction<T>(
  pool: Database,
  purpose: string,
  work: (client: Queryable) => Promise<T>,
  { repeatable = false, ...manner }: TransactionManner = {},
): Promise<T> {
  try {
    return await withLease(await pool.lease(purpose, manner), (lease) => {
      const once = () => transact(lease, lease.queryable(purpose, manner), work);
      return repeatable ? retryCollisions(once) : once();
    });
  } catch (cause) {
    throw postgresError(purpose, cause);
  }
}

async function transact<T>(
  lease: Lease,
  client: Queryable,
  work: (client: Queryable) => Promise<T>,
): Promise<T> {
  try {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    // A connection that cannot roll back is closed, which also rolls back.
    await client.query("rollback").catch(lease.condemn);
    throw error;
  }
}

/** Runs a single statement and returns its rows. A statement that collides with another transaction is run again, because a
 * failed statement has changed nothing. `purpose` says what it is for, as in "could not <purpose>". */
export async function runStatement<Row extends pg.QueryResultRow>(
  pool: Database,
  purpose: string,
  sql: string,
  values: readonly unknown[] = [],
  manner: Manner = {},
): Promise<Row[]> {
  try {
    return await withLease(await pool.lease(purpose, manner), async (lease) => {
      const client = lease.queryable(purpose, manner);
      const { rows } = await retryCollisions(() => client.query<Row>(sql, values));
      return rows;
    });
  } catch (cause) {
    throw postgresError(purpose, cause);
  }
}

/** The states by which PostgreSQL says that transactions collided and that one of them has to start over:
 * serialization_failure and deadlock_detected. */
const COLLISIONS: ReadonlySet<string | undefined> = new Set(["40001", "40P01"]);
const TRIES = 5;
const COLLISION_WAIT_MS = 100;

/** Runs `once`, and runs it again after a short random wait if it collided with another transaction, up to five times. */
async function retryCollisions<T>(once: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await once();
    } catch (error) {
      if (tries === TRIES || !COLLISIONS.has(sqlState(error))) throw error;
      await sleep(Math.random() * COLLISION_WAIT_MS * tries);
    }
  }
}

async function withLease<T>(lease: Lease, work: (lease: Lease) => Promise<T>): Promise<T> {
  try {
    return await work(lease);
  } finally {
    lease.release();
  }
}
