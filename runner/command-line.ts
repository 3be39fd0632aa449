import { type CAC, type Command, cac } from "cac";
import type { RunnerError } from "./errors.ts";
import { checkOptions, escapeArgv, type KnownOptions, SEE_HELP, unescapeValue } from "./escape-argv.ts";
import { readVersion } from "./files/package-files.ts";
import { nearestName } from "./nearest-name.ts";
import type { CompletedCommand } from "./report/format-completion.ts";
import { type Description, type Given, longNameOf, type OptionText, usage } from "./verbs/part.ts";
import { LOG_FORMAT, QUIET } from "./verbs/shared-options.ts";

/** What a command line asks for. */
export interface ParsedCommand<V> {
  readonly verb: V;
  readonly given: Given;
}

/** Reads a command line. Returns the exit code if nothing is left to do because help or the version was printed to stdout.
 * Throws `USAGE` if the command line is wrong. */
export function readCommandLine<V extends Description>(
  argv: readonly string[],
  verbs: readonly V[],
): ParsedCommand<V> | number {
  const cli = defineCommands(verbs);
  const escaped = escapeArgv(argv, knownOptions([cli.globalCommand, ...cli.commands]));
  const { args, options } = cli.parse(["node", "qbo", ...escaped], { run: false });
  if (options["help"] === true || options["version"] === true) return 0;
  const verb = verbs.find(({ name }) => name === cli.matchedCommand?.name);
  if (cli.matchedCommand === undefined || verb === undefined) {
    if (args[0] !== undefined) throw unknownCommand(args[0], verbs);
    cli.outputHelp();
    return 2;
  }
  const commands = [cli.globalCommand, cli.matchedCommand];
  checkOptions(escaped, knownOptions(commands));
  const given = { args, rest: options["--"], options: writtenOptions(commands, options) };
  LOG_FORMAT.read(given);
  checkArgs(cli);
  return { verb, given };
}

/** The commands and options that a completion script offers. */
export function completedCommands(verbs: readonly Description[]): CompletedCommand[] {
  const cli = defineCommands(verbs);
  return cli.commands.map(({ name, rawName, description, options }) => ({
    name,
    description,
    options: [...options, ...cli.globalCommand.options].map((option) => ({
      name: `--${longNameOf(option.rawName)}`,
      description: option.description,
    })),
    takesSpecs: /\b(specs?)\b/.test(rawName),
  }));
}

function defineCommands(verbs: readonly Description[]): CAC {
  const cli = cac("qbo");
  cli.globalCommand.ignoreOptionDefaultValue();
  addOptions(cli.globalCommand, [...LOG_FORMAT.options, ...QUIET.options]);
  for (const { name, args, description, parts, example } of verbs) {
    const command = cli.command(args === undefined ? name : `${name} ${args}`, description);
    addOptions(
      command,
      Object.values(parts).flatMap(({ options }) => options),
    );
    if (example !== undefined) command.example(example);
    // cac checks the arguments only of commands that have an action.
    command.action(() => undefined);
  }
  cli.help();
  cli.version(readVersion());
  return cli;
}

function addOptions(command: Command, options: readonly OptionText[]): void {
  for (const { flag, description, default: value } of options)
    command.option(flag, description, value === undefined ? {} : { default: value });
}

const knownOptions = (commands: readonly Command[]): KnownOptions =>
  new Map(
    commands.flatMap(({ options }) =>
      options.map(({ rawName, isBoolean }) => [longNameOf(rawName), isBoolean !== true] as const),
    ),
  );

/** The values by the names that the user wrote, such as `page-size`. cac calls this option `pageSize`. */
function writtenOptions(
  commands: readonly Command[],
  parsed: Readonly<Record<string, unknown>>,
): Map<string, string> {
  const written = new Map<string, string>();
  for (const { rawName, name } of commands.flatMap(({ options }) => options)) {
    const value = parsed[name];
    if (value === undefined) continue;
    written.set(longNameOf(rawName), typeof value === "string" ? unescapeValue(value) : "");
  }
  return written;
}

/** Throws `USAGE` if an option of one letter is unknown, or if there are too few or too many arguments. */
function checkArgs(cli: CAC): void {
  try {
    cli.runMatchedCommand();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "CACError") throw error;
    throw usage(error.message.replaceAll("`", '"'), SEE_HELP);
  }
}

function unknownCommand(typed: string, verbs: readonly Description[]): RunnerError {
  const names = verbs.map(({ name }) => name);
  const near = nearestName(typed, names);
  const hint = near === undefined ? `the commands are ${names.join(", ")}` : `did you mean "qbo ${near}"?`;
  return usage(`unknown command "${typed}"`, hint);
}
