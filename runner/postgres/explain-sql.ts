import { RunnerError } from "../errors.ts";
import { codeFrame } from "../text/code-frame.ts";

/** A rendered statement: its text, the names of its template and its spec, and its purpose, such as "create a table". */
export interface RenderedSql {
  readonly sql: string;
  readonly template: string;
  readonly spec: string;
  readonly purpose: string;
}

/** If PostgreSQL refused a rendered statement at some place, returns a failure that shows this place. Returns any other error
 * unchanged. */
export function explainSql(error: unknown, { sql, template, spec, purpose }: RenderedSql): unknown {
  const refusal = [error, error instanceof RunnerError ? error.cause : undefined].find(hasPosition);
  if (refusal === undefined) return error;
  const { line, column } = placeAt(sql, Number(refusal.position));
  const frame = codeFrame({ line, column, length: 1 }, sql);
  return new RunnerError(
    "POSTGRES_FAILED",
    `could not ${purpose}: ${refusal.message} (${refusal.code}), line ${line}, column ${column} of the SQL from ${template}\n\n${frame}`,
    { hint: `correct the template; \`qbo compile ${spec}\` shows the whole SQL`, cause: error },
  );
}

interface Refusal {
  readonly message: string;
  readonly code: string;
  readonly position: string;
}

/** Whether PostgreSQL refused the text of the statement and names the place, counted in characters from 1. It also names a
 * place if a lock, a limit or a shutdown of the server stopped the statement, but then the text is not wrong. */
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
  // PostgreSQL counts characters and not UTF-16 units, which differ for some characters in names.
  const before = [...sql].slice(0, position - 1).join("");
  const lines = before.split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
