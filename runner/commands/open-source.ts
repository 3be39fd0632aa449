import type { Clock } from "../clock.ts";
import { RunnerError } from "../errors.ts";
import type { Log } from "../events.ts";
import { Budget, QuickBooksClient, type TokenSource } from "../quickbooks/client.ts";
import type { Send } from "../quickbooks/http.ts";
import { DOCUMENTED_LIMITS, Limiter, NO_LIMITS } from "../quickbooks/limiter.ts";
import { readCount, readRecords } from "../quickbooks/read-records.ts";
import type { Source } from "../run/ports.ts";
import type { QuickBooksSettings } from "../settings.ts";

export interface SourceOptions {
  readonly settings: QuickBooksSettings;
  readonly send: Send;
  readonly tokens: TokenSource;
  readonly log: Log;
  readonly clock: Clock;
  /** The most requests of the whole run. */
  readonly maxCalls: number | undefined;
}

/** Makes sources that count their own calls and share one company's limits and one budget. */
export function openSources({ settings, send, tokens, log, maxCalls, clock }: SourceOptions): () => Source {
  const limits = settings.environment === "simulator" ? NO_LIMITS : DOCUMENTED_LIMITS;
  const limiter = new Limiter(limits, clock);
  const shared = { send, tokens, limiter, budget: new Budget(maxCalls), ...clock };
  return () => {
    const client = new QuickBooksClient(settings, {
      ...shared,
      onRetry: ({ reason, delayMs }) => log({ type: "waiting", reason, delay_ms: delayMs }),
    });
    return {
      page: async (statement, answerKey, signal) => {
        const answer = await orNotAvailable(client, signal, () => client.page(statement, signal));
        const { text, receivedAt, asOf } = answer;
        return { text, receivedAt, asOf, records: readRecords(answer, answerKey) };
      },
      count: async (statement, signal) =>
        readCount(await orNotAvailable(client, signal, () => client.count(statement, signal))),
      calls: () => client.calls,
    };
  };
}

/** Every company has it, and it costs one record (QuickBooks API facts, 7.2). */
const PROBE = "select * from CompanyInfo";

/** A refusal that looks like one of the whole company, but is not where the company's own record can still be read, says
 * that the company lacks this entity. */
async function orNotAvailable<T>(
  client: QuickBooksClient,
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const isRefusal =
      error instanceof RunnerError && (error.code === "QBO_FORBIDDEN" || error.code === "QBO_COMPANY_CLOSED");
    if (!isRefusal || !(await isServed(client, signal))) throw error;
    throw new RunnerError("QBO_NOT_AVAILABLE", `QuickBooks refuses this entity alone: ${error.message}`, {
      hint: "the company's edition, its settings or the rights of the user who connected it may lack it; if it is not needed, leave the spec out with --exclude",
      cause: error,
    });
  }
}

async function isServed(client: QuickBooksClient, signal: AbortSignal): Promise<boolean> {
  try {
    await client.count(PROBE, signal);
    return true;
  } catch (error) {
    if (error instanceof RunnerError) return false;
    throw error;
  }
}
