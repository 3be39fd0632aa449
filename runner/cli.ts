import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { type CAC, cac } from "cac";
import type { Clock } from "./clock.ts";
import type { Context } from "./commands/context.ts";
import { FAILURES, RunnerError } from "./errors.ts";
import type { Failure, Log } from "./events.ts";
import { readVersion } from "./files/package-files.ts";
import type { Io } from "./io.ts";
import { nearestName } from "./nearest-name.ts";
import { type KnownOption, readArgv, tieValues } from "./read-argv.ts";
import { createPainter, type Painter } from "./report/painter.ts";
import { openReporter, plain } from "./report/reporter.ts";
import { type Env, readEnv } from "./settings.ts";

export interface Process {
  readonly argv: readonly string[];
  readonly env: Env;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly requestTimeoutMs?: number;
}

/** What cac gives a command as its last argument; values of options are texts, as they were written. */
type Options = Readonly<Record<string, unknown>>;

/** Runs a command line; returns the exit code. Nothing is thrown. */
export async function main(process: Process, streams: Io): Promise<number> {
  const painter = createPainter(randomUUID());
  const io = visibly(streams, painter);
  const json = process.argv.some(
    (arg, at) => arg === "--log-format=json" || (arg === "json" && process.argv[at - 1] === "--log-format"),
  );
  const quiet = process.argv.includes("--quiet") || process.argv.includes("-q");
  const paint = io.colour && !json ? painter.paint : plain;
  let isTold = false;
  const report = openReporter({
    write: io.err,
    format: json ? "json" : "text",
    quiet,
    isTerminal: io.terminal,
    paint,
    clear: painter.clear,
    now: process.clock.now,
  });
  const log: Log = (event) => {
    isTold ||= event.type === "summary";
    report(event);
  };
  try {
    const open = (): Context => ({
      ...{
        io,
        log,
        paint,
        cwd: process.cwd,
        signal: process.signal,
        clock: process.clock,
        logFormat: json ? "json" : "text",
      },
      requestTimeoutMs: process.requestTimeoutMs,
      env: readEnv(process.env, join(process.cwd, ".env")),
    });
    const code = await dispatch(process.argv, open);
    // The last event of every JSON log is a summary, of commands that have no run to sum up too.
    if (json && !isTold) end(log, code === 0 ? null : CHECKS_FAILED, code === 0 ? "success" : "error");
    return code;
  } catch (error) {
    return explain(error, log, io, process.signal);
  }
}

/** Whatever is said passes here: data and servers must not command the terminal. */
const visibly = (io: Io, painter: Painter): Io => ({
  ...io,
  out: (text) => io.out(painter.render(text)),
  err: (text) => io.err(painter.render(text)),
});

async function dispatch(argv: readonly string[], open: () => Context): Promise<number> {
  const cli = defineCommands(open);
  const all = [cli.globalCommand, ...cli.commands].flatMap((command) => optionsOf(command));
  const valueOptions = new Set(all.filter(({ takesValue }) => takesValue).map(({ name }) => name));
  const tied = tieValues(argv, valueOptions);
  const { options } = cli.parse(["node", "qbo", ...tied], { run: false });
  if (options["help"] === true || options["version"] === true) return 0;
  if (cli.matchedCommand === undefined) {
    if (cli.args[0] !== undefined) throw unknownCommand(cli, cli.args[0]);
    cli.outputHelp();
    return 2;
  }
  const raw = readArgv(tied, [...optionsOf(cli.globalCommand), ...optionsOf(cli.matchedCommand)]);
  // The parser's own values give way to what was written.
  for (const [name, value] of raw) if (value !== "" || valueOptions.has(name)) options[camel(name)] = value;
  const format = options["logFormat"];
  if (format !== "text" && format !== "json") {
    throw new RunnerError("USAGE", `--log-format ${String(format)} is unknown`, {
      hint: "known are text, json",
    });
  }
  return Number(await cli.runMatchedCommand());
}

const optionsOf = ({ options }: Pick<CAC["globalCommand"], "options">): KnownOption[] =>
  options.map(({ rawName }) => ({
    name: /--([a-z-]+)/.exec(rawName)?.[1] ?? "",
    takesValue: rawName.includes("<"),
  }));

