import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { PostgresSettings } from "../settings.ts";
import { createAttendant, type Manner, type Tell } from "./attend.ts";
import { connectionError, postgresError, sqlState } from "./failures.ts";
import { createLender, type Database, type Lease, type Queryable } from "./lease.ts";
import { openObserver } from "./observer.ts";
import { LIMITS, type Limits } from "./watch.ts";

export { postgresError, sqlState } from "./failures.ts";
export type { Database, Queryable } from "./lease.ts";

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
  settings: PostgresSettings,
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
  const lender = createLender({ pool, attendant, own, max, isDark: observer.isDark });
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

export interface TransactionManner extends Manner {
  /** Whether `work` may run again, from its begin, where the transaction collided with another one and was rolled back. */
  readonly repeatable?: boolean;
}

/** Runs `work` in a transaction on a connection of its own. */
export async function inTransaction<T>(
  pool: Database,
  purpose: string,
  work: (client: Queryable) => Promise<T>,
  { repeatable = false, ...manner }: TransactionManner = {},
): Promise<T> {
  try {
    return await withLease(await pool.lease(purpose, manner), (lease) => {
      const once = () => transact(lease, lease.queryable(purpose, manner), work);
      return repeatable ? untilAlone(once) : once();
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
    // A connection that cannot roll back is closed, which rolls back too.
    await client.query("rollback").catch(lease.condemn);
    throw error;
  }
}

/** One statement on its own. It is repeatable: one that fails has done nothing. */
export async function runStatement<Row extends pg.QueryResultRow>(
  pool: Database,
  purpose: string,
  sql: string,
  values: readonly unknown[] = [],
  manner: Manner = {},
): Promise<Row[]> {
  try {
    return await withLease(await pool.lease(purpose, manner), (lease) =>
      untilAlone(async () => (await lease.queryable(purpose, manner).query<Row>(sql, values)).rows),
    );
  } catch (cause) {
    throw postgresError(purpose, cause);
  }
}

/** How PostgreSQL says that transactions collided and that one of them must begin anew: serialization_failure and
 * deadlock_detected. */
const COLLISIONS: ReadonlySet<string | undefined> = new Set(["40001", "40P01"]);
const TRIES = 5;
const COLLISION_WAIT_MS = 100;

/** Runs `once` again, after a short random wait, where it collided with another transaction. */
async function untilAlone<T>(once: () => Promise<T>): Promise<T> {
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
