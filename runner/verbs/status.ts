import type { Description, ValuesOf } from "./part.ts";
import { rangeToSee } from "./range-options.ts";
import { demo, OUTPUT } from "./shared-options.ts";

export const STATUS = {
  name: "status",
  description: "A calendar of what is loaded and proven, the last run, the age of the token",
  parts: {
    range: rangeToSee("Begin of the calendar in UTC (default: three months)", "End of the calendar in UTC"),
    output: OUTPUT,
    demo: demo("Look at the embedded PostgreSQL under .qbo/"),
  },
} satisfies Description;

export type StatusOptions = ValuesOf<typeof STATUS.parts>;