const camel = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

function unknownCommand(cli: CAC, typed: string): RunnerError {
  const names = cli.commands.map(({ name }) => name);
  const near = nearestName(typed, names);
  return new RunnerError("USAGE", `unknown command "${typed}"`, {
    hint: near === undefined ? `known are ${names.join(", ")}` : `did you mean "qbo ${near}"?`,
  });
}

function defineCommands(open: () => Context): CAC {
  const cli = cac("qbo");
  cli.option("--log-format <format>", "How events are written to stderr: text or json", { default: "text" });
  cli.option("-q, --quiet", "Only problems and the summary");
  const range = (command: ReturnType<CAC["command"]>) =>
    command
      .option("--from <instant>", "Start of the range in UTC, inclusive: 2026-01-01 or 2026-01-01T15:00:00Z")
      .option("--to <instant>", "End of the range in UTC, exclusive")
      .option("--event-time-start <instant>", "Another name of --from")
      .option("--event-time-end <instant>", "Another name of --to")
      .option("--page-size <rows>", "Records a call, 1 to 1000; wins over the specs");
  const some = (name: string, description: string) =>
    cli
      .command(`${name} [...specs]`, description)
      .option("--select <specs>", "Specs, as dbt has it: the same as naming them without an option")
      .option("--exclude <specs>", "Specs to leave out, named likewise");
  range(some("run", "Extract and load: spec files, folders, globs, names or tag:name; none means entities/"))
    .option(
      "--strategy <name>",
      "sweep (default): as few calls as possible; windowed: a query for each window",
    )
    .option("--threads <n>", "Entities at a time (default: 8)")
    .option("--max-calls <n>", "Stop before more API calls than this; what is sealed stays")
    .option("--wait", "Wait for tables that another run is loading")
    .option("--only-missing", "Leave out windows that are sealed")
    .option("--fail-fast", "Skip the rest after the first failure")
    .option("--metrics-file <path>", "Write the run's numbers for Prometheus' text-file collector")
    .option("--demo", "Use the simulator and an embedded PostgreSQL under .qbo/: no account, no settings")
    .example("qbo run entities/customers.yml --from 2026-01-01 --to 2026-01-31 --page-size 1000")
    .action(async (args: string[], options: Options) => {
      const { run } = await import("./commands/run.ts");
      const flags = {
        ...{ demo: options["demo"] === true, wait: options["wait"] === true },
        onlyMissing: options["onlyMissing"] === true,
        failFast: options["failFast"] === true,
        metricsFile: written(options, "metricsFile"),
      };
      const how = { strategy: written(options, "strategy"), threads: written(options, "threads") };
      return run(
        {
          args: specsOf(args, options),
          ...rangeOf(options),
          ...how,
          maxCalls: written(options, "maxCalls"),
          ...flags,
        },
        open(),
      );
    });
  cli
    .command("retry", "Read what the last run left unsealed or failed, from the ledger")
    .option("--threads <n>", "Entities at a time (default: 8)")
    .option("--max-calls <n>", "Stop before more API calls than this; what is sealed stays")
    .option("--wait", "Wait for tables that another run is loading")
    .option("--metrics-file <path>", "Write the run's numbers for Prometheus' text-file collector")
    .option("--demo", "Retry the last demo")
    .action(async (options: Options) => {
      const { retry } = await import("./commands/retry.ts");
      const how = {
        ...{ threads: written(options, "threads"), maxCalls: written(options, "maxCalls") },
        metricsFile: written(options, "metricsFile"),
      };
      return retry({ ...how, wait: options["wait"] === true, demo: options["demo"] === true }, open());
    });
  some("validate", "Every problem of every spec, with its place")
    .option("--format <format>", "text, json, github or junit", { default: "text" })
    .action(async (args: string[], options: Options) => {
      const { validate } = await import("./commands/validate.ts");
      return validate(specsOf(args, options), String(options["format"]), open());
    });
  range(some("compile", "The statements as they would be sent, to stdout and target/compiled/"))
    .option("--output <format>", "text or json", { default: "text" })
    .action(async (args: string[], options: Options) => {
      const { compile } = await import("./commands/compile.ts");
      const output = String(options["output"]);
      return compile({ args: specsOf(args, options), ...rangeOf(options), output }, open());
    });
  cli
    .command("show <spec>", "A few live records of a spec")
    .option("--limit <n>", "How many records, 1 to 1000 (default: 5)")
    .option("--output <format>", "text, or json with the answer as it came", { default: "text" })
    .option("--demo", "Ask the simulator")
    .action(async (spec: string, options: Options) => {
      const { show } = await import("./commands/show.ts");
      const how = { limit: written(options, "limit"), output: String(options["output"]) };
      return show({ spec, ...how, demo: options["demo"] === true }, open());
    });
  cli
    .command(
      "init [folder]",
      "A new project: specs, settings of the editor, a workflow for CI; overwrites nothing",
    )
    .option("--templates", "Copy the templates too, to change them")
    .action(async (folder: string | undefined, options: Options) => {
      const { init } = await import("./commands/init.ts");
      return init(folder ?? ".", options["templates"] === true, open());
    });
  some("ls", "The specs")
    .option("--output <format>", "text or json", { default: "text" })
    .action(async (args: string[], options: Options) => {
      const { ls } = await import("./commands/ls.ts");
      return ls(specsOf(args, options), String(options["output"]), open());
    });
  range(some("plan", "Windows, rows, calls, minutes and share of the monthly reads, before a run"))
    .option("--output <format>", "text or json", { default: "text" })
    .option("--demo", "Ask the simulator")
    .action(async (args: string[], options: Options) => {
      const { plan } = await import("./commands/plan.ts");
      return plan(
        {
          args: specsOf(args, options),
          ...rangeOf(options),
          output: String(options["output"]),
          demo: options["demo"] === true,
        },
        open(),
      );
    });
  some("test", "RAW against the source, record by record; integrity, coverage, freshness")
    .option("--from <instant>", "Only what lies at or after this instant in UTC")
    .option("--to <instant>", "Only what lies before this instant in UTC")
    .option("--format <format>", "text, json, github or junit", { default: "text" })
    .option("--quick", "Compare counts alone: one call an entity where they agree")
    .option("--thorough", "Record by record, which is what happens without --quick")
    .option("--max-calls <n>", "Stop before more API calls than this")
    .option("--demo", "Test what the demo has loaded")
    .action(async (args: string[], options: Options) => {
      const { test } = await import("./commands/test.ts");
      const range = { from: written(options, "from"), to: written(options, "to") };
      const how = {
        ...{ format: String(options["format"]), demo: options["demo"] === true },
        ...{ quick: options["quick"] === true, maxCalls: written(options, "maxCalls") },
      };
      return test({ args: specsOf(args, options), ...range, ...how }, open());
    });
  cli
    .command(
      "auth <action>",
      "login: the first refresh token through the browser; status: what the vault holds",
    )
    .option("--port <n>", "Port that the browser comes back to (default: 8484)")
    .option("--output <format>", "text or json", { default: "text" })
    .option("--demo", "Look at the embedded PostgreSQL under .qbo/")
    .action(async (action: string, options: Options) => {
      const { authLogin, authStatus } = await import("./commands/auth.ts");
      const asked = {
        port: written(options, "port"),
        output: String(options["output"]),
        demo: options["demo"] === true,
      };
      if (action === "login") return authLogin(asked, open());
      if (action === "status") return authStatus(asked, open());
      throw new RunnerError("USAGE", `unknown action "${action}"`, {
        hint: "qbo auth login, or qbo auth status",
      });
    });
  cli
    .command("debug", "Versions, settings, connections, age of the token; never a secret")
    .option("--demo", "Check the simulator and the embedded PostgreSQL")
    .action(async (options: Options) => {
      const { debug } = await import("./commands/debug.ts");
      return debug(options["demo"] === true, open());
    });
  cli
    .command("status", "A calendar of what is loaded and proven, the last run, the age of the token")
    .option("--from <instant>", "Begin of the calendar in UTC (default: three months)")
    .option("--to <instant>", "End of the calendar in UTC")
    .option("--output <format>", "text or json", { default: "text" })
    .option("--demo", "Look at the embedded PostgreSQL under .qbo/")
    .action(async (options: Options) => {
      const { status } = await import("./commands/status.ts");
      const range = { from: written(options, "from"), to: written(options, "to") };
      return status({ output: String(options["output"]), ...range, demo: options["demo"] === true }, open());
    });
  cli
    .command(
      "simulate [...options]",
      "The QuickBooks Online simulator as a local server; its options follow after --",
    )
    .example("qbo simulate -- --port 8080 --answers recorded/")
    .action(async (args: string[], options: Options) => {
      const { simulate } = await import("./commands/simulate.ts");
      return simulate([...args, ...restOf(options)], open());
    });
  cli
    .command("postgres <action>", "Start or stop the embedded PostgreSQL under .qbo/")
    .action(async (action: string) => {
      const { postgres } = await import("./commands/postgres.ts");
      return postgres(action, open());
    });
  cli
    .command("completion <shell>", "A script that completes commands, options and specs: bash, zsh or fish")
    .action(async (shell: string) => {
      const { completion } = await import("./commands/completion.ts");
      return completion(
        shell,
        cli.commands.map((command) => completed(command, cli)),
        open(),
      );
    });
  cli.help();
  cli.version(readVersion());
  return cli;
}

