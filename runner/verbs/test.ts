import { type Description, flag, type ValuesOf } from "./part.ts";
import { rangeToSee } from "./range-options.ts";
import { demo, FORMAT, maxCalls, SPECS } from "./shared-options.ts";

export const TEST = {
  name: "test",
  args: "[...specs]",
  description: "Compare RAW with QuickBooks record by record; check integrity, coverage and freshness",
  parts: {
    args: SPECS,
    range: rangeToSee(
      "Start of the range to test in UTC (default: the first window that was read or tried)",
      "End of the range to test in UTC, exclusive (default: the last window that has passed)",
    ),
    format: FORMAT,
    quick: flag("--quick", "Compare counts only: one call per entity if they agree"),
    thorough: flag("--thorough", "Compare record by record; this is the default"),
    maxCalls: maxCalls("Stop before sending more API calls than this"),
    demo: demo("Test what `qbo run --demo` has loaded"),
  },
} satisfies Description;

export type TestOptions = ValuesOf<typeof TEST.parts>;
