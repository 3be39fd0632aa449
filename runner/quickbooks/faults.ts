/** One error answer of the API, whatever its shape: JSON in both cases, XML, HTML or nothing readable
 * (QuickBooks API facts, 4.2 to 4.6). */
export interface Fault {
  /** HTTP status; 0 where no answer arrived. */
  readonly status: number;
  /** Intuit's code, such as 3200 or 4001; empty if the answer names none. */
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly detail: string;
  /** Seconds from the header Retry-After. */
  readonly retryAfter: number | undefined;
  /** Intuit's request id, for its support. */
  readonly tid: string;
  /** The word in `error` of an OAuth answer, such as invalid_grant (QuickBooks API facts, 1.5). */
  readonly oauthError?: string;
}

export interface AnswerHead {
  readonly status: number;
  readonly tid: string;
  readonly retryAfter: string | null;
  /** The header Date. */
  readonly date: string | null;
}

/** The fault of a body, or undefined if a body of status 200 holds none. `json` is the parsed body, if it parses. */
export function faultOf(head: AnswerHead, text: string, json: unknown): Fault | undefined {
  // A record may well say "<Fault>": only what is no JSON can be XML.
  const described = json === undefined ? faultInXml(text) : faultInJson(json);
  if (head.status === 200 && described === undefined) return undefined;
  const oauthError = field(json, "error");
  return {
    ...(described ?? { code: "", type: "", message: summaryOf(text), detail: "" }),
    ...(typeof oauthError === "string" ? { oauthError } : {}),
    status: head.status,
    tid: head.tid,
    retryAfter: secondsOf(head),
  };
}

/** No answer: refused, reset, timed out or cut short. */
export function faultOfNoAnswer(error: unknown, isTimeout: boolean): Fault {
  const message = reasonOf(error);
  const type = isTimeout ? "timeout" : "network";
  return { status: 0, code: "", type, message, detail: "", retryAfter: undefined, tid: "" };
}

type Described = Pick<Fault, "code" | "type" | "message" | "detail">;

/** `Fault.Error[].Message` or `fault.error[].message`: both occur. */
function faultInJson(json: unknown): Described | undefined {
  const fault = field(json, "fault");
  if (fault === undefined || fault === null) return undefined;
  const errors = field(fault, "error");
  const first: unknown = Array.isArray(errors) ? errors[0] : errors;
  return {
    code: textOf(field(first, "code")),
    type: textOf(field(fault, "type")),
    message: textOf(field(first, "message")),
    detail: textOf(field(first, "detail")),
  };
}

function faultInXml(text: string): Described | undefined {
  if (!/<Fault[\s>]/.test(text)) return undefined;
  const inner = (name: string): string =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]?.trim() ?? "";
  return {
    code: /<Error[^>]*\bcode="([^"]*)"/.exec(text)?.[1] ?? "",
    type: /<Fault[^>]*\btype="([^"]*)"/.exec(text)?.[1] ?? "",
    message: inner("Message"),
    detail: inner("Detail"),
  };
}

/** A field whatever the case of its name. */
function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key.toLowerCase() === name)?.[1];
}

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : "";

/** What a person can read of an answer that is no fault: a page's title, or its first words. */
function summaryOf(text: string): string {
  const title = /<(title|h1)[^>]*>([^<]*)</i.exec(text)?.[2];
  return (title ?? text.replaceAll(/<[^>]*>/g, " ")).replaceAll(/\s+/g, " ").trim().slice(0, 120);
}

/** Seconds to wait. A date is compared with the date of the answer itself: our clock may differ from the server's. */
function secondsOf({ retryAfter, date: answeredAt }: AnswerHead): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d{1,15}$/.test(retryAfter)) return Number(retryAfter) || undefined;
  // A date names its day and month; Date.parse would take "-5" for one.
  const date = /[a-z]{3}/i.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  if (Number.isNaN(date)) return undefined;
  const from = Date.parse(answeredAt ?? "");
  return Math.max(1, Math.ceil((date - (Number.isNaN(from) ? Date.now() : from)) / 1000));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && typeof error.code === "string") return `${error.code} ${error.message}`.trim();
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
