import type { FailureCode } from "../errors.ts";
import type { Fault } from "./faults.ts";

/** What to do about a fault. */
export type Decision =
  | { readonly kind: "refresh"; readonly delayMs: number }
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "pause"; readonly delayMs: number }
  | (Omit<Stop, "kind"> & { readonly kind: "refuse" })
  | Stop;

/** What was tried for this request already. */
export interface Tries {
  /** Transient faults so far. */
  readonly transient: number;
  /** How often the access token was refused. */
  readonly refused: number;
  /** Whether a page was asked for, which could be asked for in smaller pieces. */
  readonly isPage: boolean;
}

/** A request is tried this often in all before a transient fault ends the run. */
export const MAX_TRANSIENT = 6;
/** Refusals of the access token, each after a renewal, before the connection counts as gone. */
export const MAX_REFUSED = 3;
const REFUSED_WAIT_MS = 1000;
/** Pauses for a 429 in a row before the run ends as blocked. */
export const MAX_THROTTLED = 3;
/** A page that times out this often is asked for in smaller pieces. */
const MAX_TIMEOUTS = 2;
/** (QuickBooks API facts, 4.1: "wait 60 seconds") */
const THROTTLE_WAIT_S = 60;
/** A longer wait than this ends the run: it is better to start again later. */
const MAX_WAIT_S = 15 * 60;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 30_000;

const WRONG_CLUSTER = "130";
const UNAUTHENTICATED = "3200";
const FORBIDDEN = "3100";
const THROTTLED = "3001";
const CLOSED = new Set(["6190", "007001", "5020", "120"]);
const POISON = new Set(["4002", "10000"]);
const UNSUPPORTED = "500";
const REFUSED = new Set(["4000", "4001", "2010", "2030"]);

/** Whether the API says that this company has no such entity. Which words it has for that is not certain (QuickBooks API
 * facts, 7.2 and 13.2); a query that is merely wrong is told as a wrong property or as a parser's error. */
function isOfAnotherEdition({ status, code, message, detail }: Fault): boolean {
  if (status !== 400 && status !== 200) return false;
  if (code === UNSUPPORTED || /invalid context declaration|metadata not found for entity/i.test(detail))
    return true;
  return (
    !REFUSED.has(code) && /\bfeature\b|\bnot (supported|available|enabled)\b/i.test(`${message} ${detail}`)
  );
}

/** The table of the QuickBooks API facts, 4.7. `random` in [0, 1) spreads the waits (full jitter). */
export function decide(fault: Fault, tries: Tries, random: number): Decision {
  const { status, code } = fault;
  // A fault may come with status 200: its code says what it is then (QuickBooks API facts, 4.6 and 4.7).
  const isOk = status === 200;
  if ((status === 401 && code !== WRONG_CLUSTER) || (isOk && code === UNAUTHENTICATED)) {
    if (tries.refused >= MAX_REFUSED - 1) return stop("QBO_UNAUTHORIZED", fault);
    // A token that was just renewed may not be known everywhere yet.
    const delayMs = tries.refused === 0 ? 0 : REFUSED_WAIT_MS + Math.ceil(random * REFUSED_WAIT_MS);
    return { kind: "refresh", delayMs };
  }
  if (status === 429 || ((isOk || status === 403) && code === THROTTLED)) {
    const seconds = fault.retryAfter ?? THROTTLE_WAIT_S;
    return seconds > MAX_WAIT_S ? blocked(fault) : { kind: "pause", delayMs: seconds * 1000 };
  }
  if (status === 403 || (isOk && code === FORBIDDEN)) return stop("QBO_FORBIDDEN", fault);
  if (CLOSED.has(code) || /errorCode=007001/.test(fault.message)) return stop("QBO_COMPANY_CLOSED", fault);
  // What reads no record cannot meet a poisonous one: the API does not count this entity (QuickBooks API facts, 13.1).
  if (POISON.has(code))
    return tries.isPage ? refuse("QBO_POISON_RECORD", fault) : refuse("QBO_NOT_COUNTED", fault);
  if (isOfAnotherEdition(fault)) return stop("QBO_NOT_AVAILABLE", fault);
  if (!tries.isPage && /\bcount\b/i.test(`${fault.message} ${fault.detail}`))
    return refuse("QBO_NOT_COUNTED", fault);
  if (status === 400 || status === 404 || (status === 200 && REFUSED.has(code)))
    return stop("QBO_QUERY_REFUSED", fault);
  const isTimeout = status === 504 || fault.type === "timeout";
  if (isTimeout && tries.isPage && tries.transient + 1 >= MAX_TIMEOUTS)
    return refuse("QBO_UNAVAILABLE", fault);
  if (tries.transient + 1 >= MAX_TRANSIENT) return stop("QBO_UNAVAILABLE", fault);
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** tries.transient);
  return { kind: "retry", delayMs: Math.ceil(random * ceiling) };
}

