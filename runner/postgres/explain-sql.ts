import { RunnerError } from "../errors.ts";
import { codeFrame } from "../text/code-frame.ts";

/** A rendered statement: its text, the template and the spec it comes from, and what it is for. */
export interface RenderedSql {
  readonly sql: string;
  readonly template: string;
  readonly spec: string;
  readonly purpose: string;
}

/** A failure with the place in the rendered statement that PostgreSQL names; any other failure as it is. */
export function explainSql(error: unknown, { sql, template, spec, purpose }: RenderedSql): unknown {
  const refusal = [error, error instanceof RunnerError ? error.cause : undefined].find(hasPosition);
  if (refusal === undefined) return error;
  const { line, column } = placeAt(sql, Number(refusal.position));
  const frame = codeFrame({ line, column, length: 1 }, sql);
  return new RunnerError(
    "POSTGRES_FAILED",
    `could not ${purpose}: ${refusal.message} (${refusal.code}), line ${line}, column ${column} of the SQL that ${template} makes\n\n${frame}`,
    { hint: `mend the template; \`qbo compile ${spec}\` shows the whole SQL`, cause: error },
  );
}

interface Refusal {
  readonly message: string;
  readonly code: string;
  readonly position: string;
}

/** PostgreSQL counts characters from 1. It names a place, too, where a statement met a lock, a limit or the end of the
 * server: those are no fault of its text. */
function hasPosition(error: unknown): error is Refusal {
  return (
    error instanceof Error &&
    "position" in error &&
    typeof error.position === "string" &&
    "code" in error &&
    typeof error.code === "string" &&
    !/^(40|5[35-8])/.test(error.code)
  );
}

function placeAt(sql: string, position: number): { line: number; column: number } {
  // Characters, not UTF-16 units: a name may hold others.
  const before = [...sql].slice(0, position - 1).join("");
  const lines = before.split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
