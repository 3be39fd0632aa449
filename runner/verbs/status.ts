import type { Description, ValuesOf } from "./part.ts";
import { rangeToSee } from "./range-options.ts";
import { demo, OUTPUT } from "./shared-options.ts";

export const STATUS = {
  name: "status",
  description: "Show a calendar of what is loaded and proven, the last run and the age of the token",
  parts: {
    range: rangeToSee(
      "Start of the calendar in UTC (default: at most 92 days before its end)",
      "End of the calendar in UTC (default: the end of the last window)",
    ),
    output: OUTPUT,
    demo: demo("Show the status of the embedded PostgreSQL under .qbo/"),
  },
} satisfies Description;

export type StatusOptions = ValuesOf<typeof STATUS.parts>;
