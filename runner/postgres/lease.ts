import type pg from "pg";
import type { Attendant, Manner } from "./attend.ts";
import { cut } from "./observer.ts";

/** Something that takes one statement at a time: a connection, or a transaction on it. */
export interface Queryable {
  readonly query: <Row extends pg.QueryResultRow = pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ) => Promise<pg.QueryResult<Row>>;
}

/** A connection for one user at a time. */
export interface Lease {
  /** The connection as something that takes statements for a purpose, each of which is attended to. */
  readonly queryable: (purpose: string, manner?: Manner) => Queryable;
  /** Whether the connection has died. */
  readonly isBroken: () => boolean;
  /** Sees to it that the connection is closed, and not lent again, once it is given back. */
  readonly condemn: () => void;
  /** Gives the connection back. */
  readonly release: () => void;
}

/** A pool of connections to one database. */
export interface Database {
  readonly lease: (purpose: string, manner?: Manner) => Promise<Lease>;
  /** Closes every connection, once all are given back. */
  readonly end: () => Promise<void>;
}

export interface LeaseOptions {
  readonly pool: pg.Pool;
  readonly attendant: Attendant;
  /** Processes of PostgreSQL that work for this process. */
  readonly own: Set<number>;
  readonly max: number;
  /** Whether PostgreSQL has fallen silent, which may pass. */
  readonly isDark: () => boolean;
}

/** The pool gives it no code. */
const isTimeout = (error: unknown): boolean =>
  error instanceof Error && /connection timeout/.test(error.message);

const GREETING = `select set_config('datestyle', 'ISO, MDY', false),
  set_config('default_transaction_isolation', 'read committed', false), pg_backend_pid() as pid`;

/** Lends connections of the pool. Whoever finds none free waits here and not in the pool, whose patience ends when a
 * new connection takes too long. */
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
        // Whoever attends to this knows when silence has lasted too long.
        if (hasConnected && isTimeout(error) && isDark() && isWanted()) continue;
        givePlace();
        throw error;
      }
    }
  };

  const lend = (client: pg.PoolClient): Lease => {
    lent++;
    let broken: Error | undefined;
    // A connection that dies tells its waiting query too; without a listener it would end the process.
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
            ...{ purpose, ...manner, pid: pids.get(client) },
            ...{ condemn: onError, cut: () => cut(client) },
          });
        },
      }),
      isBroken: () => broken !== undefined,
      condemn: () => onError(new Error("not to be used again")),
      release: () => {
        client.off("error", onError);
        giveBack(client, broken);
        if (--lent === 0) onAllBack();
      },
    };
  };

  /** Whatever the role or the database is set to: dates are read in one form only, and a transaction that has waited
   * for a lock must see what was committed meanwhile. */
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
        ...{ purpose, ...manner, pid: undefined, condemn: () => undefined, cut: () => undefined },
      });
    } catch (error) {
      isWanted = false;
      // It may still come about when nobody waits for it any more.
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
      // Not awaited: it would wait for connections, too, that are still being made and that nobody wants any more.
      void pool.end();
    },
  };
}
