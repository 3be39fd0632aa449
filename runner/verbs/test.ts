import { type Description, flag, type ValuesOf } from "./part.ts";
import { rangeToSee } from "./range-options.ts";
import { demo, FORMAT, maxCalls, SPECS } from "./shared-options.ts";

export const TEST = {
  name: "test",
  args: "[...specs]",
  description: "RAW against the source, record by record; integrity, coverage, freshness",
  parts: {
    args: SPECS,
    range: rangeToSee(
      "Only what lies at or after this instant in UTC",
      "Only what lies before this instant in UTC",
    ),
    format: FORMAT,
    /** Counts alone instead of a list of all records. */
    quick: flag("--quick", "Compare counts alone: one call an entity where they agree"),
    thorough: flag("--thorough", "Record by record, which is what happens without --quick"),
    maxCalls: maxCalls("Stop before more API calls than this"),
    demo: demo("Test what the demo has loaded"),
  },
} satisfies Description;

export type TestOptions = ValuesOf<typeof TEST.parts>;
