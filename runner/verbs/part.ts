import { RunnerError } from "../errors.ts";

/** A command line after it was parsed; every value is the text that was written. */
export interface Given {
  /** What stands alone, without the name of the command. */
  readonly args: readonly string[];
  /** What follows after `--`. */
  readonly rest: readonly string[];
  /** By long name without dashes; an option that takes no value has an empty one. */
  readonly options: ReadonlyMap<string, string>;
}

/** An option as the help shows it. */
export interface OptionText {
  /** `--page-size <rows>`, or `-q, --quiet` where it takes no value. */
  readonly flag: string;
  readonly description: string;
  readonly default?: string;
}

/** A part of what a command is asked: one option or several that belong together, or what stands alone. */
export interface Part<T> {
  readonly options: readonly OptionText[];
  /** The typed value. Refuses what is wrong as `USAGE`. */
  readonly read: (given: Given) => T;
}

export type Parts = Readonly<Record<string, Part<unknown>>>;

/** The typed values of all parts of a command. */
export type ValuesOf<P extends Parts> = { readonly [Name in keyof P]: ReturnType<P[Name]["read"]> };

/** All that the command line knows of a command. What it does stands in commands/. */
export interface Description<P extends Parts = Parts> {
  readonly name: string;
  /** What may stand alone, as the help shows it: `<spec>`, `[...specs]`. */
  readonly args?: string;
  readonly description: string;
  /** In the order of the help. */
  readonly parts: P;
  readonly example?: string;
}

/** The values of all parts, read in the order of the help. */
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

/** An option with one of a few known values; the first is the default. */
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
      throw usage(`--${name} ${written} is unknown`, `known are ${known.join(", ")}`);
    },
  };
}

/** The first of what stands alone, where the command takes just one. */
export function onlyArg<T>(parse: (written: string | undefined) => T): Part<T> {
  return { options: [], read: ({ args }) => parse(args[0]) };
}

/** What a command is to do, of the few things that it can. */
export function action<const T extends string>(command: string, known: readonly T[]): Part<T> {
  return onlyArg((written = "") => {
    const found = known.find((name) => name === written);
    if (found !== undefined) return found;
    const hint = known.map((name) => `qbo ${command} ${name}`).join(", or ");
    throw usage(`unknown action "${written}"`, hint);
  });
}

/** `page-size` of `--page-size <rows>`. */
export const longNameOf = (flag: string): string => /--([a-z-]+)/.exec(flag)?.[1] ?? "";
