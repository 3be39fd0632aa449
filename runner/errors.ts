/** Every way the runner can fail, with the exit code that the shell sees. Code 2 means that files, flags or environment
 * are wrong, which is found out before anything is contacted. Code 1 means that something outside failed or refused. */
export const FAILURES = {
  USAGE: { exit: 2 },
  SPEC_INVALID: { exit: 2 },
  TEMPLATE_INVALID: { exit: 2 },
  SPEC_NOT_FOUND: { exit: 2 },
  SETTINGS_INVALID: { exit: 2 },
  QBO_CREDENTIALS_REFUSED: { exit: 1 },
  QBO_GRANT_DEAD: { exit: 1 },
  QBO_UNAUTHORIZED: { exit: 1 },
  QBO_FORBIDDEN: { exit: 1 },
  QBO_COMPANY_CLOSED: { exit: 1 },
  QBO_QUERY_REFUSED: { exit: 1 },
  QBO_NOT_AVAILABLE: { exit: 1 },
  QBO_THROTTLED: { exit: 1 },
  QBO_UNAVAILABLE: { exit: 1 },
  QBO_POISON_RECORD: { exit: 1 },
  QBO_NOT_COUNTED: { exit: 1 },
  QBO_UNEXPECTED_ANSWER: { exit: 1 },
  CALL_BUDGET: { exit: 1 },
  KEY_NOT_UNIQUE: { exit: 1 },
  RECORD_REJECTED: { exit: 1 },
  ROWS_DISCARDED: { exit: 1 },
  TABLE_CHANGED: { exit: 1 },
  PROOF_FAILED: { exit: 1 },
  POSTGRES_UNREACHABLE: { exit: 1 },
  POSTGRES_REFUSED: { exit: 1 },
  POSTGRES_FAILED: { exit: 1 },
  TABLE_MISMATCH: { exit: 1 },
  NOTHING_TO_RETRY: { exit: 1 },
  LOCKED: { exit: 1 },
  EMBEDDED_POSTGRES: { exit: 1 },
  SIMULATOR_FAILED: { exit: 1 },
  FILE_FAILED: { exit: 1 },
  CHECKS_FAILED: { exit: 1 },
  CANCELLED: { exit: 130 },
} as const satisfies Record<string, { exit: 1 | 2 | 130 }>;

export type FailureCode = keyof typeof FAILURES;

/** The exit code of a command that a process signal has ended: 128 and the number of the signal, whose name is the reason. */
export const exitCodeOf = ({ reason }: AbortSignal): number => (reason === "SIGTERM" ? 143 : 130);

/** Failures of a run that QuickBooks did not let in: such a run leaves nothing behind. */
export const NOT_LET_IN: ReadonlySet<string> = new Set([
  "QBO_CREDENTIALS_REFUSED",
  "QBO_GRANT_DEAD",
  "QBO_UNAUTHORIZED",
  "QBO_FORBIDDEN",
] satisfies FailureCode[]);

/** A failure that the user can do something about. Any other error that reaches the top is a bug. */
export class RunnerError extends Error {
  override readonly name = "RunnerError";
  readonly code: FailureCode;
  /** What the user can do next; printed on a line of its own. */
  readonly hint: string | undefined;

  constructor(code: FailureCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** The API cannot return a page of this size: the page is too large, or it contains a poison record. */
export class PageRefused extends RunnerError {}

/** The API does not count this entity. Its records may still be readable. */
export class CountRefused extends RunnerError {}
