import type { Clock } from "../clock.ts";
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
        const answer = await client.page(statement, signal);
        const { text, receivedAt, asOf } = answer;
        return { text, receivedAt, asOf, records: readRecords(answer, answerKey) };
      },
      count: async (statement, signal) => readCount(await client.count(statement, signal)),
      calls: () => client.calls,
    };
  };
}
