import { promisify } from "node:util";
import zlib from "node:zlib";
import { Agent, request } from "undici";
import { type AnswerHead, type Fault, faultOf, faultOfNoAnswer } from "./faults.ts";
import { parseAnswer } from "./parse-answer.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type HttpResult =
  | {
      readonly ok: true;
      readonly text: string;
      readonly json: unknown;
      readonly tid: string;
      readonly date: string | null;
    }
  | { readonly ok: false; readonly fault: Fault };

/** Sends a request and reads the whole answer. Every failure is returned as a fault; only an abort is thrown. */
export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResult>;

/** Intuit ends a request after 120 s (QuickBooks API facts, 4.1). The extra 5 s let its own answer arrive. */
export const REQUEST_TIMEOUT_MS = 125_000;
const CONNECT_TIMEOUT_MS = 10_000;

export interface HttpClient {
  readonly send: Send;
  /** Texts that must not appear in a fault: a server may echo what it was sent. */
  readonly secrets: Set<string>;
  readonly close: () => Promise<void>;
}

/** Opens an HTTP client that keeps connections open and accepts gzip. */
export function openHttp(timeoutMs: number = REQUEST_TIMEOUT_MS): HttpClient {
  const agent = new Agent({
    connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 30_000,
  });
  const secrets = new Set<string>();
  return {
    secrets,
    send: async (request, signal) =>
      withoutSecrets(await sendWith(agent, request, signal, timeoutMs), request, secrets),
    close: () => agent.close(),
  };
}

/** Removes all known secrets, including those of the request itself, from a fault. */
function withoutSecrets(result: HttpResult, request: HttpRequest, known: ReadonlySet<string>): HttpResult {
  if (result.ok) return result;
  const secrets = [...known, ...secretsIn(request)].filter((secret) => secret.length >= MIN_SECRET);
  const clean = (text: string): string => {
    let cleaned = text;
    for (const secret of secrets) cleaned = cleaned.replaceAll(secret, "[secret]");
    return cleaned;
  };
  const { fault } = result;
  return {
    ok: false,
    fault: { ...fault, message: clean(fault.message), detail: clean(fault.detail), code: clean(fault.code) },
  };
}

/** The credentials in the header Authorization, and the tokens in a form. */
function secretsIn({ headers, body }: HttpRequest): string[] {
  // The header is "Bearer <token>" or "Basic <client id and secret>".
  const credentials = headers["Authorization"]?.split(" ").at(-1) ?? "";
  const form = new URLSearchParams(body ?? "");
  return [credentials, form.get("refresh_token") ?? "", form.get("code") ?? ""];
}

/** Shorter texts are left alone, because removing them would damage ordinary words. In characters. */
const MIN_SECRET = 6;

async function sendWith(
  agent: Agent,
  { url, method, headers, body }: HttpRequest,
  abort: AbortSignal,
  timeoutMs: number,
): Promise<HttpResult> {
  // The time limit for the whole answer. The limits of the agent start again with each byte.
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new Error(`no complete answer within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  const onAbort = (): void => controller.abort(abort.reason);
  abort.addEventListener("abort", onAbort, { once: true });
  try {
    abort.throwIfAborted();
    const response = await request(url, {
      method,
      dispatcher: agent,
      signal: controller.signal,
      headers: { ...headers, "Accept-Encoding": "gzip" },
      ...(body === undefined ? {} : { body }),
    });
    const bytes = await unpack(await response.body.bytes(), response.headers["content-encoding"]);
    const head: AnswerHead = {
      status: response.statusCode,
      tid: headerOf(response.headers["intuit_tid"] ?? response.headers["intuit-tid"]) ?? "",
      retryAfter: headerOf(response.headers["retry-after"]) ?? null,
      date: headerOf(response.headers["date"]) ?? null,
    };
    return resultOf(head, bytes);
  } catch (error) {
    abort.throwIfAborted();
    return { ok: false, fault: faultOfNoAnswer(error, controller.signal.aborted || isTimeout(error)) };
  } finally {
    clearTimeout(timer);
    abort.removeEventListener("abort", onAbort);
  }
}

const TIMEOUTS = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "UND_ERR_CONNECT_TIMEOUT"]);
const isTimeout = (error: unknown): boolean =>
  error instanceof Error && "code" in error && TIMEOUTS.has(String(error.code));

const headerOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;
const gunzip = promisify(zlib.gunzip);

/** Decompresses an answer if it is compressed. */
async function unpack(bytes: Uint8Array, encoding: string | string[] | undefined): Promise<Uint8Array> {
  const name = headerOf(encoding)?.toLowerCase() ?? "identity";
  if (name === "gzip" || name === "x-gzip") return gunzip(bytes);
  if (name === "identity" || name === "") return bytes;
  throw new Error(`the answer is encoded as ${name}, which was not asked for`);
}

function resultOf(head: AnswerHead, bytes: Uint8Array): HttpResult {
  const text = decode(bytes);
  const json = text === undefined ? undefined : parse(text);
  const fault = faultOf(head, text ?? "", json);
  if (fault !== undefined) return { ok: false, fault };
  if (text !== undefined && json !== undefined)
    return { ok: true, text, json, tid: head.tid, date: head.date };
  const message = text === undefined ? "the answer is not UTF-8" : "the answer is not JSON";
  return {
    ok: false,
    fault: {
      status: head.status,
      code: "",
      type: "",
      message,
      detail: "",
      retryAfter: undefined,
      tid: head.tid,
    },
  };
}

/** Decodes UTF-8. Undefined if the bytes are not UTF-8: replacing invalid bytes would change records. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Undefined if the text is not JSON. */
function parse(text: string): unknown {
  try {
    return parseAnswer(text);
  } catch {
    return undefined;
  }
}