/** What a shell completes of a command. */
function completed({ name, rawName, description, options }: CAC["commands"][number], cli: CAC) {
  const all = [...options, ...cli.globalCommand.options].map((option) => ({
    name: /--[a-z-]+/.exec(option.rawName)?.[0] ?? "",
    description: option.description,
  }));
  return { name, description, options: all, takesSpecs: /\b(specs?)\b/.test(rawName) };
}

/** An option as it was written. */
function written(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** The specs of a command; what comes after `--` are specs too. Those to leave out follow with a "!" in front. */
function specsOf(args: readonly string[], options: Options): string[] {
  const listOf = (name: string): string[] =>
    (written(options, name) ?? "").split(/[\s,]+/).filter((spec) => spec !== "");
  // An empty selection must not come to mean everything.
  const selected = written(options, "select")?.trim() === "" ? [""] : listOf("select");
  return [...args, ...selected, ...restOf(options), ...listOf("exclude").map((name) => `!${name}`)];
}

const rangeOf = (options: Options) => ({
  from: eitherOf(options, "from", "eventTimeStart"),
  to: eitherOf(options, "to", "eventTimeEnd"),
  pageSize: written(options, "pageSize"),
});

function eitherOf(options: Options, name: string, otherName: string): string | undefined {
  const [one, other] = [written(options, name), written(options, otherName)];
  if (one === undefined || other === undefined) return one ?? other;
  throw new RunnerError("USAGE", `--${name} is given under both of its names`, { hint: "give it once" });
}

const restOf = (options: Options): string[] =>
  Array.isArray(options["--"]) ? options["--"].map(String) : [];

/** The one place where an error becomes words and an exit code. */
function explain(error: unknown, log: Log, io: Io, signal: AbortSignal): number {
  if (signal.aborted && error === signal.reason) {
    end(log, { code: "CANCELLED", message: "cancelled", hint: null }, "cancelled");
    return signal.reason === "SIGTERM" ? 143 : 130;
  }
  if (error instanceof RunnerError) {
    end(log, { code: error.code, message: error.message, hint: error.hint ?? null }, "error");
    return FAILURES[error.code].exit;
  }
  if (error instanceof Error && error.name === "CACError") {
    end(
      log,
      {
        code: "USAGE",
        message: error.message.replaceAll("`", '"'),
        hint: "see `qbo --help`, or `qbo <command> --help`",
      },
      "error",
    );
    return FAILURES.USAGE.exit;
  }
  io.err(
    `This is a bug in qbo. Please report it with this text:\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return 70;
}

const NO_COUNTS = { pass: 0, partial: 0, error: 0, skip: 0, total: 0 };

const CHECKS_FAILED: Failure = {
  code: "CHECKS_FAILED",
  message: "what was asked for did not pass",
  hint: "see the result on stdout",
};

function end(log: Log, failure: Failure | null, status: "success" | "error" | "cancelled"): void {
  log({ type: "summary", status, counts: NO_COUNTS, totals: null, failure });
}
