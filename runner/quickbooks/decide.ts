import type { FailureCode } from "../errors.ts";
import type { Fault } from "./faults.ts";

/** What to do about a fault. */
export type Decision =
  | { readonly kind: "refresh"; readonly delayMs: number }
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "pause"; readonly delayMs: number }
  | (Omit<Stop, "kind"> & { readonly kind: "refuse" })
  | Stop;

/** What has already happened to a request. */
export interface Tries {
  /** Transient faults so far. */
  readonly transient: number;
  /** How often the access token was refused. */
  readonly refused: number;
  /** Whether the request asks for a page, which can also be read in smaller pieces; otherwise it asks for a count. */
  readonly isPage: boolean;
}

/** How many times a request is sent in all before a transient fault ends the run. */
export const MAX_TRANSIENT = 6;
/** How many times the access token may be refused before the connection to the company counts as lost. */
export const MAX_REFUSED = 3;
const REFUSED_WAIT_MS = 1000;
/** How many pauses after a 429 there may be in a row before the run ends. */
export const MAX_THROTTLED = 3;
/** A page that times out this many times is asked for in smaller pieces. */
const MAX_TIMEOUTS = 2;
/** The pause after a 429 without Retry-After (QuickBooks API facts, 4.1: "wait 60 seconds"). */
const THROTTLE_WAIT_S = 60;
/** If Retry-After is longer than this, the run ends: it is better to start it again later. */
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

const UNKNOWN_ENTITY = /invalid context declaration|metadata not found for entity/i;
const MISSING_FEATURE = /\bfeature\b|\bnot (supported|available|enabled)\b/i;

/** Whether the API says that this company does not have the entity. It is not certain which words the API uses for that
 * (QuickBooks API facts, 7.2 and 13.2). A query that is merely wrong is reported as an unknown property or a parser error. */
function isOfAnotherEdition({ status, code, message, detail }: Fault): boolean {
  if (status !== 400 && status !== 200) return false;
  if (code === UNSUPPORTED || UNKNOWN_ENTITY.test(detail)) return true;
  return !REFUSED.has(code) && MISSING_FEATURE.test(`${message} ${detail}`);
}

/** Decides what to do about a fault by the table of the QuickBooks API facts, 4.7. `random` in [0, 1) spreads the waits (full
 * jitter). */
export function decide(fault: Fault, tries: Tries, random: number): Decision {
  const { status, code } = fault;
  // A fault may come with status 200; then its code says what it is (QuickBooks API facts, 4.6 and 4.7).
  const isOk = status === 200;
  const isUnauthenticated = (status === 401 && code !== WRONG_CLUSTER) || (isOk && code === UNAUTHENTICATED);
  if (isUnauthenticated) return decideUnauthenticated(fault, tries, random);
  const isThrottled = status === 429 || ((isOk || status === 403) && code === THROTTLED);
  if (isThrottled) {
    const seconds = fault.retryAfter ?? THROTTLE_WAIT_S;
    return seconds > MAX_WAIT_S ? blocked(fault) : { kind: "pause", delayMs: seconds * 1000 };
  }
  if (status === 403 || (isOk && code === FORBIDDEN)) return stop("QBO_FORBIDDEN", fault);
  if (CLOSED.has(code) || /errorCode=007001/.test(fault.message)) return stop("QBO_COMPANY_CLOSED", fault);
  // A count reads no record, so these codes mean that the API does not count the entity (QuickBooks API facts, 13.1).
  if (POISON.has(code)) return refuse(tries.isPage ? "QBO_POISON_RECORD" : "QBO_NOT_COUNTED", fault);
  if (isOfAnotherEdition(fault)) return stop("QBO_NOT_AVAILABLE", fault);
  const speaksOfCount = /\bcount\b/i.test(`${fault.message} ${fault.detail}`);
  if (!tries.isPage && speaksOfCount) return refuse("QBO_NOT_COUNTED", fault);
  const isRefused = status === 400 || status === 404 || (isOk && REFUSED.has(code));
  if (isRefused) return stop("QBO_QUERY_REFUSED", fault);
  return decideTransient(fault, tries, random);
}

function decideUnauthenticated(fault: Fault, tries: Tries, random: number): Decision {
  if (tries.refused >= MAX_REFUSED - 1) return stop("QBO_UNAUTHORIZED", fault);
  // A token that has just been renewed may not be known to all of Intuit's servers yet.
  const delayMs = tries.refused === 0 ? 0 : REFUSED_WAIT_MS + Math.ceil(random * REFUSED_WAIT_MS);
  return { kind: "refresh", delayMs };
}

function decideTransient(fault: Fault, tries: Tries, random: number): Decision {
  const isTimeout = fault.status === 504 || fault.type === "timeout";
  const isLastTimeout = isTimeout && tries.transient + 1 >= MAX_TIMEOUTS;
  if (isLastTimeout && tries.isPage) return refuse("QBO_UNAVAILABLE", fault);
  if (tries.transient + 1 >= MAX_TRANSIENT) return stop("QBO_UNAVAILABLE", fault);
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** tries.transient);
  return { kind: "retry", delayMs: Math.ceil(random * ceiling) };
}

/** The decision to end a run because pauses did not help. */
export const blocked = (fault: Fault): Stop => stop("QBO_THROTTLED", fault);

const WORDS: Readonly<Partial<Record<FailureCode, readonly [message: string, hint: string]>>> = {
  QBO_UNAUTHORIZED: [
    "QuickBooks refuses the access token even after it was renewed",
    "the company is no longer connected, or the token belongs to another environment: connect the company again and set QBO_REFRESH_TOKEN",
  ],
  QBO_FORBIDDEN: [
    "QuickBooks does not let this connection read this company",
    "check QBO_REALM_ID, and that QBO_ENV (sandbox or prod) is the environment the token was made for",
  ],
  QBO_THROTTLED: [
    "QuickBooks keeps answering 429, too many requests",
    "other apps may be using the same limits, or the free reads of this month are used up; run the same command again later, sealed windows are kept",
  ],
  QBO_COMPANY_CLOSED: [
    "QuickBooks does not serve this company",
    "its subscription may have lapsed, or the user who connected it lost access",
  ],
  QBO_POISON_RECORD: [
    "QuickBooks cannot return this page because of one of its records",
    "find the record by narrowing --from and --to, and correct it in QuickBooks",
  ],
  QBO_NOT_COUNTED: [
    "QuickBooks does not count this entity",
    "everything that does not need a count continues; if this entity was counted before, run the same command again",
  ],
  QBO_QUERY_REFUSED: [
    "QuickBooks refuses the query",
    "compare the query in the spec with what the entity offers",
  ],
  QBO_NOT_AVAILABLE: [
    "QuickBooks does not have this entity for this company",
    "the company's edition or settings may not include it; if you do not need it, leave the spec out with --exclude",
  ],
  QBO_UNAVAILABLE: [
    `QuickBooks could not be reached in ${MAX_TRANSIENT} tries`,
    "run the same command again later, sealed windows are kept",
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

/** A fault in one line. The detail of a 401 is left out, because it quotes the token (QuickBooks API facts, 4.3). */
export function formatFault(fault: Fault): string {
  const status = fault.status === 0 ? "no answer" : `HTTP ${fault.status}`;
  const code = fault.code === "" ? "" : ` code ${fault.code}`;
  const detail = fault.status === 401 || fault.detail === "" ? "" : `: ${fault.detail}`;
  const tid = fault.tid === "" ? "" : ` (intuit_tid ${fault.tid})`;
  return `${status}${code}, ${fault.message || "without a message"}${detail}${tid}`.replaceAll(/\s+/g, " ");
}
