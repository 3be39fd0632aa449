/** How long PostgreSQL is waited for in different cases, all in milliseconds. */
export interface Timeouts {
  /** When a statement without an answer is looked at for the first time, and the interval of the looks after that. */
  readonly look: number;
  /** How long PostgreSQL may take to answer such a look. */
  readonly answer: number;
  /** When a statement that nobody blocks is reported as slow. */
  readonly slow: number;
  /** The least time between two reports of the same line. */
  readonly again: number;
  /** How long PostgreSQL may be silent before statements fail. */
  readonly dark: number;
  /** How long PostgreSQL may go without working on a statement that was sent to it before the statement fails. */
  readonly adrift: number;
  /** How long statements may continue after a signal. */
  readonly grace: number;
  /** How long after a signal the end of the run may still be recorded. */
  readonly closing: number;
  /** How long a request to cancel a statement may take. */
  readonly cancel: number;
}

export const TIMEOUTS: Timeouts = {
  look: 4000,
  answer: 2500,
  slow: 30_000,
  again: 60_000,
  dark: 60_000,
  adrift: 300_000,
  grace: 1500,
  closing: 3000,
  cancel: 800,
};

/** A session of PostgreSQL in a chain of sessions that wait for one another. Fields are null for sessions of other users if the
 * role may not see them. */
export interface SessionSeen {
  readonly pid: number;
  readonly blocked_by: readonly number[];
  readonly name: string | null;
  readonly user: string | null;
  readonly state: string | null;
  readonly kind: string | null;
  /** How long it has been in that state. */
  readonly seconds: number | null;
}

/** What a look at a statement found. `dark`: PostgreSQL does not answer. `reachable`: PostgreSQL answers, but more is not
 * known. `blocked`: other sessions hold locks that the statement needs. `adrift`: PostgreSQL answers, but is not working on
 * the statement. */
export type Sight =
  | { readonly is: "dark"; readonly forMs: number }
  | { readonly is: "reachable" }
  | { readonly is: "blocked"; readonly holders: readonly SessionSeen[] }
  | { readonly is: "working" }
  | { readonly is: "adrift" };

/** Interprets a look at the session `pid`. Only the sessions at the end of a chain hold the locks that all others wait for.
 * Sessions of this process (`own`) are not reported as holders. */
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
  /** How long PostgreSQL has not been working on it. */
  readonly adriftMs: number;
}

/** A line to report. Lines with the same key are about the same wait. */
export interface Report {
  readonly level: "info" | "warn";
  readonly message: string;
  readonly key: string;
}

export interface Verdict {
  readonly say?: Report;
  /** Why the statement counts as failed. */
  readonly lost?: string;
}

/** Decides what to report about a statement, and whether to go on waiting for it. */
export function judge(sight: Sight, { purpose, forMs, adriftMs }: Waiting, timeouts: Timeouts): Verdict {
  if (sight.is === "blocked") {
    const key = `${purpose} ${sight.holders.map(({ pid }) => pid).join(" ")}`;
    const message = `waiting to ${purpose}: ${describeHolders(sight.holders)}`;
    return { say: { level: "warn", message, key } };
  }
  if (sight.is === "dark") {
    if (sight.forMs >= timeouts.dark) return { lost: `PostgreSQL has not answered for ${span(sight.forMs)}` };
    const message = `waiting to ${purpose}: PostgreSQL does not answer; look at the network and at the server`;
    // All statements wait for the same server, so one line is enough.
    return { say: { level: "warn", message, key: "dark" } };
  }
  if (sight.is === "adrift" && adriftMs >= timeouts.adrift) {
    return { lost: "PostgreSQL answers, but not over the connection of this statement" };
  }
  if (sight.is === "reachable" || forMs < timeouts.slow) return {};
  const state =
    sight.is === "working"
      ? "is working on it"
      : "is still receiving the statement, or the connection is lost";
  const message = `still waiting to ${purpose} after ${span(forMs)}: PostgreSQL ${state}, and no other session holds a lock`;
  return { say: { level: "info", message, key: purpose } };
}

/** How many holders a line names. */
const SHOWN = 3;

function describeHolders(holders: readonly SessionSeen[]): string {
  const shown = holders.slice(0, SHOWN).map(nameOf).join(" and ");
  const more = holders.length > SHOWN ? ` and ${holders.length - SHOWN} more` : "";
  const [first, ...others] = holders;
  const hold = others.length === 0 ? "holds a lock; let it finish" : "hold locks; let them finish";
  if (first?.pid === 0) {
    return `${shown}${more} ${hold}, or end it: select * from pg_prepared_xacts names it, rollback prepared ends it`;
  }
  if (holders.every(isQbo)) return `${shown}${more} ${hold}, or stop that command`;
  const end = holders.slice(0, SHOWN).map(({ pid }) => `pg_terminate_backend(${pid})`);
  return `${shown}${more} ${hold}, or end ${others.length === 0 ? "it" : "them"} with select ${end.join(", ")}`;
}

const isQbo = ({ name }: SessionSeen): boolean => name?.startsWith("qbo ") === true;

/** Describes a session. PostgreSQL shows a transaction that waits for its second phase as process 0. */
function nameOf(session: SessionSeen): string {
  const { pid, user, state, seconds } = session;
  if (pid === 0) return "a prepared transaction";
  const details = [`PostgreSQL process ${pid}`];
  if (user !== null) details.unshift(`user ${user}`);
  if (state !== null && seconds !== null) details.push(`${state} for ${span(seconds * 1000)}`);
  return `${programOf(session)} (${details.join(", ")})`;
}

function programOf(session: SessionSeen): string {
  const { kind, name } = session;
  if (kind !== null && kind !== "client backend") return `PostgreSQL's ${kind}`;
  if (name === null || name === "") return "a program without a name";
  return isQbo(session) ? `another qbo command, "${name}"` : `"${name}"`;
}

/** A duration for people. */
function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
