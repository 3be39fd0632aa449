import pg from "pg";
import { RunnerError } from "../errors.ts";
import type { PostgresSettings } from "../settings.ts";

/** What to throw where no connection was made. */
export function connectionError(
  { host, port, database, user, password }: PostgresSettings,
  cause: unknown,
): unknown {
  // What is no failure of the connection, a signal or a server that fell silent, has its words already.
  if (!(cause instanceof Error) || cause instanceof RunnerError) return cause;
  const place = `${host}:${port}`;
  const state = sqlState(cause);
  const wantsPassword = password === "" && state === undefined;
  if (state === "28P01" || state === "28000" || wantsPassword) {
    return new RunnerError(
      "POSTGRES_REFUSED",
      `PostgreSQL at ${place} refuses the user "${user}": ${reason(cause)}`,
      {
        hint: "check POSTGRES_USER and POSTGRES_PASSWORD",
        cause,
      },
    );
  }
  if (state === "3D000") {
    return new RunnerError("POSTGRES_REFUSED", `PostgreSQL at ${place} has no database "${database}"`, {
      hint: `create it (createdb ${database}) or check POSTGRES_DB`,
      cause,
    });
  }
  return new RunnerError(
    "POSTGRES_UNREACHABLE",
    `PostgreSQL at ${place} cannot be reached: ${reason(cause)}`,
    {
      hint: "start it, or check POSTGRES_HOST, POSTGRES_PORT and POSTGRES_SSLMODE",
      cause,
    },
  );
}

export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const reason = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reason).join(", ");
  return error instanceof Error ? error.message : String(error);
};

/** What to throw where a statement failed: PostgreSQL's own words and what it was for. Failures that are not
 * PostgreSQL's, an abort or a bug, stay what they are. */
export function postgresError(purpose: string, cause: unknown): unknown {
  if (cause instanceof RunnerError || !(cause instanceof Error)) return cause;
  const state = sqlState(cause) ?? "";
  const isState = cause instanceof pg.DatabaseError && /^[0-9A-Z]{5}$/.test(state);
  const isAway = isState ? /^(08|57P)/.test(state) : isConnectionLoss(cause);
  if (!isState && !isAway) return cause;
  const shown = state === "" ? "" : ` (${state})`;
  return new RunnerError(
    isAway ? "POSTGRES_UNREACHABLE" : "POSTGRES_FAILED",
    `could not ${purpose}: ${reason(cause)}${shown}`,
    {
      hint: hintFor(state, cause.message, isAway),
      cause,
    },
  );
}

/** The driver gives some losses a system code and the others nothing but a text. */
function isConnectionLoss(error: Error): boolean {
  return (
    /^E[A-Z]+$/.test(sqlState(error) ?? "") ||
    /^(Connection terminated|timeout exceeded|Client )/.test(error.message)
  );
}

function hintFor(state: string, message: string, isAway: boolean): string {
  // PostgreSQL has one state for both, and names its own setting in the message.
  const setting =
    state === "57014" && /statement timeout/.test(message) ? "statement_timeout" : SETTINGS[state];
  if (setting !== undefined) {
    return `the setting ${setting} of this role, database or server ended the statement: raise it for the runner's role with alter role … set ${setting} = …, then run the same command again`;
  }
  if (isAway) return "PostgreSQL went away; run the same command again, what is sealed stays";
  return HINTS[state] ?? "see PostgreSQL's log for the whole story";
}

/** Settings with which an administrator ends statements and sessions, by the state that PostgreSQL gives then. */
const SETTINGS: Readonly<Record<string, string>> = {
  "25P03": "idle_in_transaction_session_timeout",
  "25P04": "transaction_timeout",
  "55P03": "lock_timeout",
  "57P05": "idle_session_timeout",
};

const HINTS: Readonly<Record<string, string>> = {
  "25006": "the database is read-only: use its primary server",
  "42501": "grant the user the right to create and write its schemas, see docs/architecture.md",
  "40001": "other transactions write the same rows: run the same command again when they are through",
  "40P01": "other transactions write the same rows: run the same command again when they are through",
  "57014":
    "somebody cancelled the statement, or, if the message speaks of a time limit, statement_timeout did; run the same command again, what is sealed stays",
  "53100": "the server's disk is full: make room, then run the same command again",
};