/** The end of a run that pauses did not help. */
export const blocked = (fault: Fault): Stop => stop("QBO_THROTTLED", fault);

const WORDS: Readonly<Partial<Record<FailureCode, readonly [message: string, hint: string]>>> = {
  QBO_UNAUTHORIZED: [
    "QuickBooks refuses the access token even after it was renewed",
    "the connection to the company is gone or belongs to another environment: connect it again and set QBO_REFRESH_TOKEN",
  ],
  QBO_FORBIDDEN: [
    "QuickBooks does not let this connection read this company",
    "check QBO_REALM_ID, and that QBO_ENV (sandbox or prod) is the environment the token was made for",
  ],
  QBO_THROTTLED: [
    "QuickBooks keeps answering 429, too many requests",
    "other apps may be using up the limits, or the monthly read allowance is used up; run the same command again later, what is sealed stays",
  ],
  QBO_COMPANY_CLOSED: [
    "QuickBooks does not serve this company",
    "its subscription may have lapsed, or the user who connected it lost access",
  ],
  QBO_POISON_RECORD: [
    "QuickBooks cannot answer because of one of the records in the page",
    "find the record by narrowing --from and --to, and mend it in QuickBooks",
  ],
  QBO_NOT_COUNTED: [
    "QuickBooks does not count this entity",
    "what needs no count goes on; run the same command again if this entity was counted before",
  ],
  QBO_QUERY_REFUSED: [
    "QuickBooks refuses the query",
    "compare the query in the spec with what the entity offers",
  ],
  QBO_NOT_AVAILABLE: [
    "QuickBooks does not have this entity for this company",
    "its edition or settings may lack it; if it is not needed, leave the spec out with --exclude",
  ],
  QBO_UNAVAILABLE: [
    `QuickBooks could not be reached in ${MAX_TRANSIENT} tries`,
    "run the same command again later, what is sealed stays",
  ],
};

export interface Stop {
  readonly kind: "stop";
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: string;
}

function stop(code: FailureCode, fault: Fault): Stop {
  const [message, hint] = WORDS[code] ?? [
    "QuickBooks answered with a fault",
    "run the same command again later",
  ];
  return { kind: "stop", code, message: `${message}: ${formatFault(fault)}`, hint };
}

const refuse = (code: FailureCode, fault: Fault): Decision => ({ ...stop(code, fault), kind: "refuse" });

/** A fault in one line. The detail of a 401 quotes the token (QuickBooks API facts, 4.3) and is left out. */
export function formatFault(fault: Fault): string {
  const status = fault.status === 0 ? "no answer" : `HTTP ${fault.status}`;
  const code = fault.code === "" ? "" : ` code ${fault.code}`;
  const detail = fault.status === 401 || fault.detail === "" ? "" : `: ${fault.detail}`;
  const tid = fault.tid === "" ? "" : ` (intuit_tid ${fault.tid})`;
  return `${status}${code}, ${fault.message || "without a message"}${detail}${tid}`.replaceAll(/\s+/g, " ");
}
