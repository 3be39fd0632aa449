import { CountRefused, PageRefused, RunnerError } from "../errors.ts";
import type { Budget, Limits } from "../ports/limits.ts";
import type { TokenSource } from "../ports/tokens.ts";
import { blocked, decide, formatFault, MAX_THROTTLED, type Tries } from "./decide.ts";
import type { Fault } from "./faults.ts";
import type { HttpRequest, HttpResult, Send } from "./http.ts";

/** The whole text of an answer, and the same parsed. Numbers are only exact in the text. Times are in milliseconds since
 * 1970. */
export interface Answer {
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** When the answer had arrived completely. */
  readonly receivedAt: number;
  /** When the request was sent, by our clock or by QuickBooks', whichever is behind the other. */
  readonly asOf: number;
  /** How many milliseconds QuickBooks' clock is behind ours according to its answers; 0 if it is not behind. */
  readonly behind: number;
}

export interface ClientPorts {
  readonly send: Send;
  readonly tokens: TokenSource;
  readonly limits: Limits;
  readonly budget: Budget;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  /** Milliseconds that never go backwards. */
  readonly monotonic: () => number;
  readonly random: () => number;
  /** Called before each wait. */
  readonly onRetry: (retry: { readonly reason: string; readonly delayMs: number }) => void;
}

export interface CompanyAddress {
  readonly apiUrl: string;
  readonly realmId: string;
}

/** The API treats every lower minor version as this one (QuickBooks API facts, 2.2). */
export const MINOR_VERSION = 75;
/** Longer statements are sent by POST, because the limit for a GET is unknown (QuickBooks API facts, 3.1). In characters. */
const MAX_GET_STATEMENT = 4000;

/** Sends queries about one company. Transient faults are retried, a refused access token is renewed, and a 429 makes all
 * requests wait. Everything else is a failure (`decide`). */
export class QuickBooksClient {
  readonly #company: CompanyAddress;
  readonly #ports: ClientPorts;
  /** How many requests this client has sent to the query endpoint, including retries. */
  calls = 0;

  constructor(company: CompanyAddress, ports: ClientPorts) {
    this.#company = company;
    this.#ports = ports;
  }

  /** Reads a page. Throws `PageRefused` if a smaller page might succeed. */
  page(statement: string, signal: AbortSignal): Promise<Answer> {
    return this.#query(statement, true, signal);
  }

  /** Reads the answer to a count. Throws `CountRefused` if the API does not count the entity. */
  count(statement: string, signal: AbortSignal): Promise<Answer> {
    return this.#query(statement, false, signal);
  }

