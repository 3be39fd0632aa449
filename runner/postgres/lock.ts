import type { QueryResultRow } from "pg";
import { RunnerError } from "../errors.ts";
import type { Manner } from "./attend.ts";
import { type Database, postgresError } from "./connect.ts";
import type { Lease } from "./lease.ts";

export interface TableLocks {
  /** Whether the lock was free; it is ours then. */
  readonly tryLock: (tableName: string) => Promise<boolean>;
  readonly unlock: (tableName: string) => Promise<void>;
  /** Says who holds a lock. */
  readonly holderOf: (tableName: string) => Promise<string>;
  /** Whether the connection that held the locks has died. */
  readonly isLost: () => boolean;
  readonly close: () => void;
}

/** The first half of a lock's number: "qbo". */
const TABLE_LOCKS = 0x71_62_6f;

/** Locks on landing tables, all on one connection: they die with it, so a crash frees them. */
export async function openTableLocks(pool: Database): Promise<TableLocks> {
  const lease = await openLease(pool).catch((cause: unknown) => {
    throw postgresError(OPEN, cause);
  });
  // Several entities ask at a time, but a connection takes one statement at a time.
  let last: Promise<unknown> = Promise.resolve();
  const ask = async <Row extends QueryResultRow>(
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
      const [row] = await ask<{ locked: boolean }>(
        "lock",
        "select pg_try_advisory_lock($1, hashtext($2)) as locked",
        tableName,
      );
      return row?.locked === true;
    },
    unlock: async (tableName) => {
      // A connection that is gone has freed its locks.
      const sql = "select pg_advisory_unlock($1, hashtext($2))";
      await ask("unlock", sql, tableName, { closing: true }).catch(() => undefined);
    },
    holderOf: async (tableName) => {
      const [row] = await ask<{ holder: string; pid: number }>("look who holds", HOLDER, tableName);
      return row === undefined ? "another run" : `"${row.holder}" (PostgreSQL process ${row.pid})`;
    },
    isLost: lease.isBroken,
    close: () => {
      // Closing the connection frees whatever it still holds.
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

/** This session is idle for as long as the tables are loaded, and must not be ended for it. */
const KEEP_IDLE = "select set_config('idle_session_timeout', '0', false)";

const HOLDER = `select application_name as holder, pg_stat_activity.pid
from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and classid = $1 and objid::bigint = hashtext($2)::bigint & 4294967295 and granted`;

export const locksLost = (): RunnerError =>
  new RunnerError("POSTGRES_UNREACHABLE", "the connection that holds the locks on the tables was lost", {
    hint: "run the same command again, or `qbo retry`; what is sealed stays",
  });

export function lockedError(tableName: string, holder: string): RunnerError {
  return new RunnerError("LOCKED", `${tableName} is being loaded by ${holder}`, {
    hint: "wait until it has finished and run the same command again, or run it with --wait",
  });
}
