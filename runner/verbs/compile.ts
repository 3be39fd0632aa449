import type { Description, ValuesOf } from "./part.ts";
import { RANGE } from "./range-options.ts";
import { OUTPUT, PAGE_SIZE, SPECS } from "./shared-options.ts";

export const COMPILE = {
  name: "compile",
  args: "[...specs]",
  description: "Print the statements that a run would send, and write them to target/compiled/",
  parts: { args: SPECS, range: RANGE, pageSize: PAGE_SIZE, output: OUTPUT },
} satisfies Description;

export type CompileOptions = ValuesOf<typeof COMPILE.parts>;