  async #query(statement: string, isPage: boolean, signal: AbortSignal): Promise<Answer> {
    const { tokens, sleep, random } = this.#ports;
    let tries: Tries = { transient: 0, refused: 0, isPage };
    let refused: string | undefined;
    for (;;) {
      const accessToken = await tokens.accessToken(refused, signal);
      const { result, ...sent } = await this.#send(statement, accessToken, signal);
      if (result.ok) return this.#answerOf(result, sent);
      const { fault } = result;
      const decision = decide(fault, tries, random());
      switch (decision.kind) {
        case "stop":
          throw new RunnerError(decision.code, withoutToken(decision.message, accessToken), {
            hint: decision.hint,
          });
        case "refuse": {
          const Refusal = isPage ? PageRefused : CountRefused;
          throw new Refusal(decision.code, withoutToken(decision.message, accessToken), {
            hint: decision.hint,
          });
        }
        case "refresh":
          refused = accessToken;
          tries = { ...tries, refused: tries.refused + 1 };
          if (decision.delayMs > 0) {
            this.#reportRetry(fault, accessToken, decision.delayMs);
            await sleep(decision.delayMs, signal);
          }
          break;
        case "pause":
          this.#pause(fault, sent.startedAt, decision.delayMs);
          break;
        case "retry":
          tries = { ...tries, transient: tries.transient + 1 };
          this.#reportRetry(fault, accessToken, decision.delayMs);
          await sleep(decision.delayMs, signal);
      }
    }
  }

  async #send(
    statement: string,
    accessToken: string,
    signal: AbortSignal,
  ): Promise<Sent & { result: HttpResult }> {
    const { send, limits, budget, now, monotonic } = this.#ports;
    return limits.run(signal, async () => {
      budget.spend();
      this.calls++;
      const sentAt = now();
      const startedAt = monotonic();
      const result = await send(this.#requestFor(statement, accessToken), signal);
      if (result.ok || result.fault.status !== 429) limits.passed();
      return { result, sentAt, startedAt };
    });
  }

  /** Makes all requests wait after a 429. Throws `QBO_THROTTLED` after too many in a row. */
  #pause(fault: Fault, startedAt: number, delayMs: number): void {
    const strikes = this.#ports.limits.throttled(startedAt, delayMs);
    if (strikes > MAX_THROTTLED) {
      const { code, message, hint } = blocked(fault);
      throw new RunnerError(code, message, { hint });
    }
    this.#ports.onRetry({ reason: formatFault(fault), delayMs });
  }

  #reportRetry(fault: Fault, accessToken: string, delayMs: number): void {
    const reason = withoutToken(formatFault(fault), accessToken);
    this.#ports.onRetry({ reason, delayMs });
  }

  #answerOf({ text, json, date }: HttpResult & { ok: true }, { sentAt, startedAt }: Sent): Answer {
    const receivedAt = this.#ports.now();
    // If the wall clock was set back in between, `sentAt` is too late.
    const askedAt = Math.min(sentAt, receivedAt - Math.ceil(this.#ports.monotonic() - startedAt));
    // The header has the time of the gateway, the body that of QuickBooks itself, from which records get their times.
    const times = [Date.parse(date ?? ""), timeIn(json)];
    const differences = times.map((time) => receivedAt - time - CLOCK_TOLERANCE_MS);
    const behind = Math.max(0, ...differences.filter((ms) => ms < MAX_BEHIND_MS));
    return { text, body: bodyOf(json), receivedAt, asOf: askedAt - behind, behind };
  }

  #requestFor(statement: string, accessToken: string): HttpRequest {
    const { apiUrl, realmId } = this.#company;
    const url = `${apiUrl}/v3/company/${realmId}/query`;
    const headers = { Authorization: `Bearer ${accessToken}`, Accept: "application/json" };
    if (statement.length > MAX_GET_STATEMENT) {
      return {
        method: "POST",
        url: `${url}?minorversion=${MINOR_VERSION}`,
        headers: { ...headers, "Content-Type": "application/text" },
        body: statement,
      };
    }
    const query = `query=${encodeURIComponent(statement)}&minorversion=${MINOR_VERSION}`;
    return { method: "GET", url: `${url}?${query}`, headers };
  }
}

/** When a request was sent. */
interface Sent {
  /** By the wall clock, in milliseconds since 1970. */
  readonly sentAt: number;
  /** By the clock that never goes backwards, in milliseconds. */
  readonly startedAt: number;
}

/** A larger difference is not a clock that is behind: the answer must be a recording. In milliseconds. */
const MAX_BEHIND_MS = 86_400_000;

/** The `time` in the body of an answer, in milliseconds since 1970. It always has an offset (QuickBooks API facts, 3.8); NaN
 * if it does not. */
function timeIn(json: unknown): number {
  const time: unknown = typeof json === "object" && json !== null ? Reflect.get(json, "time") : undefined;
  return typeof time === "string" && /(Z|[+-]\d{2}:?\d{2})$/.test(time) ? Date.parse(time) : Number.NaN;
}

/** The header Date only has whole seconds, and an answer takes a while to arrive. In milliseconds. */
const CLOCK_TOLERANCE_MS = 2000;

const withoutToken = (text: string, token: string): string => text.replaceAll(token, "[token]");

function bodyOf(json: unknown): Readonly<Record<string, unknown>> {
  const body: unknown =
    typeof json === "object" && json !== null ? Reflect.get(json, "QueryResponse") : undefined;
  if (isRecord(body)) return body;
  throw new RunnerError("QBO_UNEXPECTED_ANSWER", "the answer to the query has no QueryResponse", {
    hint: "check QBO_API_URL: it does not seem to be the address of the QuickBooks Online API",
  });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
