import type { RunnerError } from "./errors.ts";
import { nearestName } from "./nearest-name.ts";
import { usage } from "./verbs/part.ts";

export const SEE_HELP = "see `qbo --help`, or `qbo <command> --help`";

/** Whether an option takes a value, by its long name without dashes. */
export type KnownOptions = ReadonlyMap<string, boolean>;

/** The same command line in the one form that cac takes as it is: `--name==value`, `--flag=true`, `-q=true`. Left alone,
 * cac makes a number of what looks like one, takes an empty value for none and one that begins with a dash for an option,
 * and lets a flag swallow the word after it. The second `=` makes any value a text. A flag that was given a value becomes
 * `--flag=false`, which `checkOptions` refuses. */
export function escapeArgv(argv: readonly string[], known: KnownOptions): string[] {
  const escaped: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const [token = "", next] = [argv[at], argv[at + 1]];
    if (token === "--") return [...escaped, ...argv.slice(at)];
    const name = nameIn(token);
    const takesValue = name === undefined ? undefined : known.get(name);
    if (takesValue === false || /^-[^-]/.test(token)) {
      escaped.push(`${token.split("=")[0]}=${!token.includes("=")}`);
    } else if (takesValue === undefined) {
      escaped.push(token);
    } else if (token.includes("=")) {
      escaped.push(token.replace("=", "=="));
    } else if (next === undefined || next.startsWith("--")) {
      escaped.push(token);
    } else {
      escaped.push(`${token}==${next}`);
      at++;
    }
  }
  return escaped;
}

/** A value as it was written. */
export const unescapeValue = (value: string): string => value.slice(1);

/** Refuses options that a command does not know, repeated ones, missing values and values of flags. */
export function checkOptions(escaped: readonly string[], known: KnownOptions): void {
  const given = new Set<string>();
  for (const token of escaped) {
    if (token === "--") return;
    if (token === "-") throw usage('unknown option "-"', SEE_HELP);
    const name = nameIn(token);
    if (name === undefined) continue;
    const takesValue = known.get(name);
    if (takesValue === undefined) throw unknownOption(name, known.keys());
    if (given.has(name)) throw usage(`the option --${name} is given twice`, "give it once");
    given.add(name);
    if (token === `--${name}=false`) throw usage(`the option --${name} takes no value`, `write --${name}`);
    if (takesValue && token === `--${name}`)
      throw usage(`the option --${name} needs a value`, "see `qbo <command> --help`");
  }
}

const nameIn = (token: string): string | undefined => /^--([^=]*)/.exec(token)?.[1];

function unknownOption(name: string, known: Iterable<string>): RunnerError {
  const near = nearestName(name, known);
  return usage(`unknown option "--${name}"`, near === undefined ? SEE_HELP : `did you mean --${near}?`);
}
