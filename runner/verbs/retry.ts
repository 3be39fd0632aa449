import type { Description, ValuesOf } from "./part.ts";
import { demo, MAX_CALLS, METRICS_FILE, THREADS, WAIT } from "./shared-options.ts";

export const RETRY = {
  name: "retry",
  description: "Read what the last run left unsealed or failed, according to the ledger",
  parts: {
    threads: THREADS,
    maxCalls: MAX_CALLS,
    wait: WAIT,
    metricsFile: METRICS_FILE,
    demo: demo("Retry the last run with --demo"),
  },
} satisfies Description;

export type RetryOptions = ValuesOf<typeof RETRY.parts>;
