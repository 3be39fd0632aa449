import { CountRefused, PageRefused, RunnerError } from "../errors.ts";
import type { Budget, Limits } from "../ports/limits.ts";
import type { TokenSource } from "../ports/tokens.ts";
import { blocked, decide, formatFault, MAX_THROTTLED, type Tries } from "./decide.ts";
import type { HttpRequest, HttpResult, Send } from "./http.ts";

/** The whole text of an answer, and the same parsed. Numbers are exact in the text only. Times in milliseconds since 1970. */
export interface Answer {
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** When it was complete. */
  readonly receivedAt: number;
  /** When it was asked for, by whichever clock is behind: ours or QuickBooks'. */
  readonly asOf: number;
  /** By how much QuickBooks' clock is behind ours, as far as its answers tell; milliseconds. */
  readonly behind: number;
}

export interface ClientPorts {
  readonly send: Send;
  readonly tokens: TokenSource;
  readonly limits: Limits;
  readonly budget: Budget;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  readonly random: () => number;
  /** Told before each wait. */
  readonly onRetry: (retry: { readonly reason: string; readonly delayMs: number }) => void;
}

export interface CompanyAddress {
  readonly apiUrl: string;
  readonly realmId: string;
}

/** All lower minor versions are served as this one (QuickBooks API facts, 2.2). */
export const MINOR_VERSION = 75;
/** Longer statements go by POST: the limit of a GET is unknown (QuickBooks API facts, 3.1). */
const MAX_GET_STATEMENT = 4000;

/** Asks one company. Transient faults are retried, a dead access token is renewed once, a 429 holds back everything; the
 * rest is a failure. */
export class QuickBooksClient {
  readonly #company: CompanyAddress;
  readonly #ports: ClientPorts;
  /** Requests that this client sent to the query endpoint, retries included. */
  calls = 0;

  constructor(company: CompanyAddress, ports: ClientPorts) {
    this.#company = company;
    this.#ports = ports;
  }

  /** One page. Throws `PageRefused` where a smaller page might be had. */
  page(statement: string, signal: AbortSignal): Promise<Answer> {
    return this.#query(statement, true, signal);
  }

  /** The answer to a count. Throws `CountRefused` where the API does not count the entity. */
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
      const decision = decide(result.fault, tries, random());
      switch (decision.kind) {
        case "stop":
          throw new RunnerError(decision.code, withoutToken(decision.message, accessToken), {
            hint: decision.hint,
          });
        case "refuse":
          throw new (isPage ? PageRefused : CountRefused)(
            decision.code,
            withoutToken(decision.message, accessToken),
            {
              hint: decision.hint,
            },
          );
        case "refresh":
          refused = accessToken;
          tries = { ...tries, refused: tries.refused + 1 };
          if (decision.delayMs > 0) {
            this.#tell(result, accessToken, decision.delayMs);
            await sleep(decision.delayMs, signal);
          }
          break;
        case "pause":
          this.#pause(result, sent.startedAt, decision.delayMs);
          break;
        case "retry":
          tries = { ...tries, transient: tries.transient + 1 };
          this.#tell(result, accessToken, decision.delayMs);
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
      const [sentAt, startedAt] = [now(), monotonic()];
      const result = await send(this.#requestFor(statement, accessToken), signal);
      if (result.ok || result.fault.status !== 429) limits.passed();
      return { result, sentAt, startedAt };
    });
  }

  #pause(result: HttpResult, startedAt: number, delayMs: number): void {
    if (result.ok) return;
    const strikes = this.#ports.limits.throttled(startedAt, delayMs);
    if (strikes > MAX_THROTTLED) {
      const { code, message, hint } = blocked(result.fault);
      throw new RunnerError(code, message, { hint });
    }
    this.#ports.onRetry({ reason: formatFault(result.fault), delayMs });
  }

  #tell(result: HttpResult, accessToken: string, delayMs: number): void {
    if (!result.ok)
      this.#ports.onRetry({ reason: withoutToken(formatFault(result.fault), accessToken), delayMs });
  }

  #answerOf({ text, json, date }: HttpResult & { ok: true }, { sentAt, startedAt }: Sent): Answer {
    const receivedAt = this.#ports.now();
    // Where the wall clock was set back in between, the request left earlier than it said then.
    const askedAt = Math.min(sentAt, receivedAt - Math.ceil(this.#ports.monotonic() - startedAt));
    // Both the gateway and QuickBooks itself tell the time; records get theirs from the latter.
    const behinds = [Date.parse(date ?? ""), timeIn(json)].map(
      (time) => receivedAt - time - CLOCK_TOLERANCE_MS,
    );
    const behind = Math.max(0, ...behinds.filter((ms) => ms < MAX_BEHIND_MS));
    return { text, body: bodyOf(json), receivedAt, asOf: askedAt - behind, behind };
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

/** When a request left: by the wall clock, and by the one that never goes back. */
interface Sent {
  readonly sentAt: number;
  readonly startedAt: number;
}

/** A clock that is further behind is none: the answer was recorded some day. */
const MAX_BEHIND_MS = 86_400_000;

/** The time of an answer's envelope, always with its offset (QuickBooks API facts, 3.8); milliseconds since 1970, or NaN. */
function timeIn(json: unknown): number {
  const time: unknown = typeof json === "object" && json !== null ? Reflect.get(json, "time") : undefined;
  return typeof time === "string" && /(Z|[+-]\d{2}:?\d{2})$/.test(time) ? Date.parse(time) : Number.NaN;
}

/** The header Date has whole seconds, and answers take their time. */
const CLOCK_TOLERANCE_MS = 2000;

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
