import type { Clock } from "../clock.ts";
import type { Log } from "../events.ts";
import { lockedError, type TableLocks } from "./lock.ts";

const LOCK_POLL_MS = 1000;

export interface LockOptions {
  readonly locks: TableLocks;
  /** Whether to wait for a table that another run is loading. */
  readonly wait: boolean;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Runs `work` while no other process loads the table. If another process is loading it, waits for its end if `wait` is set,
 * and otherwise throws `LOCKED` at once. */
export async function withTableLock<T>(
  tableName: string,
  { locks, wait, log, signal, clock }: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  let isLogged = false;
  while (!(await locks.tryLock(tableName))) {
    const holder = await locks.holderOf(tableName);
    if (!wait) throw lockedError(tableName, holder);
    if (!isLogged) {
      log({ type: "notice", level: "info", message: `waiting for ${tableName}, which ${holder} is loading` });
    }
    isLogged = true;
    await clock.sleep(LOCK_POLL_MS, signal);
  }
  try {
    return await work();
  } finally {
    await locks.unlock(tableName);
  }
}
