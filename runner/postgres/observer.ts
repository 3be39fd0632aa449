import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { type SessionSeen, type Sight, sightOf, type Timeouts } from "./watch.ts";

/** Looks at sessions of PostgreSQL over a connection of its own, which is only open while there is something to look at. */
export interface Observer {
  /** Finds out what the session `pid` waits for, or, without a `pid`, whether PostgreSQL answers. Never fails. */
  readonly look: (pid: number | undefined, own: ReadonlySet<number>) => Promise<Sight>;
  /** Asks PostgreSQL to cancel the statement of a session. Never fails, and resolves within the limit even if the request does
   * not get through. */
  readonly cancel: (pid: number) => Promise<void>;
  /** Whether PostgreSQL did not answer the last look. */
  readonly isDark: () => boolean;
  /** Whether PostgreSQL has not answered for so long that statements fail. */
  readonly isGivenUp: () => boolean;
  readonly close: () => void;
}

/** How long the connection is kept open for the next look. */
const IDLE_MS = 15_000;
/** How long the knowledge that PostgreSQL does not answer stays valid. */
const KNOWN_MS = 10_000;

export function openObserver(config: pg.ClientConfig, timeouts: Timeouts): Observer {
  let current: Promise<pg.Client> | undefined;
  let darkSince: number | undefined;
  /** When PostgreSQL last did not answer over a fresh connection. */
  let darkAt = Number.NEGATIVE_INFINITY;
  let idle: NodeJS.Timeout | undefined;
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ ...config, connectionTimeoutMillis: timeouts.answer });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  const drop = (connection: Promise<pg.Client> | undefined): void => {
    if (connection === current) current = undefined;
    connection?.then(cut, () => undefined);
  };
  const open = (): Promise<pg.Client> => {
    current ??= connect();
    clearTimeout(idle);
    idle = setTimeout(() => drop(current), IDLE_MS).unref();
    return current;
  };
  /** Reads the chain of sessions over the open connection first. If that does not answer, only the connection may be lost, so
   * a fresh one is tried. Undefined if PostgreSQL answers with an error. */
  const readChain = async (pid: number, since: number): Promise<SessionSeen[] | undefined> => {
    const isFresh = current === undefined;
    const connection = open();
    try {
      const answer = connection.then((client) => client.query<SessionSeen>(CHAIN, [pid]));
      return (await within(timeouts.answer, answer)).rows;
    } catch (error) {
      drop(connection);
      // An error of PostgreSQL itself is an answer, too.
      if (error instanceof pg.DatabaseError) return undefined;
      if (isFresh) darkAt = performance.now();
      // Another look may have failed over a fresh connection meanwhile.
      if (darkAt >= since) throw error;
      return readChain(pid, since);
    }
  };
  const dark = (): Sight => {
    darkSince ??= performance.now();
    return { is: "dark", forMs: performance.now() - darkSince };
  };
  const isGivenUp = (): boolean => darkSince !== undefined && performance.now() - darkSince >= timeouts.dark;
  return {
    look: async (pid, own) => {
      const since = performance.now();
      // After giving up, PostgreSQL is not asked again for every single statement.
      if (isGivenUp() && since - darkAt < KNOWN_MS) return dark();
      try {
        const seen = await readChain(pid ?? 0, since);
        darkSince = undefined;
        return seen === undefined || pid === undefined ? { is: "reachable" } : sightOf(pid, seen, own);
      } catch {
        return dark();
      }
    },
    cancel: async (pid) => {
      const request = open().then((client) => client.query("select pg_cancel_backend($1)", [pid]));
      await within(timeouts.cancel, request).catch(() => undefined);
    },
    isDark: () => darkSince !== undefined,
    isGivenUp,
    close: () => {
      clearTimeout(idle);
      drop(current);
    },
  };
}

/** Waits for an answer for at most `ms` milliseconds, then throws. */
async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  // An answer that fails after the time limit must not become an unhandled rejection.
  answer.catch(() => undefined);
  try {
    return await Promise.race([
      answer,
      sleep(ms, undefined, { signal: over.signal }).then(() => Promise.reject(new Error("no answer"))),
    ]);
  } finally {
    over.abort();
  }
}

/** Closes a connection without waiting for the other side. */
export function cut(client: pg.ClientBase): void {
  const connection: unknown = Reflect.get(client, "connection");
  if (connection instanceof pg.Connection) connection.stream.destroy();
}

/** The session, the sessions that block it, the sessions that block those, and so on. */
const CHAIN = `with recursive chain (pid) as (
  select $1::integer
  union
  select unnest(pg_blocking_pids(pid)) from chain where pid <> 0
)
select pid, pg_blocking_pids(pid) as blocked_by, application_name as name, usename as user, state, backend_type as kind,
  extract(epoch from clock_timestamp() - coalesce(state_change, backend_start))::float8 as seconds
from chain left join pg_stat_activity using (pid)`;
