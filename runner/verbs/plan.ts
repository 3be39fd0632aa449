import type { Description, ValuesOf } from "./part.ts";
import { RANGE } from "./range-options.ts";
import { demo, OUTPUT, PAGE_SIZE, SPECS } from "./shared-options.ts";

export const PLAN = {
  name: "plan",
  args: "[...specs]",
  description: "Estimate windows, rows, API calls, minutes and the share of the monthly reads before a run",
  parts: {
    args: SPECS,
    range: RANGE,
    pageSize: PAGE_SIZE,
    output: OUTPUT,
    demo: demo("Use the simulator and the embedded PostgreSQL under .qbo/"),
  },
} satisfies Description;

export type PlanOptions = ValuesOf<typeof PLAN.parts>;
