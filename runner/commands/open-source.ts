import type { Log } from "../events.ts";
import { QuickBooksClient, type TokenSource } from "../quickbooks/client.ts";
import type { Send } from "../quickbooks/http.ts";
import { readCount, readRecords } from "../quickbooks/read-records.ts";
import type { Source } from "../run/ports.ts";
import type { QuickBooksSettings } from "../settings.ts";

export interface SourceOptions {
  readonly settings: QuickBooksSettings;
  readonly send: Send;
  readonly tokens: TokenSource;
  readonly log: Log;
}

/** The API as the run wants it. */
export function openSource({ settings, send, tokens, log }: SourceOptions): Source {
  const client = new QuickBooksClient(settings, {
    ...{ send, tokens, sleep, now: Date.now, random: Math.random },
    onRetry: ({ reason, delayMs }) => log({ type: "waiting", reason, delay_ms: delayMs }),
  });
  return {
    page: async (statement, answerKey, signal) => {
      const answer = await client.query(statement, signal);
      return { text: answer.text, records: readRecords(answer, answerKey), receivedAt: answer.receivedAt };
    },
    count: async (statement, signal) => readCount(await client.query(statement, signal)),
    calls: () => client.calls,
  };
}

/** Waits, or ends at once when the run is cancelled. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
