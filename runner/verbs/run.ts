import { type Description, flag, type ValuesOf } from "./part.ts";
import { PARTIAL_RANGE } from "./range-options.ts";
import {
  demo,
  MAX_CALLS,
  METRICS_FILE,
  PAGE_SIZE,
  SPECS,
  STRATEGY,
  THREADS,
  WAIT,
} from "./shared-options.ts";

export const RUN = {
  name: "run",
  args: "[...specs]",
  description:
    "Extract and load. Specs are files, folders, globs, names or tag:name; the default is entities/",
  parts: {
    args: SPECS,
    range: PARTIAL_RANGE,
    pageSize: PAGE_SIZE,
    strategy: STRATEGY,
    threads: THREADS,
    maxCalls: MAX_CALLS,
    wait: WAIT,
    onlyMissing: flag("--only-missing", "Leave out windows that are already sealed"),
    failFast: flag("--fail-fast", "Skip the remaining entities after the first failure"),
    metricsFile: METRICS_FILE,
    demo: demo("Use the simulator and an embedded PostgreSQL under .qbo/; needs no account and no settings"),
  },
  example: "qbo run entities/customers.yml --from 2026-01-01 --to 2026-01-31 --page-size 1000",
} satisfies Description;

export type RunOptions = ValuesOf<typeof RUN.parts>;
