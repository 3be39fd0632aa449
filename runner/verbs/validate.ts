import type { Description, ValuesOf } from "./part.ts";
import { FORMAT, SPECS } from "./shared-options.ts";

export const VALIDATE = {
  name: "validate",
  args: "[...specs]",
  description: "List every problem of every spec, with its place in the file",
  parts: { args: SPECS, format: FORMAT },
} satisfies Description;

export type ValidateOptions = ValuesOf<typeof VALIDATE.parts>;
