import { RunnerError } from "../errors.ts";
import { decide, formatFault, type Tries } from "./decide.ts";
import type { HttpRequest, Send } from "./http.ts";

/** The whole text of an answer, and the same parsed. Numbers are exact in the text only. */
export interface Answer {
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** When it was complete, in milliseconds since 1970. */
  readonly receivedAt: number;
}

/** Where access tokens come from. */
export interface TokenSource {
  /** A token that was valid when it was handed out; never `refused`, which the API did not accept. */
  readonly accessToken: (refused: string | undefined, signal: AbortSignal) => Promise<string>;
}

export interface ClientPorts {
  readonly send: Send;
  readonly tokens: TokenSource;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly random: () => number;
  /** Told before each wait. */
  readonly onRetry: (retry: { readonly reason: string; readonly delayMs: number }) => void;
}

export interface Company {
  readonly apiUrl: string;
  readonly realmId: string;
}

/** All lower minor versions are served as this one (QuickBooks API facts, 2.2). */
export const MINOR_VERSION = 75;
/** Longer statements go by POST: the limit of a GET is unknown (QuickBooks API facts, 3.1). */
const MAX_GET_STATEMENT = 4000;

/** Asks one company. Transient faults are retried, a dead access token is renewed once, the rest is a failure. */
export class QuickBooksClient {
  readonly #company: Company;
  readonly #ports: ClientPorts;
  /** Requests sent to the query endpoint, retries included. */
  calls = 0;

  constructor(company: Company, ports: ClientPorts) {
    this.#company = company;
    this.#ports = ports;
  }

  async query(statement: string, signal: AbortSignal): Promise<Answer> {
    const { send, tokens, sleep, now, random, onRetry } = this.#ports;
    let tries: Tries = { transient: 0, throttled: 0, refreshed: false };
    let refused: string | undefined;
    for (;;) {
      const accessToken = await tokens.accessToken(refused, signal);
      this.calls++;
      const result = await send(this.#requestFor(statement, accessToken), signal);
      if (result.ok) return { text: result.text, body: bodyOf(result.json), receivedAt: now() };
      const { fault } = result;
      const decision = decide(fault, tries, random());
      if (decision.kind === "stop") {
        throw new RunnerError(decision.code, withoutToken(decision.message, accessToken), {
          hint: decision.hint,
        });
      }
      if (decision.kind === "refresh") {
        refused = accessToken;
        tries = { ...tries, refreshed: true };
        continue;
      }
      tries =
        fault.status === 429
          ? { ...tries, throttled: tries.throttled + 1 }
          : { ...tries, transient: tries.transient + 1 };
      onRetry({ reason: withoutToken(formatFault(fault), accessToken), delayMs: decision.delayMs });
      await sleep(decision.delayMs, signal);
    }
  }

  #requestFor(statement: string, accessToken: string): HttpRequest {
    const { apiUrl, realmId } = this.#company;
    const url = `${apiUrl}/v3/company/${realmId}/query`;
    const headers = { Authorization: `Bearer ${accessToken}`, Accept: "application/json" };
    if (statement.length > MAX_GET_STATEMENT) {
      const typed = { ...headers, "Content-Type": "application/text" };
      return { method: "POST", url: `${url}?minorversion=${MINOR_VERSION}`, headers: typed, body: statement };
    }
    const query = `query=${encodeURIComponent(statement)}&minorversion=${MINOR_VERSION}`;
    return { method: "GET", url: `${url}?${query}`, headers };
  }
}

const withoutToken = (text: string, token: string): string => text.replaceAll(token, "[token]");

function bodyOf(json: unknown): Readonly<Record<string, unknown>> {
  const body: unknown =
    typeof json === "object" && json !== null ? Reflect.get(json, "QueryResponse") : undefined;
  if (isRecord(body)) return body;
  throw new RunnerError("QBO_UNEXPECTED_ANSWER", "the answer to the query has no QueryResponse", {
    hint: "check QBO_API_URL: something answers there that is not the QuickBooks Online API",
  });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
