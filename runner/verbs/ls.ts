import type { Description, ValuesOf } from "./part.ts";
import { OUTPUT, SPECS } from "./shared-options.ts";

export const LS = {
  name: "ls",
  args: "[...specs]",
  description: "List the specs",
  parts: { args: SPECS, output: OUTPUT },
} satisfies Description;

export type LsOptions = ValuesOf<typeof LS.parts>;
