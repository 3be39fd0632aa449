import pg from "pg";
import { RunnerError } from "../errors.ts";
import type { PostgresSettings } from "../settings.ts";

/** The error to throw if no connection could be made. */
export function connectionError(
  { host, port, database, user, password }: PostgresSettings,
  cause: unknown,
): unknown {
  // A cancelled run and a server that stopped answering have been explained already.
  if (!(cause instanceof Error) || cause instanceof RunnerError) return cause;
  const place = `${host}:${port}`;
  const state = sqlState(cause);
  // The driver itself fails, without a state, if the server asks for a password and there is none.
  const lacksPassword = password === "" && state === undefined;
  if (state === "28P01" || state === "28000" || lacksPassword) {
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

/** The state of an error of PostgreSQL (SQLSTATE), or the code of a system error such as ECONNREFUSED. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const reason = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reason).join(", ");
  return error instanceof Error ? error.message : String(error);
};

/** The error to throw if a statement failed: its purpose and PostgreSQL's own words. Errors that do not come from PostgreSQL,
 * such as an abort or a bug, are returned unchanged. */
export function postgresError(purpose: string, cause: unknown): unknown {
  if (cause instanceof RunnerError || !(cause instanceof Error)) return cause;
  const state = sqlState(cause) ?? "";
  const isState = cause instanceof pg.DatabaseError && /^[0-9A-Z]{5}$/.test(state);
  const isConnectionLost = isState ? /^(08|57P)/.test(state) : isConnectionLoss(cause);
  if (!isState && !isConnectionLost) return cause;
  const shown = state === "" ? "" : ` (${state})`;
  return new RunnerError(
    isConnectionLost ? "POSTGRES_UNREACHABLE" : "POSTGRES_FAILED",
    `could not ${purpose}: ${reason(cause)}${shown}`,
    {
      hint: hintFor(state, cause.message, isConnectionLost),
      cause,
    },
  );
}

/** The driver gives some lost connections a system code, and others only a message. */
function isConnectionLoss(error: Error): boolean {
  return (
    /^E[A-Z]+$/.test(sqlState(error) ?? "") ||
    /^(Connection terminated|timeout exceeded|Client )/.test(error.message)
  );
}

function hintFor(state: string, message: string, isConnectionLost: boolean): string {
  // State 57014 stands for a cancelled statement and for statement_timeout; only the message tells them apart.
  const setting =
    state === "57014" && /statement timeout/.test(message) ? "statement_timeout" : SETTINGS[state];
  if (setting !== undefined) {
    return `the setting ${setting} of this role, database or server ended the statement: raise it for the runner's role with alter role … set ${setting} = …, then run the same command again`;
  }
  if (isConnectionLost) {
    return "the connection to PostgreSQL was lost; run the same command again, sealed windows are kept";
  }
  return HINTS[state] ?? "see PostgreSQL's log for details";
}

/** The settings by which an administrator limits statements and sessions, by the state that PostgreSQL then reports. */
const SETTINGS: Readonly<Record<string, string>> = {
  "25P03": "idle_in_transaction_session_timeout",
  "25P04": "transaction_timeout",
  "55P03": "lock_timeout",
  "57P05": "idle_session_timeout",
};

const COLLISION_HINT =
  "other transactions write the same rows: run the same command again when they have ended";

const HINTS: Readonly<Record<string, string>> = {
  "25006": "the database is read-only: use its primary server",
  "42501": "grant the user the rights to create its schemas and to write to them, see docs/architecture.md",
  "40001": COLLISION_HINT,
  "40P01": COLLISION_HINT,
  "57014":
    "somebody cancelled the statement, or statement_timeout ended it if the message mentions a time limit; run the same command again, sealed windows are kept",
  "53100": "the server's disk is full: free some space, then run the same command again",
};
