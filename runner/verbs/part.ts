import { RunnerError } from "../errors.ts";

/** A parsed command line. Every value is the text that the user wrote. */
export interface Given {
  /** The arguments that belong to no option, without the name of the command. */
  readonly args: readonly string[];
  /** Everything after `--`. */
  readonly rest: readonly string[];
  /** The values by the option's long name without dashes. An option that takes no value has an empty text here. */
  readonly options: ReadonlyMap<string, string>;
}

/** An option as the help shows it. */
export interface OptionText {
  /** With its value, as in `--page-size <rows>`, or without, as in `-q, --quiet`. */
  readonly flag: string;
  readonly description: string;
  readonly default?: string;
}

/** A part of a command line that gives one typed value: an option, several options that belong together, or arguments. */
export interface Part<T> {
  readonly options: readonly OptionText[];
  /** Returns the typed value. Throws `USAGE` if what the user wrote is wrong. */
  readonly read: (given: Given) => T;
}

export type Parts = Readonly<Record<string, Part<unknown>>>;

/** The typed values of all parts of a command. */
export type ValuesOf<P extends Parts> = { readonly [Name in keyof P]: ReturnType<P[Name]["read"]> };

/** What the command line needs to know about a command. The code that runs it is in `commands/`. */
export interface Description<P extends Parts = Parts> {
  readonly name: string;
  /** The arguments as the help shows them: `<spec>` is required, `[...specs]` are optional. */
  readonly args?: string;
  readonly description: string;
  /** In the order in which the help lists them. */
  readonly parts: P;
  readonly example?: string;
}

/** Reads the values of all parts, in the order of the help. The first part that is wrong throws `USAGE`. */
export function readParts<P extends Parts>(parts: P, given: Given): ValuesOf<P>;
export function readParts(parts: Parts, given: Given): unknown {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.read(given)]));
}

export const usage = (message: string, hint: string): RunnerError =>
  new RunnerError("USAGE", message, { hint });

/** An option with a value. */
export function option<T>(
  flag: string,
  description: string,
  parse: (written: string | undefined) => T,
): Part<T> {
  const name = longNameOf(flag);
  return { options: [{ flag, description }], read: ({ options }) => parse(options.get(name)) };
}

/** An option without a value. */
export function flag(flag: string, description: string): Part<boolean> {
  const name = longNameOf(flag);
  return { options: [{ flag, description }], read: ({ options }) => options.has(name) };
}

/** An option whose value is one of `known`. The first of these is the default. */
export function oneOf<const T extends string>(
  flag: string,
  description: string,
  known: readonly [T, ...T[]],
): Part<T> {
  const name = longNameOf(flag);
  return {
    options: [{ flag, description, default: known[0] }],
    read: ({ options }) => {
      const written = options.get(name) ?? known[0];
      const found = known.find((value) => value === written);
      if (found !== undefined) return found;
      throw usage(`--${name} does not accept "${written}"`, `use one of ${known.join(", ")}`);
    },
  };
}

/** The argument of a command that takes only one. */
export function onlyArg<T>(parse: (written: string | undefined) => T): Part<T> {
  return { options: [], read: ({ args }) => parse(args[0]) };
}

/** The argument that says which of several actions a command performs, such as `login` of `qbo auth login`. */
export function action<const T extends string>(command: string, known: readonly T[]): Part<T> {
  return onlyArg((written = "") => {
    const found = known.find((name) => name === written);
    if (found !== undefined) return found;
    const commands = known.map((name) => `\`qbo ${command} ${name}\``).join(" or ");
    throw usage(`unknown action "${written}"`, `use ${commands}`);
  });
}

/** `page-size` of `--page-size <rows>`. */
export const longNameOf = (flag: string): string => /--([a-z-]+)/.exec(flag)?.[1] ?? "";
