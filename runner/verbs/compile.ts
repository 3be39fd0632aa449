import type { Description, ValuesOf } from "./part.ts";
import { RANGE } from "./range-options.ts";
import { OUTPUT, PAGE_SIZE, SPECS } from "./shared-options.ts";

export const COMPILE = {
  name: "compile",
  args: "[...specs]",
  description: "The statements as they would be sent, to stdout and target/compiled/",
  parts: { args: SPECS, range: RANGE, pageSize: PAGE_SIZE, output: OUTPUT },
} satisfies Description;

export type CompileOptions = ValuesOf<typeof COMPILE.parts>;
