import { RunnerError } from "./errors.ts";
import { nearestName } from "./nearest-name.ts";

/** An option that a command knows. */
export interface KnownOption {
  /** `page-size`. */
  readonly name: string;
  readonly takesValue: boolean;
}

/** The options of a command line as they were written: the parser makes numbers of what looks like one, and takes names
 * with dots and those of Object's own properties for granted. Refuses unknown names, repeated ones and missing values. */
export function readArgv(
  argv: readonly string[],
  known: readonly KnownOption[],
): ReadonlyMap<string, string> {
  const byName = new Map(known.map((option) => [option.name, option]));
  const found = new Map<string, string>();
  for (let at = 0; at < argv.length && argv[at] !== "--"; at++) {
    const token = argv[at] ?? "";
    if (!token.startsWith("--")) continue;
    const [name = "", ...rest] = token.slice(2).split("=");
    const option = byName.get(name);
    if (option === undefined) throw unknownOption(name, byName.keys());
    if (found.has(name))
      throw new RunnerError("USAGE", `the option --${name} is given twice`, { hint: "give it once" });
    if (!option.takesValue) {
      if (rest.length > 0)
        throw new RunnerError("USAGE", `the option --${name} takes no value`, { hint: `write --${name}` });
      found.set(name, "");
      continue;
    }
    const value = rest.length > 0 ? rest.join("=") : argv[++at];
    if (value === undefined || (rest.length === 0 && value.startsWith("--"))) throw missingValue(name);
    found.set(name, value);
  }
  return found;
}

/** The same command line with values that begin with a dash tied to their option: `--page-size -1`. */
export function tieValues(argv: readonly string[], valueOptions: ReadonlySet<string>): string[] {
  const tied: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const [token = "", next] = [argv[at], argv[at + 1]];
    const isTied =
      token.startsWith("--") && valueOptions.has(token.slice(2)) && next !== undefined && /^-[^-]/.test(next);
    tied.push(isTied ? `${token}=${next}` : token);
    if (isTied) at++;
  }
  return tied;
}

function unknownOption(name: string, known: Iterable<string>): RunnerError {
  const near = nearestName(name, known);
  const hint = near === undefined ? "see `qbo --help`, or `qbo <command> --help`" : `did you mean --${near}?`;
  return new RunnerError("USAGE", `unknown option "--${name}"`, { hint });
}

const missingValue = (name: string): RunnerError =>
  new RunnerError("USAGE", `the option --${name} needs a value`, { hint: "see `qbo <command> --help`" });
