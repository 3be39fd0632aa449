import type { Clock } from "../clock.ts";
import { CountRefused, type FailureCode, RunnerError } from "../errors.ts";
import type { Log } from "../events.ts";
import type { Budget, Limits } from "../ports/limits.ts";
import type { Source } from "../ports/source.ts";
import type { TokenSource } from "../ports/tokens.ts";
import { type Answer, type CompanyAddress, QuickBooksClient } from "./client.ts";
import type { Send } from "./http.ts";
import { readCount, readRecords } from "./read-records.ts";

export interface SourceOptions {
  readonly company: CompanyAddress;
  readonly send: Send;
  readonly tokens: TokenSource;
  readonly limits: Limits;
  readonly budget: Budget;
  readonly log: Log;
  readonly clock: Clock;
}

/** Creates sources that share the limits of one company and one budget. Each source counts its own calls. */
export function openSources({ company, log, clock, ...shared }: SourceOptions): () => Source {
  return () => {
    const client = new QuickBooksClient(company, {
      ...shared,
      ...clock,
      onRetry: ({ reason, delayMs }) => log({ type: "waiting", reason, delay_ms: delayMs }),
    });
    const request = withProbe(client);
    let hasPages = false;
    return {
      page: async (statement, answerKey, signal) => {
        const answer = await request(() => client.page(statement, signal), signal);
        hasPages = true;
        const { text, asOf, behind } = answer;
        return { text, asOf, behind, records: readRecords(answer, answerKey) };
      },
      count: async (statement, signal) => {
        try {
          return readCount(await request(() => client.count(statement, signal), signal));
        } catch (error) {
          throw hasPages && isOfCount(error) ? notCounted(error) : error;
        }
      },
      calls: () => client.calls,
    };
  };
}

/** Whether a refusal may concern only the count. Call it after pages with the same condition were answered, which shows that
 * neither the entity nor the query is refused. */
const isOfCount = (error: unknown): error is RunnerError =>
  error instanceof RunnerError && (error.code === "QBO_NOT_AVAILABLE" || error.code === "QBO_QUERY_REFUSED");

const notCounted = (cause: RunnerError): CountRefused =>
  new CountRefused("QBO_NOT_COUNTED", cause.message, {
    hint: "everything that needs no count still works",
    cause,
  });

/** A query that every company can answer. It returns one record (QuickBooks API facts, 7.2). */
const PROBE = "select * from CompanyInfo";

type Request = (send: () => Promise<Answer>, signal: AbortSignal) => Promise<Answer>;

/** Sends the requests for one entity. If the first answer refuses access to the whole company, the company's own record is
 * requested and then the first request is repeated. If the record can be read but the repeated request is refused again, the
 * company lacks only this entity, and `QBO_NOT_AVAILABLE` is thrown. */
function withProbe(client: QuickBooksClient): Request {
  let hasAnswered = false;
  return async (send, signal) => {
    try {
      const answer = await send();
      hasAnswered = true;
      return answer;
    } catch (error) {
      if (hasAnswered || !isRefusal(error)) throw error;
      const canReadCompany = (await codeOf(() => client.page(PROBE, signal))) === undefined;
      if (!canReadCompany) throw error;
      // If the edition lacks the entity, the refusal does not go away.
      const isRefusedAgain = (await codeOf(send)) === error.code;
      throw isRefusedAgain ? notAvailable(error) : error;
    }
  };
}

const isRefusal = (error: unknown): error is RunnerError =>
  error instanceof RunnerError && (error.code === "QBO_FORBIDDEN" || error.code === "QBO_COMPANY_CLOSED");

const notAvailable = (cause: RunnerError): RunnerError =>
  new RunnerError("QBO_NOT_AVAILABLE", `QuickBooks refuses only this entity: ${cause.message}`, {
    hint: "the company's edition or settings may lack this entity, or the user who connected the company may not see it; if you do not need it, leave out the spec with --exclude",
    cause,
  });

/** The code with which a request fails; undefined if it is answered. */
async function codeOf(send: () => Promise<Answer>): Promise<FailureCode | undefined> {
  try {
    await send();
    return undefined;
  } catch (error) {
    if (error instanceof RunnerError) return error.code;
    throw error;
  }
}
