import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { type Limits, type SessionSeen, type Sight, sightOf } from "./watch.ts";

/** Looks at sessions from a connection of its own, which there is only while something is looked at. */
export interface Observer {
  /** What the session `pid` waits for; without one, whether PostgreSQL answers. Never fails. */
  readonly look: (pid: number | undefined, own: ReadonlySet<number>) => Promise<Sight>;
  /** Asks PostgreSQL to cancel what the session does. Never fails; resolves within the limit, whatever becomes of it. */
  readonly cancel: (pid: number) => Promise<void>;
  /** Whether PostgreSQL did not answer the last look. */
  readonly isDark: () => boolean;
  /** Whether PostgreSQL has not answered for so long that waiting is in vain. */
  readonly isGivenUp: () => boolean;
  readonly close: () => void;
}

/** How long the connection is kept for the next look. */
const IDLE_MS = 15_000;
/** How long it is taken as known that PostgreSQL does not answer. */
const KNOWN_MS = 10_000;

export function openObserver(config: pg.ClientConfig, limits: Limits): Observer {
  let current: Promise<pg.Client> | undefined;
  let darkSince: number | undefined;
  /** When a fresh connection was last in vain. */
  let darkAt = Number.NEGATIVE_INFINITY;
  let idle: NodeJS.Timeout | undefined;
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ ...config, connectionTimeoutMillis: limits.answer });
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
  /** Once over the connection that there is, which may be the only thing that is silent, then over a fresh one. */
  const ask = async (pid: number, since: number): Promise<SessionSeen[] | undefined> => {
    const isFresh = current === undefined;
    const connection = open();
    try {
      const answer = connection.then((client) => client.query<SessionSeen>(CHAIN, [pid]));
      return (await within(limits.answer, answer)).rows;
    } catch (error) {
      drop(connection);
      // What PostgreSQL itself says, be it a refusal, is an answer.
      if (error instanceof pg.DatabaseError) return undefined;
      if (isFresh) darkAt = performance.now();
      // Another look may have found it silent meanwhile.
      if (darkAt >= since) throw error;
      return ask(pid, since);
    }
  };
  const dark = (): Sight => {
    darkSince ??= performance.now();
    return { is: "dark", forMs: performance.now() - darkSince };
  };
  const isGivenUp = (): boolean => darkSince !== undefined && performance.now() - darkSince >= limits.dark;
  return {
    look: async (pid, own) => {
      const since = performance.now();
      // Whoever has given up does not ask anew for every statement.
      if (isGivenUp() && since - darkAt < KNOWN_MS) return dark();
      try {
        const seen = await ask(pid ?? 0, since);
        darkSince = undefined;
        return seen === undefined || pid === undefined ? { is: "reachable" } : sightOf(pid, seen, own);
      } catch {
        return dark();
      }
    },
    cancel: async (pid) => {
      const wish = open().then((client) => client.query("select pg_cancel_backend($1)", [pid]));
      await within(limits.cancel, wish).catch(() => undefined);
    },
    isDark: () => darkSince !== undefined,
    isGivenUp,
    close: () => {
      clearTimeout(idle);
      drop(current);
    },
  };
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  // Whoever is late is not listened to any more.
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

/** The session, those that block it, those that block these, and so on. */
const CHAIN = `with recursive chain (pid) as (
  select $1::integer
  union
  select unnest(pg_blocking_pids(pid)) from chain where pid <> 0
)
select pid, pg_blocking_pids(pid) as blocked_by, application_name as name, usename as user, state, backend_type as kind,
  extract(epoch from clock_timestamp() - coalesce(state_change, backend_start))::float8 as seconds
from chain left join pg_stat_activity using (pid)`;
