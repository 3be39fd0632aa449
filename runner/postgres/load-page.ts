import { RunnerError } from "../errors.ts";
import type { Landed, Taken } from "../ports/landing.ts";
import type { Queryable } from "./connect.ts";

export interface PageOfRecords {
  /** The whole answer. Characters that the database cannot hold are written as the text of their escape. */
  readonly text: string;
  readonly answerKey: string;
  readonly taken: readonly Taken[];
  /** The earliest moment at which the page can have been requested. Milliseconds since 1970, by PostgreSQL's clock. */
  readonly askedAt: number;
  /** The latest moment at which the page can have arrived. Milliseconds since 1970, by PostgreSQL's clock. */
  readonly receivedAt: number;
  readonly pageSize: number;
  readonly request: object;
  /** When the run started, by PostgreSQL's clock, in milliseconds since 1970. */
  readonly runStartedAt: number;
  /** How far the source's clock is behind ours, in milliseconds. */
  readonly behind: number;
}

interface Counted extends Omit<Landed, "from" | "discarded"> {
  readonly window_start: Date;
  /** Absent if the statement comes from the user's own template and does not return it. */
  readonly discarded?: number;
}

/** Passes the text of the page to the upsert statement. PostgreSQL parses it, so every number keeps its digits. */
export async function loadPage(client: Queryable, upsert: string, page: PageOfRecords): Promise<Landed[]> {
  const { taken } = page;
  if (taken.length === 0) return [];
  const instant = createInstants();
  const values = [
    page.text,
    ["QueryResponse", page.answerKey],
    taken.map(({ ordinal }) => ordinal),
    taken.map(({ id }) => id),
    taken.map(({ window }) => instant(window.from)),
    taken.map(({ window }) => instant(window.to)),
    taken.map(({ pageNumber }) => pageNumber),
    new Date(page.receivedAt),
    page.pageSize,
    JSON.stringify(page.request),
    new Date(page.runStartedAt - page.behind),
    new Date(page.askedAt),
  ];
  const { rows } = await client.query<Counted>(upsert, values.slice(0, parametersOf(upsert)));
  for (const row of rows) checkCounts(row);
  return rows.map(({ window_start, discarded = 0, ...counts }) => ({
    ...counts,
    discarded,
    from: window_start.getTime(),
  }));
}

/** How many parameters a statement takes. A statement from a user's own template may leave out the last ones. */
function parametersOf(sql: string): number {
  const numbers = [...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number));
  return Math.max(...numbers);
}

/** Creates a function that writes instants as text in UTC. A page has many rows but few windows, so each text is kept. */
function createInstants(): (ms: number) => string {
  const written = new Map<number, string>();
  return (ms) => {
    const text = written.get(ms) ?? new Date(ms).toISOString();
    written.set(ms, text);
    return text;
  };
}

const COUNTS = ["rows", "inserted", "updated", "unchanged", "stale", "collided"] as const;

/** Throws `TEMPLATE_INVALID` if a statement, from a user's own template, does not return what it did. */
function checkCounts(row: Counted): void {
  const missing: string[] = COUNTS.filter((name) => typeof row[name] !== "number");
  if (!(row.window_start instanceof Date)) missing.unshift("window_start");
  if (missing.length === 0) return;
  throw new RunnerError(
    "TEMPLATE_INVALID",
    `the statement that loads a page does not return ${missing.join(", ")}`,
    {
      hint: "let it return the same columns for each window as the template upsert.sql.hbs of the package",
    },
  );
}
