import { type Interval, type PartialRange, parseInstant } from "../plan/interval.ts";
import { type Given, type OptionText, type Part, usage } from "./part.ts";

const BOTH_NAMES: readonly OptionText[] = [
  {
    flag: "--from <instant>",
    description: "Start of the range in UTC, inclusive: 2026-01-01 or 2026-01-01T15:00:00Z",
  },
  { flag: "--to <instant>", description: "End of the range in UTC, exclusive" },
  { flag: "--event-time-start <instant>", description: "Another name for --from" },
  { flag: "--event-time-end <instant>", description: "Another name for --to" },
];

/** The range `[from, to)`. Both ends are required. */
export const RANGE: Part<Interval> = {
  options: BOTH_NAMES,
  read: (given) => parseRange(endsOf(given)),
};

/** The range of a run. Each end may be left out. */
export const PARTIAL_RANGE: Part<PartialRange> = {
  options: BOTH_NAMES,
  read: (given) => parsePartialRange(endsOf(given)),
};

/** The range that a command looks at. Each end may be left out. `from` and `to` are the help texts. */
export const rangeToSee = (from: string, to: string): Part<PartialRange> => ({
  options: [
    { flag: "--from <instant>", description: from },
    { flag: "--to <instant>", description: to },
  ],
  read: PARTIAL_RANGE.read,
});

interface Ends {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

const endsOf = (given: Given): Ends => ({
  from: eitherOf(given, "from", "event-time-start"),
  to: eitherOf(given, "to", "event-time-end"),
});

function eitherOf({ options }: Given, name: string, otherName: string): string | undefined {
  if (options.has(name) && options.has(otherName))
    throw usage(`--${name} and --${otherName} mean the same, but both are given`, "give only one of them");
  return options.get(name) ?? options.get(otherName);
}

function parsePartialRange({ from, to }: Ends): PartialRange {
  if (from !== undefined && to !== undefined) return parseRange({ from, to });
  return {
    from: from === undefined ? undefined : parseEnd("--from", from),
    to: to === undefined ? undefined : parseEnd("--to", to),
  };
}

function parseRange({ from, to }: Ends): Interval {
  if (from === undefined || to === undefined) {
    const missing = [from === undefined ? "--from" : "", to === undefined ? "--to" : ""]
      .filter(Boolean)
      .join(" and ");
    throw usage(
      `the range is incomplete: ${missing} is missing`,
      "for example --from 2026-01-01 --to 2026-02-01 (the end is exclusive)",
    );
  }
  const range = { from: parseEnd("--from", from), to: parseEnd("--to", to) };
  if (range.from < range.to) return range;
  throw usage(
    `--from ${from} is not before --to ${to}`,
    "the range is half-open: --to is the first instant that is not read",
  );
}

function parseEnd(flag: string, written: string): number {
  const instant = parseInstant(written);
  if (instant !== undefined) return instant;
  throw usage(
    `${flag} "${written}" is not a valid day or instant`,
    `write a day in UTC, such as ${flag} 2026-01-31, or an instant, such as ${flag} 2026-01-31T15:00:00Z`,
  );
}
