import type pg from "pg";
import type { Manner } from "../ports/manner.ts";
import type { Attendant } from "./attend.ts";
import { cut } from "./observer.ts";

/** Something that runs one statement at a time: a connection, or a transaction on it. */
export interface Queryable {
  readonly query: <Row extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ) => Promise<pg.QueryResult<Row>>;
}

/** A connection that is lent to one user at a time. */
export interface Lease {
  /** Runs statements for a purpose over the connection. Each statement is attended to: it is watched while it waits. */
  readonly queryable: (purpose: string, manner?: Manner) => Queryable;
  /** Whether the connection has died. */
  readonly isBroken: () => boolean;
  /** Marks the connection as unusable, so that it is closed when it is given back and not lent again. */
  readonly condemn: () => void;
  /** Gives the connection back. */
  readonly release: () => void;
}

/** A pool of connections to one database. */
export interface Database {
  readonly lease: (purpose: string, manner?: Manner) => Promise<Lease>;
  /** Closes every connection once all of them have been given back. */
  readonly end: () => Promise<void>;
}

export interface LeaseOptions {
  readonly pool: pg.Pool;
  readonly attendant: Attendant;
  /** The processes of PostgreSQL that belong to this process. */
  readonly own: Set<number>;
  readonly max: number;
  /** Whether PostgreSQL does not answer at the moment. */
  readonly isDark: () => boolean;
}

/** Whether the pool gave up on a new connection because of the time limit. The pool gives this error no code. */
const isTimeout = (error: unknown): boolean =>
  error instanceof Error && /connection timeout/.test(error.message);

/** The first statement on a new connection. It sets what the role or the database may have set differently: dates are only
 * parsed in one format, and a transaction that has waited for a lock must see what was committed meanwhile. */
const GREETING = `select set_config('datestyle', 'ISO, MDY', false),
  set_config('default_transaction_isolation', 'read committed', false), pg_backend_pid() as pid`;

/** Lends the connections of a pool. Users wait here until a connection is free, and not in the pool, because the pool's limit
 * for making a connection would end their wait. */
export function createLender({ pool, attendant, own, max, isDark }: LeaseOptions): Database {
  const pids = new WeakMap<pg.PoolClient, number>();
  const waiting: (() => void)[] = [];
  let free = max;
  let lent = 0;
  let onAllBack = (): void => undefined;
  const takePlace = async (): Promise<void> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const givePlace = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  const giveBack = (client: pg.PoolClient, broken: Error | boolean | undefined): void => {
    client.release(broken);
    givePlace();
  };
  let hasConnected = false;
  const connect = async (isWanted: () => boolean): Promise<pg.PoolClient> => {
    await takePlace();
    for (;;) {
      try {
        const client = await pool.connect();
        hasConnected = true;
        return client;
      } catch (error) {
        // The server may answer again. The attendant decides when it has been silent for too long.
        if (hasConnected && isTimeout(error) && isDark() && isWanted()) continue;
        givePlace();
        throw error;
      }
    }
  };

  const lend = (client: pg.PoolClient): Lease => {
    lent++;
    let broken: Error | undefined;
    // A query that is waiting also fails when its connection dies, but without a listener the process would end.
    const onError = (error: Error): void => {
      broken ??= error;
    };
    client.on("error", onError);
    return {
      queryable: (purpose, manner = {}) => ({
        query: async (sql, values = []) => {
          attendant.checkBegin(manner);
          if (broken !== undefined) throw broken;
          return attendant.attend(client.query(sql, [...values]), {
            ...manner,
            purpose,
            pid: pids.get(client),
            condemn: onError,
            cut: () => cut(client),
          });
        },
      }),
      isBroken: () => broken !== undefined,
      condemn: () => onError(new Error("not to be used again")),
      release: () => {
        client.off("error", onError);
        giveBack(client, broken);
        lent--;
        if (lent === 0) onAllBack();
      },
    };
  };

  /** Prepares a new connection, and remembers which process of PostgreSQL serves it. */
  const greet = async (client: pg.PoolClient, lease: Lease, purpose: string, manner: Manner) => {
    const { rows } = await lease.queryable(purpose, manner).query<{ pid: number }>(GREETING);
    const pid = rows[0]?.pid ?? 0;
    pids.set(client, pid);
    own.add(pid);
    client.once("end", () => own.delete(pid));
  };

  const lease: Database["lease"] = async (purpose, manner = {}) => {
    attendant.checkBegin(manner);
    let isWanted = true;
    const connecting = connect(() => isWanted);
    let client: pg.PoolClient;
    try {
      client = await attendant.attend(connecting, {
        ...manner,
        purpose,
        pid: undefined,
        condemn: () => undefined,
        cut: () => undefined,
      });
    } catch (error) {
      isWanted = false;
      // The connection may still be made later; nobody uses it then.
      connecting.then(
        (late) => giveBack(late, true),
        () => undefined,
      );
      throw error;
    }
    const made = lend(client);
    try {
      if (!pids.has(client)) await greet(client, made, purpose, manner);
      return made;
    } catch (error) {
      made.condemn();
      made.release();
      throw error;
    }
  };
  return {
    lease,
    end: async () => {
      if (lent > 0) await new Promise<void>((resolve) => (onAllBack = resolve));
      // Not awaited, because it would also wait for connections that are still being made and that nobody needs any more.
      void pool.end();
    },
  };
}
