import { Agent, fetch } from "undici";
import { type Fault, faultOf, faultOfNoAnswer } from "./faults.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type HttpResult =
  | { readonly ok: true; readonly text: string; readonly json: unknown; readonly tid: string }
  | { readonly ok: false; readonly fault: Fault };

/** One request and its whole answer. Never throws but for an abort: every failure is a fault. */
export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<HttpResult>;

/** Intuit ends a request after 120 s (QuickBooks API facts, 4.1); the margin lets its own answer arrive. */
export const REQUEST_TIMEOUT_MS = 125_000;
const CONNECT_TIMEOUT_MS = 10_000;

export interface HttpClient {
  readonly send: Send;
  readonly close: () => Promise<void>;
}

/** A client that keeps connections open and takes gzip. */
export function openHttp(timeoutMs: number = REQUEST_TIMEOUT_MS): HttpClient {
  const agent = new Agent({
    connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: 30_000,
  });
  return {
    send: (request, signal) => sendWith(agent, request, signal, timeoutMs),
    close: () => agent.close(),
  };
}

async function sendWith(
  agent: Agent,
  request: HttpRequest,
  abort: AbortSignal,
  timeoutMs: number,
): Promise<HttpResult> {
  const signal = AbortSignal.any([abort, AbortSignal.timeout(timeoutMs)]);
  try {
    const response = await fetch(request.url, {
      ...{ method: request.method, headers: request.headers, dispatcher: agent, signal, redirect: "manual" },
      body: request.body ?? null,
    });
    const bytes = await response.arrayBuffer();
    const head = {
      status: response.status,
      tid: response.headers.get("intuit_tid") ?? response.headers.get("intuit-tid") ?? "",
      retryAfter: response.headers.get("retry-after"),
    };
    return resultOf(head, bytes);
  } catch (error) {
    abort.throwIfAborted();
    return { ok: false, fault: faultOfNoAnswer(error) };
  }
}

function resultOf(
  head: { status: number; tid: string; retryAfter: string | null },
  bytes: ArrayBuffer,
): HttpResult {
  const text = decode(bytes);
  const json = text === undefined ? undefined : parse(text);
  const fault = faultOf(head, text ?? "", json);
  if (fault !== undefined) return { ok: false, fault };
  if (text !== undefined && json !== undefined) return { ok: true, text, json, tid: head.tid };
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

/** The text, or undefined if it is not UTF-8: replacing what can't be read would change records. */
function decode(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
