import type { Strategy } from "../run/entity-job.ts";
import { MAX_PAGE_SIZE } from "../spec/resolve-spec.ts";
import { flag, type Given, oneOf, option, type Part, usage } from "./part.ts";

/** The specs of a command, including everything after `--`. The specs to leave out come last, each with a "!" in front. */
export const SPECS: Part<string[]> = {
  options: [
    {
      flag: "--select <specs>",
      description: "Specs to use, as in dbt; the same as naming them without an option",
    },
    { flag: "--exclude <specs>", description: "Specs to leave out, given in the same forms" },
  ],
  read: (given) => {
    // No spec at all means every spec, so an empty selection is passed on, and then refused, as an empty name.
    const selected = given.options.get("select")?.trim() === "" ? [""] : listOf(given, "select");
    return [...given.args, ...selected, ...given.rest, ...listOf(given, "exclude").map((name) => `!${name}`)];
  },
};

const listOf = ({ options }: Given, name: string): string[] =>
  (options.get(name) ?? "").split(/[\s,]+/).filter((spec) => spec !== "");

export const PAGE_SIZE = option(
  "--page-size <rows>",
  "Records per call, 1 to 1000; overrides the specs",
  parsePageSize,
);

export function parsePageSize(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  const size = Number(written);
  if (Number.isInteger(size) && size >= 1 && size <= MAX_PAGE_SIZE && /^\d+$/.test(written)) return size;
  throw usage(
    `--page-size "${written}" is not a whole number from 1 to ${MAX_PAGE_SIZE}`,
    "QuickBooks returns at most 1000 records per page",
  );
}

export const STRATEGY = option(
  "--strategy <name>",
  "sweep (default): as few calls as possible; windowed: a separate query for each window",
  parseStrategy,
);

export function parseStrategy(written: string | undefined): Strategy {
  if (written === undefined || written === "sweep") return "sweep";
  if (written === "windowed") return "windowed";
  throw usage(
    `--strategy does not accept "${written}"`,
    "use sweep (as few calls as possible) or windowed (a separate query for each window)",
  );
}

const DEFAULT_THREADS = 8;

export const THREADS = option(
  "--threads <n>",
  "Entities to read at the same time (default: 8)",
  (written) => parseWhole("--threads", written) ?? DEFAULT_THREADS,
);

export const maxCalls = (description: string): Part<number | undefined> =>
  option("--max-calls <n>", description, (written) => parseWhole("--max-calls", written));

export const MAX_CALLS = maxCalls("Stop before sending more API calls than this; sealed windows stay sealed");

export const WAIT = flag("--wait", "Wait for tables that another run is loading, instead of failing");

export const METRICS_FILE = option(
  "--metrics-file <path>",
  "Write the run's metrics to this file, for the text-file collector of Prometheus",
  (written) => written,
);

/** Replaces what is missing without an account: the simulator, the embedded PostgreSQL, or both. */
export const demo = (description: string): Part<boolean> => flag("--demo", description);

/** How a command writes its result. */
export const output = (description: string): Part<"text" | "json"> =>
  oneOf("--output <format>", description, ["text", "json"]);

export const OUTPUT = output("Format of the result: text or json");

/** How a command writes the results of its checks. */
export const FORMAT = oneOf("--format <format>", "Format of the result: text, json, github or junit", [
  "text",
  "json",
  "github",
  "junit",
]);

/** How events are written, and which of them. The reporter is created before the command line is parsed, so it searches the
 * arguments for these two options itself. */
export const LOG_FORMAT = oneOf("--log-format <format>", "Format of the events on stderr: text or json", [
  "text",
  "json",
]);
export const QUIET = flag("-q, --quiet", "Print only problems and the summary");

/** A whole number from 1 to 999999999, written without leading zeros; undefined if the option is not given. */
export function parseWhole(flag: string, written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(written)) return Number(written);
  throw usage(
    `${flag} "${written}" is not a whole number from 1 to 999999999`,
    `write digits only, without leading zeros, for example ${flag} 100`,
  );
}
