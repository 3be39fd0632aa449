import { MAX_PAGE_SIZE } from "../spec/resolve-spec.ts";
import { type Description, onlyArg, option, usage, type ValuesOf } from "./part.ts";
import { demo, output, parseWhole } from "./shared-options.ts";

const DEFAULT_LIMIT = 5;

export const SHOW = {
  name: "show",
  args: "<spec>",
  description: "Show a few live records of a spec",
  parts: {
    spec: onlyArg((written = "") => written),
    limit: option("--limit <n>", "Number of records, 1 to 1000 (default: 5)", parseLimit),
    output: output("Format of the result: text, or json with the answer of QuickBooks as it came"),
    demo: demo("Ask the simulator instead of QuickBooks"),
  },
} satisfies Description;

export type ShowOptions = ValuesOf<typeof SHOW.parts>;

function parseLimit(written: string | undefined): number {
  const limit = parseWhole("--limit", written) ?? DEFAULT_LIMIT;
  if (limit <= MAX_PAGE_SIZE) return limit;
  throw usage(
    `--limit ${limit} is more than QuickBooks returns in one answer`,
    `ask for at most ${MAX_PAGE_SIZE}`,
  );
}
