/** An error answer of the API in any of its shapes: JSON with names in lower or upper case, XML, HTML, or something unreadable
 * (QuickBooks API facts, 4.2 to 4.6). */
export interface Fault {
  /** HTTP status; 0 if no answer arrived. */
  readonly status: number;
  /** Intuit's code, such as 3200 or 4001; empty if the answer has none. */
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly detail: string;
  /** Seconds from the header Retry-After. */
  readonly retryAfter: number | undefined;
  /** Intuit's id of the request, which its support asks for. */
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

/** The fault in an answer; undefined if the status is 200 and the body contains no fault. `text` is the body, and `json` is the
 * body parsed, or undefined if it is not JSON. */
export function faultOf(head: AnswerHead, text: string, json: unknown): Fault | undefined {
  // A record in JSON may contain the text "<Fault>", so only a body that is not JSON is searched for XML.
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

/** The fault if no answer arrived: the connection was refused, reset, timed out or cut short. */
export function faultOfNoAnswer(error: unknown, isTimeout: boolean): Fault {
  const message = reasonOf(error);
  const type = isTimeout ? "timeout" : "network";
  return { status: 0, code: "", type, message, detail: "", retryAfter: undefined, tid: "" };
}

type Described = Pick<Fault, "code" | "type" | "message" | "detail">;

/** Reads `Fault.Error[].Message` or `fault.error[].message`; both occur. */
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

/** The value of a field, found without regard to the case of its name. `name` is in lower case. */
function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** A text, or a number as text; empty for anything else. */
const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

/** A summary of an unknown answer for people: the title of an HTML page, or the first words of the text. */
function summaryOf(text: string): string {
  const title = /<(title|h1)[^>]*>([^<]*)</i.exec(text)?.[2];
  const words = title ?? text.replaceAll(/<[^>]*>/g, " ");
  return words.replaceAll(/\s+/g, " ").trim().slice(0, 120);
}

/** The seconds to wait according to Retry-After, which is a number of seconds or a date. A date is compared with the date of
 * the answer itself, because our clock may differ from the server's. */
function secondsOf({ retryAfter, date: answerDate }: AnswerHead): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d{1,15}$/.test(retryAfter)) return Number(retryAfter) || undefined;
  // A date contains the name of its month. Without this check Date.parse would accept "-5" as a date.
  const until = /[a-z]{3}/i.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const answeredAt = Date.parse(answerDate ?? "");
  const from = Number.isNaN(answeredAt) ? Date.now() : answeredAt;
  return Math.max(1, Math.ceil((until - from) / 1000));
}

/** The reason for a missing answer: the code and message of the error that caused it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && typeof error.code === "string") return `${error.code} ${error.message}`.trim();
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
