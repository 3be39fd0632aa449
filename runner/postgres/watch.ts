/** How long what may take, in milliseconds. */
export interface Limits {
  /** After how long a statement without an answer is looked at, and how often from then on. */
  readonly look: number;
  /** How long PostgreSQL may take to answer such a look. */
  readonly answer: number;
  /** After how long a statement that nobody blocks is told to be slow. */
  readonly slow: number;
  /** How often the same line is written again. */
  readonly again: number;
  /** How long PostgreSQL may not answer before statements fail. */
  readonly dark: number;
  /** How long PostgreSQL may not be working on a statement that was sent to it before the statement fails. */
  readonly adrift: number;
  /** How long statements may go on after a signal. */
  readonly grace: number;
  /** How long after a signal it may still be recorded how the run ended. */
  readonly closing: number;
  /** How long the wish to cancel a statement may take to reach PostgreSQL. */
  readonly cancel: number;
}

export const LIMITS: Limits = {
  ...{ look: 4000, answer: 2500, slow: 30_000, again: 60_000, dark: 60_000, adrift: 300_000 },
  ...{ grace: 1500, closing: 3000, cancel: 800 },
};

/** A session of PostgreSQL in the chain of those that wait for one another. What another user's session does is
 * null unless the role may see it. */
export interface SessionSeen {
  readonly pid: number;
  readonly blocked_by: readonly number[];
  readonly name: string | null;
  readonly user: string | null;
  readonly state: string | null;
  readonly kind: string | null;
  /** Since it has been in that state. */
  readonly seconds: number | null;
}

/** What a look at a statement found. `reachable`: PostgreSQL answers, but cannot say more. */
export type Sight =
  | { readonly is: "dark"; readonly forMs: number }
  | { readonly is: "reachable" }
  | { readonly is: "blocked"; readonly holders: readonly SessionSeen[] }
  | { readonly is: "working" }
  | { readonly is: "adrift" };

/** What a look at the session `pid` means. Of a chain of sessions only its end holds what all wait for; sessions of
 * this process are no news to it. */
export function sightOf(pid: number, seen: readonly SessionSeen[], own: ReadonlySet<number>): Sight {
  const self = seen.find((session) => session.pid === pid);
  const ends = seen.filter((session) => session.pid !== pid && session.blocked_by.length === 0);
  const holders = ends.filter((session) => !own.has(session.pid));
  if (holders.length > 0) return { is: "blocked", holders };
  if (self?.state === "active" || ends.length > 0) return { is: "working" };
  return { is: "adrift" };
}

/** A statement that has not been answered yet. */
export interface Waiting {
  /** What it is for: "load a page into raw.qb_customers". */
  readonly purpose: string;
  readonly forMs: number;
  /** For how long PostgreSQL has not been working on it. */
  readonly adriftMs: number;
}

export interface Verdict {
  readonly say?: { readonly level: "info" | "warn"; readonly message: string; readonly key: string };
  /** Why the statement has failed. */
  readonly lost?: string;
}

/** What to say of a statement, and whether to go on waiting for it. */
export function judge(sight: Sight, { purpose, forMs, adriftMs }: Waiting, limits: Limits): Verdict {
  if (sight.is === "blocked") {
    const key = `${purpose} ${sight.holders.map(({ pid }) => pid).join(" ")}`;
    return { say: { level: "warn", message: `waiting to ${purpose}: ${tellHolders(sight.holders)}`, key } };
  }
  if (sight.is === "dark") {
    if (sight.forMs >= limits.dark) return { lost: `PostgreSQL has not answered for ${span(sight.forMs)}` };
    const message = `waiting to ${purpose}: PostgreSQL does not answer; look at the network and at the server`;
    // All statements wait for the same: one line is enough.
    return { say: { level: "warn", message, key: "dark" } };
  }
  if (sight.is === "adrift" && adriftMs >= limits.adrift)
    return { lost: "PostgreSQL answers, but the connection of this statement does not" };
  if (sight.is === "reachable" || forMs < limits.slow) return {};
  const what =
    sight.is === "working" ? "is working on it" : "is reading what was sent, or the connection is lost";
  const message = `still waiting to ${purpose} after ${span(forMs)}: PostgreSQL ${what}, and nobody else holds a lock`;
  return { say: { level: "info", message, key: purpose } };
}

const SHOWN = 3;

function tellHolders(holders: readonly SessionSeen[]): string {
  const shown = holders.slice(0, SHOWN).map(nameOf).join(" and ");
  const more = holders.length > SHOWN ? ` and ${holders.length - SHOWN} more` : "";
  const [first, ...others] = holders;
  const hold = others.length === 0 ? "holds a lock; let it finish" : "hold locks; let them finish";
  if (first?.pid === 0)
    return `${shown}${more} ${hold}, or end it: select * from pg_prepared_xacts names it, rollback prepared ends it`;
  if (holders.every(isQbo)) return `${shown}${more} ${hold}, or stop that command`;
  const end = holders.slice(0, SHOWN).map(({ pid }) => `pg_terminate_backend(${pid})`);
  return `${shown}${more} ${hold}, or end ${others.length === 0 ? "it" : "them"} with select ${end.join(", ")}`;
}

const isQbo = ({ name }: SessionSeen): boolean => name?.startsWith("qbo ") === true;

/** PostgreSQL shows a transaction that waits for its second phase as process 0. */
function nameOf(session: SessionSeen): string {
  const { pid, name, user, state, seconds, kind } = session;
  if (pid === 0) return "a prepared transaction";
  const what =
    kind !== null && kind !== "client backend"
      ? `PostgreSQL's ${kind}`
      : name === null || name === ""
        ? "a program without a name"
        : isQbo(session)
          ? `another qbo command, "${name}"`
          : `"${name}"`;
  const details = [
    ...(user === null ? [] : [`user ${user}`]),
    `PostgreSQL process ${pid}`,
    ...(state === null || seconds === null ? [] : [`${state} for ${span(seconds * 1000)}`]),
  ];
  return `${what} (${details.join(", ")})`;
}

function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
