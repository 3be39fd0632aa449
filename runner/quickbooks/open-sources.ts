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

/** Makes sources that each count their own calls, and that share one company's limits and one budget. */
export function openSources({ company, log, clock, ...shared }: SourceOptions): () => Source {
  return () => {
    const client = new QuickBooksClient(company, {
      ...shared,
      ...clock,
      onRetry: ({ reason, delayMs }) => log({ type: "waiting", reason, delay_ms: delayMs }),
    });
    const ask = askFirst(client);
    let hasPages = false;
    return {
      page: async (statement, answerKey, signal) => {
        const answer = await ask(() => client.page(statement, signal), signal);
        hasPages = true;
        const { text, asOf, behind } = answer;
        return { text, asOf, behind, records: readRecords(answer, answerKey) };
      },
      count: async (statement, signal) => {
        try {
          return readCount(await ask(() => client.count(statement, signal), signal));
        } catch (error) {
          throw hasPages && isOfCount(error) ? notCounted(error) : error;
        }
      },
      calls: () => client.calls,
    };
  };
}

/** Where pages come with the same condition, it is the count that is refused, and not the entity or the query. */
const isOfCount = (error: unknown): error is RunnerError =>
  error instanceof RunnerError && (error.code === "QBO_NOT_AVAILABLE" || error.code === "QBO_QUERY_REFUSED");

const notCounted = (cause: RunnerError): CountRefused =>
  new CountRefused("QBO_NOT_COUNTED", cause.message, { hint: "work that needs no count continues", cause });

/** Every company has it, and it costs one record (QuickBooks API facts, 7.2). */
const PROBE = "select * from CompanyInfo";

type Ask = (question: () => Promise<Answer>, signal: AbortSignal) => Promise<Answer>;

/** Asks of one entity. Where the very first answer is a refusal that looks like one of the whole company, but the company's
 * own record can be read before a second such refusal, the company lacks this entity alone. */
function askFirst(client: QuickBooksClient): Ask {
  let hasAnswered = false;
  return async (question, signal) => {
    try {
      const answer = await question();
      hasAnswered = true;
      return answer;
    } catch (error) {
      if (hasAnswered || !isRefusal(error) || (await codeOf(() => client.page(PROBE, signal))) !== undefined)
        throw error;
      // A refusal that comes and goes is not one of the edition.
      throw (await codeOf(question)) === error.code ? notAvailable(error) : error;
    }
  };
}

const isRefusal = (error: unknown): error is RunnerError =>
  error instanceof RunnerError && (error.code === "QBO_FORBIDDEN" || error.code === "QBO_COMPANY_CLOSED");

const notAvailable = (cause: RunnerError): RunnerError =>
  new RunnerError("QBO_NOT_AVAILABLE", `QuickBooks refuses this entity alone: ${cause.message}`, {
    hint: "the company's edition, its settings or the rights of the user who connected it may lack it; if it is not needed, leave the spec out with --exclude",
    cause,
  });

/** How a question fails; undefined where it is answered. */
async function codeOf(question: () => Promise<Answer>): Promise<FailureCode | undefined> {
  try {
    await question();
    return undefined;
  } catch (error) {
    if (error instanceof RunnerError) return error.code;
    throw error;
  }
}
