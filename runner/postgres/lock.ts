import type { QueryResultRow } from "pg";
import { RunnerError } from "../errors.ts";
import type { Manner } from "../ports/manner.ts";
import { type Database, postgresError } from "./connect.ts";
import type { Lease } from "./lease.ts";

export interface TableLocks {
  /** Takes the lock if it is free. Returns whether it was. */
  readonly tryLock: (tableName: string) => Promise<boolean>;
  readonly unlock: (tableName: string) => Promise<void>;
  /** Describes who holds the lock. */
  readonly holderOf: (tableName: string) => Promise<string>;
  /** Whether the connection that held the locks has died. */
  readonly isLost: () => boolean;
  readonly close: () => void;
}

/** The first half of the number of every lock: the letters "qbo" in ASCII. */
const TABLE_LOCKS = 0x71_62_6f;

/** Locks on landing tables. All of them are held by one connection and end with it, so a crash frees them. */
export async function openTableLocks(pool: Database): Promise<TableLocks> {
  const lease = await openLease(pool).catch((cause: unknown) => {
    throw postgresError(OPEN, cause);
  });
  // Several entities use the locks at once, but a connection runs one statement at a time.
  let last: Promise<unknown> = Promise.resolve();
  const runNext = async <Row extends QueryResultRow>(
    verb: string,
    sql: string,
    tableName: string,
    manner: Manner = {},
  ): Promise<Row[]> => {
    const purpose = `${verb} ${tableName}`;
    const answer = last.then(() =>
      lease.queryable(purpose, manner).query<Row>(sql, [TABLE_LOCKS, tableName]),
    );
    last = answer.catch(() => undefined);
    try {
      return (await answer).rows;
    } catch (cause) {
      throw postgresError(purpose, cause);
    }
  };
  return {
    tryLock: async (tableName) => {
      const [row] = await runNext<{ locked: boolean }>(
        "lock",
        "select pg_try_advisory_lock($1, hashtext($2)) as locked",
        tableName,
      );
      return row?.locked === true;
    },
    unlock: async (tableName) => {
      // If this fails, the connection is lost, which has freed its locks.
      const sql = "select pg_advisory_unlock($1, hashtext($2))";
      await runNext("unlock", sql, tableName, { closing: true }).catch(() => undefined);
    },
    holderOf: async (tableName) => {
      const [row] = await runNext<{ holder: string; pid: number }>("find out who holds", HOLDER, tableName);
      return row === undefined ? "another run" : `"${row.holder}" (PostgreSQL process ${row.pid})`;
    },
    isLost: lease.isBroken,
    close: () => {
      // Closing the connection frees the locks that it still holds.
      lease.condemn();
      lease.release();
    },
  };
}

const OPEN = "open a connection for locks";

async function openLease(pool: Database): Promise<Lease> {
  const lease = await pool.lease(OPEN);
  try {
    await lease.queryable(OPEN).query(KEEP_IDLE);
    return lease;
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** The session is idle while the tables are being loaded, so PostgreSQL must not end it for being idle. */
const KEEP_IDLE = "select set_config('idle_session_timeout', '0', false)";

const HOLDER = `select application_name as holder, pg_stat_activity.pid
from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and classid = $1 and objid::bigint = hashtext($2)::bigint & 4294967295 and granted`;

/** The error to throw if the connection that holds the locks has been lost. */
export const locksLost = (): RunnerError =>
  new RunnerError("POSTGRES_UNREACHABLE", "the connection that holds the locks on the tables was lost", {
    hint: "run the same command again, or `qbo retry`; sealed windows are kept",
  });

/** The error to throw if another run holds the lock on a table. */
export function lockedError(tableName: string, holder: string): RunnerError {
  return new RunnerError("LOCKED", `${tableName} is being loaded by ${holder}`, {
    hint: "wait until it has finished and run the same command again, or run it with --wait",
  });
}
