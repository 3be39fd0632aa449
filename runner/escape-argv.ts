import type { RunnerError } from "./errors.ts";
import { nearestName } from "./nearest-name.ts";
import { usage } from "./verbs/part.ts";

export const SEE_HELP = "see `qbo --help`, or `qbo <command> --help`";

/** Whether an option takes a value, by its long name without dashes. */
export type KnownOptions = ReadonlyMap<string, boolean>;

/** Rewrites a command line into the only form in which cac keeps every value as text: `--name==value`, `--flag=true` and
 * `-q=true`. Otherwise cac turns text that looks like a number into a number, ignores an empty value, takes a value that
 * begins with a dash for an option, and lets a flag consume the word after it. Because of the second `=`, no value looks
 * like a number or is empty; `unescapeValue` removes it. A flag that was written with a value becomes `--flag=false`, which
 * `checkOptions` refuses. */
export function escapeArgv(argv: readonly string[], known: KnownOptions): string[] {
  const escaped: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const token = argv[at] ?? "";
    const next = argv[at + 1];
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

/** Removes the `=` that `escapeArgv` put in front of a value. */
export const unescapeValue = (value: string): string => value.slice(1);

/** Throws `USAGE` if an option is unknown to the command, given twice, lacks its value, or has a value although it takes none. */
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
