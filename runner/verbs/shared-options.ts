import type { Strategy } from "../run/entity-job.ts";
import { MAX_PAGE_SIZE } from "../spec/resolve-spec.ts";
import { flag, type Given, oneOf, option, type Part, usage } from "./part.ts";

/** The specs of a command; what comes after `--` are specs too. Those to leave out follow with a "!" in front. */
export const SPECS: Part<string[]> = {
  options: [
    {
      flag: "--select <specs>",
      description: "Specs, as dbt has it: the same as naming them without an option",
    },
    { flag: "--exclude <specs>", description: "Specs to leave out, named likewise" },
  ],
  read: (given) => {
    // An empty selection must not come to mean everything.
    const selected = given.options.get("select")?.trim() === "" ? [""] : listOf(given, "select");
    return [...given.args, ...selected, ...given.rest, ...listOf(given, "exclude").map((name) => `!${name}`)];
  },
};

const listOf = ({ options }: Given, name: string): string[] =>
  (options.get(name) ?? "").split(/[\s,]+/).filter((spec) => spec !== "");

export const PAGE_SIZE = option(
  "--page-size <rows>",
  "Records a call, 1 to 1000; wins over the specs",
  parsePageSize,
);

export function parsePageSize(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  const size = Number(written);
  if (Number.isInteger(size) && size >= 1 && size <= MAX_PAGE_SIZE && /^\d+$/.test(written)) return size;
  throw usage(
    `--page-size ${written} is not a whole number from 1 to ${MAX_PAGE_SIZE}`,
    "QuickBooks answers with at most 1000 records a page",
  );
}

export const STRATEGY = option(
  "--strategy <name>",
  "sweep (default): as few calls as possible; windowed: a query for each window",
  parseStrategy,
);

export function parseStrategy(written: string | undefined): Strategy {
  if (written === undefined || written === "sweep") return "sweep";
  if (written === "windowed") return "windowed";
  throw usage(
    `--strategy ${written} is unknown`,
    "known are sweep (few calls) and windowed (a query for each window)",
  );
}

const DEFAULT_THREADS = 8;

export const THREADS = option(
  "--threads <n>",
  "Entities at a time (default: 8)",
  (written) => parseWhole("--threads", written) ?? DEFAULT_THREADS,
);

export const maxCalls = (description: string): Part<number | undefined> =>
  option("--max-calls <n>", description, (written) => parseWhole("--max-calls", written));

export const MAX_CALLS = maxCalls("Stop before more API calls than this; what is sealed stays");

export const WAIT = flag("--wait", "Wait for tables that another run is loading");

export const METRICS_FILE = option(
  "--metrics-file <path>",
  "Write the run's numbers for Prometheus' text-file collector",
  (written) => written,
);

/** Where there is no company: the simulator, the embedded PostgreSQL, or both. */
export const demo = (description: string): Part<boolean> => flag("--demo", description);

/** How a command writes its result. */
export const output = (description: string): Part<"text" | "json"> =>
  oneOf("--output <format>", description, ["text", "json"]);

export const OUTPUT = output("text or json");

/** How a command writes what it has checked. */
export const FORMAT = oneOf("--format <format>", "text, json, github or junit", [
  "text",
  "json",
  "github",
  "junit",
]);

/** How events are written, and which. The reporter is made before the command line is parsed, and looks for them itself. */
export const LOG_FORMAT = oneOf("--log-format <format>", "How events are written to stderr: text or json", [
  "text",
  "json",
]);
export const QUIET = flag("-q, --quiet", "Only problems and the summary");

/** A whole number from 1 on. */
export function parseWhole(flag: string, written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(written)) return Number(written);
  throw usage(`${flag} ${written} is not a whole number from 1 on`, `for example ${flag} 100`);
}
