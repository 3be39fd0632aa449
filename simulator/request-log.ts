/** Which part of the simulator a request went to. */
export type Route = "token" | "revoke" | "query" | "batch" | "cdc" | "read" | "write" | "other";

/** One request in the log. Its status is 0 until it is answered, and stays 0 if it never is. */
export interface RequestRecord {
  /** 1-based, in order of arrival. */
  readonly number: number;
  readonly route: Route;
  readonly method: string;
  readonly path: string;
  /** Header names are in lower case. Credentials are left out. */
  readonly headers: Readonly<Record<string, string>>;
  /** The query statement, or the statements of a batch, one per line. */
  statement?: string;
  /** Canonical entity of the query. */
  entity?: string;
  minorVersion?: string;
  status: number;
  rows: number;
  /** The fault of the rule that answered. */
  fault?: string;
  /** The time of arrival by the simulator's clock, ISO, UTC. */
  readonly at: string;
  /** The time that the answer took, in milliseconds. */
  ms: number;
}

const SECRET_HEADERS = new Set(["authorization", "cookie"]);

/** The headers that can be shown. */
export function shownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.has(name)));
}

/** One line to be read by people: `12 GET query 200 100 rows 3.1 ms select * from Customer`. */
export function formatRequest(record: RequestRecord): string {
  const { number, method, route, status, rows, ms, fault, statement } = record;
  const struck = fault === undefined ? "" : ` [${fault}]`;
  return `${number} ${method} ${route} ${status}${struck} ${rows} rows ${ms} ms ${(statement ?? record.path).replace(/\s+/g, " ")}`;
}
